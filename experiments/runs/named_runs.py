"""Runs that a command names, read before anything slow is loaded."""

import dataclasses
import itertools
import os
import pathlib
from collections.abc import Collection, Sequence

from experiments.config import run_config
from experiments.runs import run_names
from experiments.system import errors
from experiments.training.run_files import RunFiles


@dataclasses.dataclass(frozen=True)
class NamedRun:
  """A run or a bundle, and what to call it among others.

  Attributes:
    name: The end of its folder's path, as long as it takes to tell the runs
      apart.
    run_dir: The folder.
    preset: The name of the preset it was started with.
    config: Its whole configuration.
  """

  name: str
  run_dir: RunFiles
  preset: str
  config: run_config.RunConfig


def read(paths: Sequence[str]) -> list[NamedRun]:
  """Reads the configurations of runs; a folder named twice is read once.

  Args:
    paths: What `run_names.find` finds.

  Raises:
    UserError: If nothing is named, or something that is no run and no bundle.
  """
  folders = {}
  if not paths:
    raise errors.UserError(
      "No run is named. Name the folder of a training in --run_dirs."
    )
  for run_dir in map(run_names.find, paths):
    folders[pathlib.Path(os.path.abspath(run_dir.path))] = run_dir
  runs = []
  for name, run_dir in zip(_names(folders), folders.values(), strict=True):
    preset, stored = run_dir.read_config()
    runs.append(
      NamedRun(name, run_dir, preset, run_config.read(stored, run_dir.path))
    )
  return runs


def _names(folders: Collection[pathlib.Path]) -> list[str]:
  for depth in itertools.count(1):
    names = [os.path.join(*folder.parts[-depth:]) for folder in folders]
    if len(set(names)) == len(names):
      return names
