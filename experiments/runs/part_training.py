"""The training of a part of a run: a level that trains alone, or the whole."""

import dataclasses
from typing import Any

import tensorflow as tf
from absl import logging

from experiments.config.environment import Environment
from experiments.config.run_config import RunConfig
from experiments.data.datasets import ImageData
from experiments.families.base import Chooser
from experiments.runs import choosers, exports, image_counts, sheets
from experiments.system import errors
from experiments.training import devices
from experiments.training.loop import Trainer
from experiments.training.run_dir import RunDir
from experiments.training.task import Task


@dataclasses.dataclass(frozen=True)
class PartTraining:
  """What one part of a run is trained with.

  Attributes:
    preset: The preset's name for config.json.
    config: The run.
    environment: Where and on what to train.
    run_dir: The folder of the run.
    part: The name of the part; None for the whole.
    strategy: Where the steps are taken.
    origin: The run whose weights this one starts from; None for new ones.
    chooser: The classifier that chooses the weights; None where none may.
  """

  preset: str
  config: RunConfig
  environment: Environment
  run_dir: RunDir
  part: str | None
  strategy: tf.distribute.Strategy
  origin: str | None
  chooser: Chooser | None

  def train(self, task: Task, data: ImageData) -> None:
    """Trains, and lets the chief write what came out."""
    if not devices.is_chief(self.strategy):
      self._trainer(task).run(data.train, data.validation)
      return
    run_dir, part = self.run_dir, self.part
    start = (self.preset, self.config, self.environment.resume, [part])
    with run_dir.locked(part):
      # Another process may have been here since the first check.
      run_dir.check(*start)
      choosers.check(run_dir, [part], {part: self.chooser})
      trainer = self._trainer(task)
      # Not before data and devices are known to be there: a start that fails
      # leaves a folder in which the mended command can start.
      run_dir.start(*start)
      if self.origin:
        run_dir.write_json("init_from.json", {"init_from": self.origin})
      image_counts.store(run_dir, data)
      choosers.store(run_dir, part, self.chooser)
      if data.class_names:
        run_dir.write_json("classes.json", data.class_names)
      result = trainer.run(data.train, data.validation)
      exports.write(task.exports(), run_dir)
      prefix = "" if part is None else f"{part}_"
      for name, rows in task.pictures(data.test)[task.name].items():
        sheets.draw(run_dir, f"{prefix}{name}", rows, self.preset)
      logs, images = dict(result.validation), data.validation.num_images
      if part is not None:
        # Levels of their own are measured on as many at every validation.
        images = min(images, self.config.training.validation_images or images)
      elif data.validation is not data.test:
        # Images were held out to validate on; the report is of test images.
        logs, images = task.validate(data.test, None), data.test.num_images
      metrics = {
        "preset": self.preset,
        "steps": self.config.training_of(part).steps,
        "parameters": num_parameters(task.model),
        **_discriminator_parameters(task.model),
        "images_per_second": result.images_per_second,
        "seconds": result.seconds,
        "validation_images" if part else "test_images": images,
        **logs.pop(task.name),
        **({"levels": logs} if logs else {}),
      }
      run_dir.write_json("metrics.json", metrics, part)
      run_dir.finish(part, metrics["steps"])

  def _trainer(self, task: Task) -> Trainer:
    training = self.config.training_of(self.part)
    trainer = Trainer(task, training, self.run_dir, self.strategy, self.part)
    if not trainer.step and self.origin:
      source = RunDir(self.origin)
      try:
        task.start_from(source.checkpoints_of(self.part))
      except errors.UserError as error:
        raise errors.UserError(
          f"{source.path} gives no weights to start from: {error}"
        ) from error
      logging.info("The weights are those of %s.", source.path)
    logging.info(
      "%s: %s parameters, %d replica(s), steps %d to %d; the first compiles.",
      self.part or "All levels",
      f"{num_parameters(task.model):,}",
      self.strategy.num_replicas_in_sync,
      trainer.step,
      training.steps,
    )
    return trainer


def num_parameters(model: Any) -> int:
  """Returns how many weights a model has that training moves or averages."""
  own = getattr(model, "num_parameters", None)
  return model.count_params() if own is None else own


def _discriminator_parameters(model: Any) -> dict[str, int]:
  """Returns how many of them are in discriminators beside a likelihood."""
  count = getattr(model, "discriminator_parameters", 0)
  return {"discriminator_parameters": count} if count else {}
