"""A LAPGAN from start to end: each level on its own, then the cascade."""

import os

import tensorflow as tf
from absl import logging

from experiments.config.environment import Environment
from experiments.config.run_config import RunConfig
from experiments.data import datasets
from experiments.families import lapgan_samples
from experiments.families.lapgan_task import (
  LAPGANLevelExperiment,
  training_statistics,
)
from experiments.measures import sliced_wasserstein
from experiments.pictures import grids
from experiments.runs import exports, trained_run
from experiments.system import errors
from experiments.training import devices
from experiments.training.loop import Trainer, TrainingDiverged
from experiments.training.run_dir import RunDir

# Compared with as many test images, scale by scale.
_SWD_IMAGES = 5000


def run(preset: str, config: RunConfig, environment: Environment) -> None:
  """Trains the chosen levels, coarsest first; joins them if all are there.

  Several processes may train different levels of one run at once; whichever
  ends last exports and measures the cascade.

  Args:
    preset: Name for config.json.
    config: The run.
    environment: Where and on what; which levels.

  Raises:
    UserError: If the run directory, the data or the devices do not allow it,
      or a level diverges or is interrupted.
  """
  run_dir = RunDir(environment.run_dir)
  parts = config.parts(environment.levels)
  strategy = devices.make_strategy(environment.strategy)
  if devices.is_chief(strategy):
    run_dir.check(preset, config, environment.resume, parts)
  tf.keras.mixed_precision.set_global_policy(config.training.precision)
  data = datasets.load(
    config.data,
    environment.data_dir,
    environment.cache_dir,
    environment.download,
  )
  logging.info(
    "%s: %d training, %d validation and %d test images of %dx%d.",
    data.name,
    data.train.num_images,
    data.validation.num_images,
    data.test.num_images,
    *data.train.image_shape[:2],
  )
  _check_classes(config, data)
  replicas = strategy.num_replicas_in_sync
  if config.training.batch_size % (4 * replicas):
    raise errors.UserError(
      f"Each of {replicas} replicas shares its images out in quarters; got "
      f"training.batch_size={config.training.batch_size}. Set a multiple of "
      f"{4 * replicas}."
    )
  statistics, failures = None, []
  for part in parts:
    if environment.resume and run_dir.is_part_finished(part):
      logging.info("%s is finished.", part)
      continue
    if statistics is None:
      kind = config.model.standardisation
      statistics = training_statistics(data.train, kind)
    k = int(part.removeprefix("level_"))
    experiment = LAPGANLevelExperiment(
      config, k, statistics, stop_if_saturated=not environment.keep_going
    )
    try:
      _train_level(preset, experiment, config, environment, strategy, data)
    except TrainingDiverged as error:
      if not environment.keep_going:
        raise
      logging.error("%s", error)
      failures.append(str(error))
  if failures:
    raise errors.UserError("Not all levels were trained. " + " ".join(failures))
  if devices.is_chief(strategy):
    _finish(preset, config, run_dir, data)


def _check_classes(config, data):
  wanted = config.model.num_classes
  if not wanted:
    return
  names = data.class_names
  if names is None or not data.train.has_labels:
    raise errors.UserError(
      f"{data.name} has no classes, which the model is conditioned on. Use a "
      "labelled dataset, such as cifar10 or a folder with a subfolder per "
      "class, or model.num_classes=0."
    )
  if len(names) != wanted:
    raise errors.UserError(
      f"{data.name} has {len(names)} classes, the model {wanted}. Add "
      f"--set=model.num_classes={len(names)}."
    )


def _train_level(preset, experiment, config, environment, strategy, data):
  run_dir, part = RunDir(environment.run_dir), experiment.name
  if not devices.is_chief(strategy):
    trainer = _trainer(experiment, run_dir, strategy)
    trainer.run(data.train, data.validation)
    return
  with run_dir.locked(part):
    # Another process may have been here since.
    run_dir.check(preset, config, environment.resume, [part])
    trainer = _trainer(experiment, run_dir, strategy)
    run_dir.start(preset, config, environment.resume, [part])
    if data.class_names and config.model.num_classes:
      run_dir.write_json("classes.json", data.class_names)
    result = trainer.run(data.train, data.validation)
    exports.export_level(experiment.model, run_dir)
    picture = experiment.pictures(data.test)[part]
    for name, pixels in picture.items():
      grids.save_png(run_dir.samples / f"{part}_{name}.png", pixels)
    metrics = {
      "steps": experiment.training.steps,
      "parameters": experiment.model.num_parameters,
      "images_per_second": result.images_per_second,
      "seconds": result.seconds,
      **result.validation[part],
    }
    run_dir.write_json(f"{part}/metrics.json", metrics)
    run_dir.finish(part)


def _trainer(experiment, run_dir, strategy):
  trainer = Trainer(
    experiment, experiment.training, run_dir, strategy, experiment.name
  )
  logging.info(
    "%s: %s parameters, %d replica(s), steps %d to %d; the first compiles.",
    experiment.name,
    f"{experiment.model.num_parameters:,}",
    strategy.num_replicas_in_sync,
    trainer.step,
    experiment.training.steps,
  )
  return trainer


def _finish(preset, config, run_dir, data):
  missing = [
    f"level_{k}"
    for k in range(config.model.num_levels)
    if not run_dir.is_part_finished(f"level_{k}")
  ]
  here = os.path.relpath(run_dir.path)
  if missing:
    print(
      f"{', '.join(missing)} of {here} not finished yet; whichever command "
      "finishes the last level joins them all."
    )
    return
  with run_dir.locked(wait=True):
    model = trained_run.load(str(run_dir.path)).model
    exports.export_cascade(model, run_dir)
    _draw_samples(model, run_dir)
    count = min(_SWD_IMAGES, data.test.num_images)
    logging.info("Sliced Wasserstein distance of %d samples.", count)
    samples = lapgan_samples.draw(model, count, seed=1)
    swd = sliced_wasserstein.figures(data.test.images(0, count), samples)
    levels = {
      f"level_{k}": run_dir.read_json(f"level_{k}/metrics.json")
      for k in range(config.model.num_levels)
    }
    metrics = {
      "preset": preset,
      "parameters": model.num_parameters,
      "test_images": count,
      **swd,
      "seconds": sum(level["seconds"] for level in levels.values()),
      "levels": levels,
    }
    run_dir.write_json("metrics.json", metrics)
    run_dir.finish()
  _report(here, metrics)


def _draw_samples(model, run_dir):
  samples = lapgan_samples.draw(model, 100, seed=0)
  grids.save_png(run_dir.samples / "samples.png", grids.sheet(samples, 10))
  if model.config.num_levels > 1:
    chain = lapgan_samples.draw_chain(model, 8, seed=0)
    grids.save_png(run_dir.samples / "chain.png", grids.grid(chain, side=64))


def _report(here, metrics):
  has_chain = len(metrics["levels"]) > 1
  scales = ", ".join(
    f"{value:.1f} at {side} px"
    for side, value in metrics["swd_per_scale"].items()
  )
  lines = [
    f"SWD {metrics['swd_mean']:.1f} between {metrics['test_images']} samples "
    f"and as many test images ({scales}).",
    "",
    "Written:",
    f"  {here}/metrics.json, level_*/metrics.json",
    f"  {here}/samples/samples.png, {'chain.png, ' if has_chain else ''}"
    "level_*.png",
    f"  {here}/level_*/checkpoints/",
    f"  {here}/level_*/saved_model, cascade/saved_model",
    f"  {here}/level_*/tensorboard",
    "",
    "Next:",
    f"  tensorboard --logdir={here}",
    f"  python -m experiments.sample --run_dir={here} --count=64 --seed=1",
    f"  python -m experiments.sample --run_dir={here} --count=8 --chain"
    if has_chain
    else f"  python -m experiments.evaluate --run_dirs={here}",
    "  python -m experiments.train --config=lapgan_cifar10 "
    "--run_dir=runs/cifar10  (the paper's model; a GPU helps)",
  ]
  print("\n".join(lines))
