"""TensorBoard logs: one run per level, with the same tags in each."""

import tensorflow as tf

from experiments.harness.experiment import Pictures, Scalars
from experiments.harness.run_dir import RunDir


class Summaries:
  """Writers of `level_k/tensorboard` and `cascade/tensorboard`.

  `tensorboard --logdir RUN_DIR` overlays the levels, tag by tag.
  """

  def __init__(self, run_dir: RunDir):
    """Opens nothing until something is written."""
    self._run_dir = run_dir
    self._writers: dict[str, tf.summary.SummaryWriter] = {}

  def scalars(self, values: Scalars, step: int, prefix: str = "") -> None:
    """Writes scalars by run and tag, the tags behind `prefix`."""
    for name, tags in values.items():
      with self._writer(name).as_default(step):
        for tag, value in tags.items():
          tf.summary.scalar(prefix + tag, value)

  def pictures(self, values: Pictures, step: int) -> None:
    """Writes uint8 `[height, width, 3]` pictures by run and tag."""
    for name, tags in values.items():
      with self._writer(name).as_default(step):
        for tag, picture in tags.items():
          tf.summary.image(tag, picture[None])

  def flush(self) -> None:
    """Makes everything written visible to readers."""
    for writer in self._writers.values():
      writer.flush()

  def close(self) -> None:
    """Flushes and closes the files."""
    for writer in self._writers.values():
      writer.close()
    self._writers = {}

  def _writer(self, name):
    if name not in self._writers:
      self._writers[name] = tf.summary.create_file_writer(
        str(self._run_dir.tensorboard(name))
      )
    return self._writers[name]
