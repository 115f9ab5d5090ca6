"""Where and on what a training runs, as a plain value."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Environment:
  """Nothing here changes what a level or model computes.

  Attributes:
    run_dir: Folder of the run.
    data_dir: Folder of prepared datasets, None for the default.
    cache_dir: Folder of decoded images, None for the default.
    download: Whether a missing dataset may be downloaded.
    resume: Whether an earlier start may be continued.
    strategy: One of `training_config.STRATEGIES`.
    levels: Which levels to train where they train on their own; empty for all.
    keep_going: Whether the other levels are trained if one fails.
  """

  run_dir: str
  data_dir: str | None = None
  cache_dir: str | None = None
  download: bool = False
  resume: bool = False
  strategy: str = "auto"
  levels: tuple[int, ...] = ()
  keep_going: bool = False
