"""Checkpoints of a run: weights, optimizers and the step."""

import os
import pathlib
import re
import shutil
from collections.abc import Callable

import tensorflow as tf
from absl import logging

from experiments.system import errors, whole_files
from experiments.training import write_errors

Stateful = tf.keras.layers.Layer | tf.keras.optimizers.Optimizer

_FILE = re.compile(r"(ckpt-(\d+))\.(index|data-.*)")

# What a save is written to before it takes its names, as a kill leaves it; the
# rest is of earlier versions, which also kept a list of checkpoints.
_PARTIAL = ".partial-"
_UNFINISHED = (f"{_PARTIAL}*", "ckpt-*_temp", "*.tempstate*", "checkpoint*")

# A truncated data file is an IndexError, a damaged index an OpError, variables
# without a value an AssertionError, another shape a ValueError.
_UNREADABLE = (
  tf.errors.OpError,
  AssertionError,
  IndexError,
  RuntimeError,
  ValueError,
)


class CheckpointError(errors.UserError):
  """No checkpoint can be restored; the message names those that were tried."""


class Checkpoints:
  """Saves and restores everything a resumed run needs.

  Input and noise are functions of the step, so the step stands for both.

  Attributes:
    step: int64 variable, the number of steps taken.
    latest: Path of the checkpoint restored or saved last, None before.
  """

  def __init__(
    self,
    directory: str | os.PathLike,
    objects: dict[str, Stateful],
    keep: int = 3,
  ):
    """Initializes the manager.

    Args:
      directory: Folder of the checkpoints.
      objects: What to save, by stable names, built already.
      keep: How many checkpoints to keep.
    """
    self.step = tf.Variable(0, dtype=tf.int64, trainable=False, name="step")
    self.latest: str | None = None
    self._directory = pathlib.Path(directory)
    self._keep = keep
    self._checkpoint = tf.train.Checkpoint(
      step=self.step, **{name: _variables(o) for name, o in objects.items()}
    )
    # A checkpoint of an earlier version has it, and `restore` looks for it.
    self._checkpoint.save_counter  # noqa: B018

  @property
  def steps_taken(self) -> int:
    """The value of `step`, which several replicas may hold."""
    return int(self.step.numpy())

  @property
  def newest(self) -> str | None:
    """Path of the newest that any worker wrote, None if there is none."""
    names = newest_first(self._directory)
    return str(self._directory / names[0]) if names else None

  def save(self) -> str:
    """Writes a checkpoint of the present step and returns its path.

    Raises:
      WriteError: If it cannot be written. Those before are whole.
    """
    # As large as a checkpoint, if a kill left them.
    self._remove_unfinished()
    kept = f"{self.latest} is whole." if self.latest else "There is none yet."
    with write_errors.explained(f"a checkpoint into {self._directory}", kept):
      try:
        self._write(f"ckpt-{self.steps_taken}")
      except BaseException:
        self._remove_unfinished()
        raise
    self.latest = str(self._directory / f"ckpt-{self.steps_taken}")
    for name in newest_first(self._directory)[self._keep :]:
      for path in self._directory.glob(f"{name}.*"):
        path.unlink()
    return self.latest

  def _write(self, name: str) -> None:
    """Writes files that take their names when they are on the disk.

    The index comes last, so that a checkpoint is there whole or not at all.
    """
    self._directory.mkdir(parents=True, exist_ok=True)
    self._checkpoint.write(str(self._directory / f"{_PARTIAL}{name}"))
    written = list(self._directory.glob(f"{_PARTIAL}{name}.*"))
    for path in sorted(written, key=lambda path: path.suffix == ".index"):
      whole_files.synchronise(path)
      os.replace(path, path.with_name(path.name.removeprefix(_PARTIAL)))
    whole_files.synchronise(self._directory)

  def _remove_unfinished(self):
    for pattern in _UNFINISHED:
      for path in self._directory.glob(pattern):
        if path.is_dir():
          shutil.rmtree(path, ignore_errors=True)
        else:
          path.unlink(missing_ok=True)

  def restore(self) -> bool:
    """Restores the newest checkpoint that can be read.

    Returns:
      Whether there was a checkpoint.

    Raises:
      CheckpointError: If there are checkpoints, and none can be restored.
    """
    self.latest = _restore_newest(
      self._directory,
      lambda path: self._checkpoint.restore(path).assert_consumed(),
    )
    if self.latest:
      logging.info("Restored %s.", self.latest)
    return self.latest is not None


def restore_weights(directory: str | os.PathLike, model: tf.keras.Model) -> int:
  """Restores a model's weights, leaving optimizers aside.

  Args:
    directory: Folder of the checkpoints of a run.
    model: The built model that was trained.

  Returns:
    The number of steps it was trained for.

  Raises:
    CheckpointError: If there is no checkpoint that fits the model.
  """
  step = tf.Variable(0, dtype=tf.int64)
  variables = _variables(model)
  checkpoint = tf.train.Checkpoint(model=variables, step=step)

  def restore(path):
    names = [name for name, _ in tf.train.list_variables(path)]
    stored = sum(name.startswith("model/") for name in names)
    if stored != len(variables):
      raise ValueError(f"{stored} variables where {len(variables)} are needed")
    status = checkpoint.restore(path)
    status.assert_existing_objects_matched().expect_partial()

  if _restore_newest(pathlib.Path(directory), restore) is None:
    raise CheckpointError(
      f"{directory} holds no checkpoint. Train first, or name another "
      "--run_dir."
    )
  return int(step)


def _variables(owner: Stateful) -> list[tf.Variable]:
  """Returns all variables in the order of their creation.

  `tf.train.Checkpoint(model=...)` itself passes over layers that a Keras model
  holds in a list, without a word.
  """
  is_layer = isinstance(owner, tf.keras.layers.Layer)
  return [v.value for v in (owner.weights if is_layer else owner.variables)]


def _restore_newest(
  directory: pathlib.Path, restore: Callable[[str], None]
) -> str | None:
  """Restores the newest readable checkpoint; returns its path, None if none."""
  problems = []
  for name in newest_first(directory):
    path = str(directory / name)
    try:
      restore(path)
    except _UNREADABLE as error:
      reason = str(error).partition("\n")[0]
      logging.warning("Cannot restore %s: %s", path, reason)
      problems.append(f"{name} ({reason})")
      continue
    return path
  if problems:
    raise CheckpointError(
      f"None of the checkpoints in {directory} can be restored: "
      f"{'; '.join(problems)}. They are damaged or not of the model that "
      "config.json describes; train again in a new --run_dir."
    )
  return None


def newest_first(directory: pathlib.Path) -> list[str]:
  """Returns the names of all checkpoints, newest first."""
  if not directory.is_dir():
    return []
  files = (_FILE.fullmatch(name) for name in os.listdir(directory))
  numbers = {file[1]: int(file[2]) for file in files if file}
  return sorted(numbers, key=numbers.get, reverse=True)
