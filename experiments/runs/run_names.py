"""What a command may call a run: its folder, or a bundle made of one.

Bundles go by their folder, by `pretrained:NAME` if they come with this project,
or by `hub:USER/NAME` if they are fetched from the Hugging Face hub.
"""

import functools
import os
import pathlib

from experiments.data.cache import roots
from experiments.runs.bundle_folder import BundleFolder
from experiments.system import errors, model_hub
from experiments.training.run_dir import RunDir
from pyramid_tf import bundle_files

PRETRAINED = pathlib.Path(__file__).parents[1] / "pretrained"
"""The folder of the bundles that come with this project, in its package."""

FETCHED = (bundle_files.CONFIG, bundle_files.WEIGHTS)
"""The files of a bundle that a program needs."""

_PRETRAINED, _HUB = "pretrained:", "hub:"


def find(name: str | os.PathLike) -> RunDir | BundleFolder:
  """Returns the folder that a command means, which need not be there.

  Raises:
    UserError: If no bundle has that name, or it cannot be fetched.
  """
  name = os.fspath(name)
  if name.startswith(_PRETRAINED):
    return _pretrained(name.removeprefix(_PRETRAINED))
  if name.startswith(_HUB):
    return BundleFolder(_fetched(name.removeprefix(_HUB)))
  run_dir = RunDir(name)
  if bundle_files.is_bundle(run_dir.path):
    return BundleFolder(run_dir.path)
  return run_dir


def pretrained_names() -> list[str]:
  """Returns the names of the bundles that come with this project."""
  files = PRETRAINED.glob(f"*/{bundle_files.CONFIG}")
  return sorted(path.parent.name for path in files)


def _pretrained(name: str) -> BundleFolder:
  names = pretrained_names()
  if name not in names:
    there = ", ".join(f"{_PRETRAINED}{known}" for known in names) or "none"
    raise errors.UserError(
      f"{_PRETRAINED}{name} does not come with this version; there is {there}. "
      "Name one of these, or the folder of a training or of a bundle."
    )
  return BundleFolder(PRETRAINED / name)


@functools.cache
def _fetched(name: str) -> pathlib.Path:
  """Fetches a bundle, once in a process; returns its folder."""
  model_hub.check_name(name)
  folder = roots.default_root() / "hub" / name
  model_hub.download(name, folder, FETCHED)
  return folder
