"""What may be asked of a trained run over many images."""

import dataclasses

from experiments.config.requests import check_noise
from experiments.system import errors

TASKS = ("sample", "reconstruct", "encode", "edit")
ENGINES = ("local", "ray")
FORMATS = ("png", "npz", "parquet")


@dataclasses.dataclass(frozen=True, kw_only=True)
class BatchRequest:
  """Which work, and how it is divided.

  Attributes:
    task: One of `TASKS`.
    input: A folder, or a text file with a path in each line: pictures, or of
      `edit` the studio's files; None for `sample`.
    count: How many images `sample` draws.
    seed: An integer in [0, 2**31) that selects the noise of `sample`.
    temperature: A factor on that noise.
    labels: Classes that `sample` draws in turns; empty for all.
    training_crop: Whether to cut the window that the training data had, instead
      of the largest centred square.
    block: How many images are computed together. Block i of `sample` draws with
      (seed, i), so that its images depend on this, and on no other division.
    shards: Into how many parts the work is divided, each finished as a whole.
    format: One of `FORMATS`; latents are no `png`, and edits nothing else.
  """

  task: str
  input: str | None = None
  count: int = 0
  seed: int = 0
  temperature: float = 1.0
  labels: tuple[str, ...] = ()
  training_crop: bool = False
  block: int = 64
  shards: int = 1
  format: str = "png"

  def __post_init__(self):
    """Checks what no flag has checked.

    Raises:
      UserError: If a value is out of its range, or two contradict each other.
    """
    check_noise(self.seed, self.temperature)
    if self.task == "sample":
      if self.input is not None:
        raise errors.UserError(
          "--task=sample takes no --input; say how many with --count."
        )
      if self.count < 1:
        raise errors.UserError(f"--count={self.count}: draw at least one.")
    elif drawn := self._of_samples():
      raise errors.UserError(
        f"{', '.join(drawn)}: only --task=sample has this, not --task="
        f"{self.task}. Leave it out."
      )
    elif self.input is None:
      raise errors.UserError(
        f"--task={self.task} needs --input, a folder of files."
      )
    elif self.count:
      raise errors.UserError(
        f"--count is for --task=sample; --task={self.task} takes all of "
        "--input."
      )
    if self.training_crop and self.task in ("sample", "edit"):
      raise errors.UserError(
        f"--crop=training cuts pictures; --task={self.task} reads none. Leave "
        "it out."
      )
    refused = {"encode": ("png",), "edit": ("npz", "parquet")}
    if self.format in refused.get(self.task, ()):
      raise errors.UserError(
        f"--task={self.task} writes {made_of(self.task)}, not {self.format}. "
        f"Leave out --format, or give --format={made_of(self.task)}."
      )

  def _of_samples(self) -> list[str]:
    """The flags of what is drawn that are not at their defaults."""
    return [
      f"--{field}"
      for field in ("seed", "temperature", "labels")
      if getattr(self, field) != getattr(BatchRequest, field)
    ]


def made_of(task: str) -> str:
  """Returns the format that a task writes if none is named."""
  return "npz" if task == "encode" else "png"


def parse_shard(text: str) -> tuple[int, int]:
  """Reads `i/n`, one part of the work: its number from 0, and that of all.

  Raises:
    UserError: If it is none.
  """
  number, _, total = text.partition("/")
  if not (number.isdecimal() and total.isdecimal()) or int(number) >= int(
    total
  ):
    raise errors.UserError(
      f"--shard={text}: give i/n with i from 0 to n - 1, such as 0/16."
    )
  return int(number), int(total)
