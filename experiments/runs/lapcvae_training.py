"""A LapCVAE from start to end: data, loop, exports, pictures, report."""

import os

import tensorflow as tf
from absl import logging

from experiments.config.environment import Environment
from experiments.config.run_config import RunConfig
from experiments.data import datasets
from experiments.families.lapcvae_task import LapCVAEExperiment
from experiments.pictures import grids
from experiments.runs.exports import export_all
from experiments.training import devices
from experiments.training.loop import Trainer, TrainingResult
from experiments.training.run_dir import RunDir


def run(
  preset: str,
  config: RunConfig,
  environment: Environment,
  experiment: LapCVAEExperiment | None = None,
) -> None:
  """Trains, exports and reports.

  Args:
    preset: Name for config.json.
    config: The run.
    environment: Where and on what.
    experiment: Trained instead of a new model of `config`.

  Raises:
    UserError: If the run directory, the data or the devices do not allow it,
      or the training diverges or is interrupted.
  """
  run_dir = RunDir(environment.run_dir)
  strategy = devices.make_strategy(environment.strategy)
  tf.keras.mixed_precision.set_global_policy(config.training.precision)
  experiment = experiment or LapCVAEExperiment(config)
  if not devices.is_chief(strategy):
    data, trainer = _prepare(config, environment, run_dir, strategy, experiment)
    trainer.run(data.train, data.validation)
    return
  with run_dir.locked():
    run_dir.check(preset, config, environment.resume)
    data, trainer = _prepare(config, environment, run_dir, strategy, experiment)
    # Not before data and devices are known to be there: a start that fails
    # leaves a folder in which the mended command can start.
    run_dir.start(preset, config, environment.resume)
    result = trainer.run(data.train, data.validation)
    _finish(preset, config, run_dir, experiment, data, result)


def _prepare(config, environment, run_dir, strategy, experiment):
  data = datasets.load(
    config.data,
    environment.data_dir,
    environment.cache_dir,
    environment.download,
  )
  logging.info(
    "%s: %d training and %d test images of %dx%d.",
    data.name,
    data.train.num_images,
    data.test.num_images,
    *data.train.image_shape[:2],
  )
  trainer = Trainer(experiment, config.training, run_dir, strategy)
  logging.info(
    "%s parameters, %d replica(s), steps %d to %d; the first step compiles.",
    f"{experiment.model.count_params():,}",
    strategy.num_replicas_in_sync,
    trainer.step,
    config.training.steps,
  )
  return data, trainer


def _finish(preset, config, run_dir, experiment, data, result: TrainingResult):
  exports = export_all(experiment.model, run_dir)
  pictures = experiment.pictures(data.test)["cascade"]
  for name, picture in pictures.items():
    grids.save_png(run_dir.samples / f"{name}.png", picture)
  metrics = {
    "preset": preset,
    "steps": config.training.steps,
    "parameters": experiment.model.count_params(),
    "images_per_second": result.images_per_second,
    "seconds": result.seconds,
    "test_images": data.test.num_images,
    **result.validation["cascade"],
    "levels": {k: v for k, v in result.validation.items() if k != "cascade"},
  }
  if (
    result.images_per_second is None
    and (run_dir.path / "metrics.json").exists()
  ):
    logging.info("The run had finished; its exports and pictures are renewed.")
  else:
    run_dir.write_json("metrics.json", metrics)
  run_dir.finish()
  _report(run_dir, exports, metrics, config)


def _report(run_dir, exports, metrics, config):
  here = os.path.relpath(run_dir.path)
  lines = [
    f"RMSE {metrics['rmse']:.2f} +- {metrics['rmse_std']:.2f} grey levels over "
    f"{metrics['test_images']} test images at {metrics['kl']:.0f} nats.",
    "",
    "Written:",
    f"  {here}/metrics.json",
    f"  {here}/samples/input_and_reconstruction.png, samples.png",
    f"  {here}/checkpoints/",
    *(f"  {os.path.relpath(path)}" for path in exports),
    f"  {here}/*/tensorboard",
    "",
    "Next:",
    f"  tensorboard --logdir={here}",
    f"  python -m experiments.sample --run_dir={here} --count=64 --seed=1",
    f"  python -m experiments.reconstruct --run_dir={here} --images=PHOTO.jpg",
    "  python -m experiments.train --config=lapcvae_celeba64 "
    "--run_dir=runs/celeba64  (the paper's model; a GPU helps)",
  ]
  print("\n".join(lines))
