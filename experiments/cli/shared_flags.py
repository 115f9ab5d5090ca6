"""Kinds of flags that several commands define, each checked in one place."""

import math
import os
from collections.abc import Iterable, Sequence

from absl import flags

from pyramid_tf import choices

BUNDLES_TOO = (
  "Or a bundle: its folder, pretrained:NAME of one that comes with this "
  "project, or hub:USER/NAME."
)

# The flags below belong to the commands that define them.
flags.disclaim_key_flags()


def given(holders: Iterable[flags.Flag | flags.FlagHolder]) -> list[str]:
  """Returns the names of the flags among some that the command line sets."""
  return [f"--{flag.name}" for flag in holders if flag.present]


def define_run_dir(
  meaning: str = "Folder of a training.",
) -> flags.FlagHolder[str]:
  """Defines --run_dir, which is required and takes bundles as well."""
  return flags.DEFINE_string(
    "run_dir", None, f"{meaning} {BUNDLES_TOO}", required=True
  )


def define_seed(default: int, meaning: str) -> flags.FlagHolder[int]:
  """Defines --seed, an integer in [0, 2**31)."""
  return flags.DEFINE_integer(
    "seed", default, meaning, lower_bound=0, upper_bound=choices.MAX_SEED
  )


def define_temperature(default: float, meaning: str) -> flags.FlagHolder[float]:
  """Defines --temperature, a number that a noise can be multiplied by."""
  limit = choices.MAX_TEMPERATURE
  holder = flags.DEFINE_float(
    "temperature", default, f"{meaning} At least 0, at most {limit:g}."
  )
  flags.register_validator(
    "temperature",
    # Written so that NaN is refused.
    lambda value: math.isfinite(value) and 0.0 <= value <= limit,
    message=f"a temperature lies in [0, {limit:g}].",
  )
  return holder


def define_paths(
  name: str, meaning: str, default: Sequence[str] | None = None, **options
) -> flags.FlagHolder[list[str]]:
  """Defines a flag of several paths: repeatable, or separated by commas."""
  return flags.DEFINE_multi_string(
    name, default, f"{meaning} Repeatable, or separated by commas.", **options
  )


def paths(values: Sequence[str] | None) -> list[str]:
  """Returns the paths of a flag that `define_paths` made.

  A value that exists as it stands is one path, commas included.
  """
  separate = []
  for value in values or ():
    whole = os.path.exists(os.path.expanduser(value))
    separate += [value] if whole else value.split(",")
  return [path for path in separate if path]
