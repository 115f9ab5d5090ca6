"""The images that runs were trained on, where they are at hand."""

from experiments.config.data_config import DataConfig
from experiments.data import datasets
from experiments.data.batches import Split
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors


class TrainingImages:
  """Finds and keeps the training images of runs, for one thread."""

  def __init__(self, data_dir: str | None = None, cache_dir: str | None = None):
    """Opens nothing yet.

    Args:
      data_dir: See `datasets.load`.
      cache_dir: See `datasets.load`.
    """
    self._folders = data_dir, cache_dir
    self._kept: dict[DataConfig, Split] = {}

  def of(self, run: TrainedRun) -> Split:
    """Returns the images that a run was trained on, of its size.

    A folder is decoded into the cache if it is not there. Nothing is
    downloaded, and no faces are drawn.

    Raises:
      UserError: If they are not on this machine; the message says why.
    """
    config = run.config.data
    if config not in self._kept:
      if config.stream:
        raise errors.UserError(
          f"The nearest training images cannot be found: {config.name} was "
          "streamed, so there are no decoded images to search."
        )
      try:
        data = datasets.load(config, *self._folders, draw_faces=False)
      except datasets.DatasetUnavailable as error:
        raise errors.UserError(
          f"The nearest training images cannot be found, because {config.name} "
          f"is not at hand: {error}"
        ) from error
      self._kept[config] = data.train
    return self._kept[config]
