"""TensorBoard logs: one run per level, with the same tags in each."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

import tensorflow as tf
from absl import logging
from tensorboard.plugins.hparams import api as hparams

from experiments.pictures import grids
from experiments.training import write_errors
from experiments.training.run_dir import RunDir
from experiments.training.task import Pictures, Scalars

# Small images are enlarged to about so many pixels.
_SIDE = 64


class Summaries:
  """Writers of `level_k/tensorboard` and `cascade/tensorboard`.

  `tensorboard --logdir RUN_DIR` overlays the levels, tag by tag. Logs that
  cannot be written end with a warning, and the training goes on without.
  """

  def __init__(
    self, run_dir: RunDir, descriptions: Mapping[str, str] | None = None
  ):
    """Opens nothing until something is written.

    Args:
      run_dir: The run.
      descriptions: What the tags of scalars mean, by tag; TensorBoard shows
        them beside the charts.
    """
    self._run_dir = run_dir
    self._descriptions = descriptions or {}
    self._writers: dict[str, tf.summary.SummaryWriter] = {}
    self._ended = False

  def configuration(self, name: str, stored: Mapping[str, Any]) -> None:
    """Writes a run's configuration as text and as hyperparameters.

    Args:
      name: The log to write into, `cascade` or `level_k`.
      stored: The values of its config.json.
    """
    for log, values in self._unless_ended({name: stored}):
      text = json.dumps(values, indent=2).replace("\n", "\n    ")
      with self._writing(log), self._writer(log).as_default(0):
        tf.summary.text("configuration", f"    {text}")
        hparams.hparams(dict(_flat(values)))

  def scalars(self, values: Scalars, step: int, prefix: str = "") -> None:
    """Writes scalars by run and tag, the tags behind `prefix`."""
    for name, tags in self._unless_ended(values):
      with self._writing(name), self._writer(name).as_default(step):
        for tag, value in tags.items():
          tf.summary.scalar(
            prefix + tag, value, description=self._descriptions.get(tag)
          )

  def pictures(self, values: Pictures, step: int) -> None:
    """Writes sheets of images by run and tag."""
    for name, tags in self._unless_ended(values):
      with self._writing(name), self._writer(name).as_default(step):
        for tag, rows in tags.items():
          picture = grids.grid(list(rows.values()), side=_SIDE)
          labels = ", ".join(rows)
          tf.summary.image(
            tag, picture[None], description=f"From top to bottom: {labels}."
          )

  def flush(self) -> None:
    """Makes everything written visible to readers."""
    for name, writer in self._unless_ended(self._writers):
      with self._writing(name):
        writer.flush()

  def close(self) -> None:
    """Flushes and closes the files."""
    for name, writer in self._unless_ended(self._writers):
      with self._writing(name):
        writer.close()
    self._writers = {}

  def _unless_ended(self, values: Mapping[str, Any]) -> Iterator[tuple]:
    """Yields items by name, until a file cannot be written."""
    for item in values.items():
      if self._ended:
        return
      yield item

  @contextlib.contextmanager
  def _writing(self, name: str) -> Iterator[None]:
    try:
      yield
    except write_errors.KINDS as error:
      self._ended = True
      logging.warning(
        "Cannot write %s: %s. The training goes on without TensorBoard logs.",
        self._run_dir.tensorboard(name),
        write_errors.reason(error),
      )

  def _writer(self, name: str) -> tf.summary.SummaryWriter:
    if name not in self._writers:
      self._writers[name] = tf.summary.create_file_writer(
        str(self._run_dir.tensorboard(name))
      )
    return self._writers[name]


def _flat(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
  """Yields the numbers and words of nested JSON values, by dotted path."""
  if isinstance(value, Mapping):
    for key, inner in value.items():
      yield from _flat(inner, f"{path}.{key}" if path else key)
  elif isinstance(value, list) and any(isinstance(x, dict) for x in value):
    for index, inner in enumerate(value):
      yield from _flat(inner, f"{path}.{index}")
  else:
    known = isinstance(value, str | bool | int | float)
    yield path, value if known else json.dumps(value)
