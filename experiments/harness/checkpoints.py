"""Checkpoints of a run: weights, optimizers and the step."""

import os
import pathlib

import tensorflow as tf
from absl import logging

from experiments.harness import errors


class CheckpointError(errors.UserError):
  """No checkpoint can be restored; the message names those that were tried."""


class Checkpoints:
  """Saves and restores everything a resumed run needs.

  Input and noise are functions of the step, so the step stands for both.

  Attributes:
    step: int64 variable, the number of steps taken.
  """

  def __init__(
    self,
    directory: str | os.PathLike,
    objects: dict[str, tf.Module],
    keep: int = 3,
  ):
    """Initializes the manager.

    Args:
      directory: Folder of the checkpoints.
      objects: What to save, by stable names.
      keep: How many checkpoints to keep.
    """
    self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
    self._checkpoint = tf.train.Checkpoint(step=self.step, **objects)
    self._manager = tf.train.CheckpointManager(
      self._checkpoint, str(directory), keep
    )

  @property
  def latest(self) -> str | None:
    """Path of the newest checkpoint, None before the first."""
    return self._manager.latest_checkpoint

  def save(self) -> str:
    """Writes a checkpoint of the present step and returns its path."""
    return self._manager.save(checkpoint_number=int(self.step))

  def restore(self) -> bool:
    """Restores the newest checkpoint that can be read.

    Returns:
      Whether there was a checkpoint.

    Raises:
      CheckpointError: If there are checkpoints, and none can be restored.
    """
    paths = list(self._manager.checkpoints)
    for path in reversed(paths):
      try:
        self._checkpoint.restore(path).assert_consumed()
      except (tf.errors.OpError, AssertionError, ValueError) as error:
        logging.warning(
          "Cannot restore %s: %s", path, str(error).splitlines()[0]
        )
        continue
      logging.info("Restored %s.", path)
      return True
    if paths:
      raise CheckpointError(
        f"None of the checkpoints in {self._manager.directory} can be "
        f"restored (tried {', '.join(pathlib.Path(p).name for p in paths)}). "
        "They are truncated or of another model; start again in a new "
        "--run_dir."
      )
    return False


def restore_weights(directory: str | os.PathLike, model: tf.keras.Model) -> int:
  """Restores a model's weights, leaving optimizers aside.

  Args:
    directory: Folder of the checkpoints of a run.
    model: The built model that was trained.

  Returns:
    The number of steps it was trained for.

  Raises:
    CheckpointError: If there is no checkpoint, or it is of another model.
  """
  path = tf.train.latest_checkpoint(str(directory))
  if path is None:
    raise CheckpointError(
      f"{directory} holds no checkpoint. Train first, or name another "
      "--run_dir."
    )
  step = tf.Variable(0, dtype=tf.int64)
  status = tf.train.Checkpoint(model=model, step=step).restore(path)
  try:
    status.assert_existing_objects_matched().expect_partial()
  except AssertionError as error:
    raise CheckpointError(
      f"{path} does not fit the model of this run's config.json: "
      f"{str(error).splitlines()[0]}"
    ) from error
  return int(step)
