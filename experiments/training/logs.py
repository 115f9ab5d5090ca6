"""TensorBoard logs: one run per level, with the same tags in each."""

import contextlib

import tensorflow as tf
from absl import logging

from experiments.training import write_errors
from experiments.training.run_dir import RunDir
from experiments.training.task import Pictures, Scalars


class Summaries:
  """Writers of `level_k/tensorboard` and `cascade/tensorboard`.

  `tensorboard --logdir RUN_DIR` overlays the levels, tag by tag. Logs that
  cannot be written end with a warning, and the training goes on without.
  """

  def __init__(self, run_dir: RunDir):
    """Opens nothing until something is written."""
    self._run_dir = run_dir
    self._writers: dict[str, tf.summary.SummaryWriter] = {}
    self._ended = False

  def scalars(self, values: Scalars, step: int, prefix: str = "") -> None:
    """Writes scalars by run and tag, the tags behind `prefix`."""
    for name, tags in self._unless_ended(values):
      with self._writing(name), self._writer(name).as_default(step):
        for tag, value in tags.items():
          tf.summary.scalar(prefix + tag, value)

  def pictures(self, values: Pictures, step: int) -> None:
    """Writes uint8 `[height, width, 3]` pictures by run and tag."""
    for name, tags in self._unless_ended(values):
      with self._writing(name), self._writer(name).as_default(step):
        for tag, picture in tags.items():
          tf.summary.image(tag, picture[None])

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

  def _unless_ended(self, values):
    """Items by name, until a file cannot be written."""
    for item in values.items():
      if self._ended:
        return
      yield item

  @contextlib.contextmanager
  def _writing(self, name):
    try:
      yield
    except write_errors.KINDS as error:
      self._ended = True
      logging.warning(
        "Cannot write %s: %s. The training goes on without TensorBoard logs.",
        self._run_dir.tensorboard(name),
        write_errors.reason(error),
      )

  def _writer(self, name):
    if name not in self._writers:
      self._writers[name] = tf.summary.create_file_writer(
        str(self._run_dir.tensorboard(name))
      )
    return self._writers[name]
