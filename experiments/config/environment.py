"""Where and on what a training runs, as a plain value."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Environment:
  """The circumstances of a training, which no level's equations depend on.

  Attributes:
    run_dir: The folder of the run.
    data_dir: The folder of prepared datasets, None for the default.
    cache_dir: The folder of decoded images, None for the default.
    download: Whether a missing dataset may be downloaded.
    resume: Whether an earlier start may be continued.
    init_from: The folder of another run whose weights a new one starts from;
      None starts from drawn weights.
    strategy: One of `training_config.STRATEGIES`.
    levels: The levels to train, where levels train alone; empty for all.
    keep_going: Whether the other levels are trained if one fails.
    classifiers: Files of `experiments.classifier`, of images of different
      sizes, that choose the weights of levels of those sizes.
  """

  run_dir: str
  data_dir: str | None = None
  cache_dir: str | None = None
  download: bool = False
  resume: bool = False
  init_from: str | None = None
  strategy: str = "auto"
  levels: tuple[int, ...] = ()
  keep_going: bool = False
  classifiers: tuple[str, ...] = ()
