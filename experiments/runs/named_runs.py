"""Runs that a command names, read before anything slow is loaded."""

import dataclasses
import itertools
import os
import pathlib
from collections.abc import Collection, Sequence

from experiments.config import run_config
from experiments.system import errors
from experiments.training.run_dir import RunDir


@dataclasses.dataclass(frozen=True)
class NamedRun:
  """A run, and what to call it among others.

  Attributes:
    name: The end of its folder's path, as long as it takes to tell the runs
      apart.
    run_dir: The folder.
    preset: The name of the preset it was started with.
    config: Its whole configuration.
  """

  name: str
  run_dir: RunDir
  preset: str
  config: run_config.RunConfig


def read(paths: Sequence[str]) -> list[NamedRun]:
  """Reads the configurations of runs; a folder named twice is read once.

  Raises:
    UserError: If no folder is named, or one holds no run.
  """
  folders = {}
  if not paths:
    raise errors.UserError(
      "No run is named. Name the folder of a training in --run_dirs."
    )
  for run_dir in map(RunDir, paths):
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
