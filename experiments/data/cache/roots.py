"""Chooses the folder that decoded images are written to."""

import atexit
import functools
import os
import pathlib
import shutil
import tempfile

from absl import logging


def default_root() -> pathlib.Path:
  """Returns the folder `laplacian_pyramids` in the user's cache folder."""
  base = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
  return pathlib.Path(base).expanduser() / "laplacian_pyramids"


def writable_root(root: pathlib.Path) -> pathlib.Path:
  """Returns `root`, or else a folder that lasts as long as the process."""
  return root if is_writable(root) else _temporary_root(root)


@functools.cache
def _temporary_root(root: pathlib.Path) -> pathlib.Path:
  folder = tempfile.mkdtemp(prefix="laplacian_pyramids-")
  atexit.register(shutil.rmtree, folder, ignore_errors=True)
  logging.warning(
    "%s is not writable. Decoded images go to %s and are removed at the end.",
    root,
    folder,
  )
  return pathlib.Path(folder)


def is_writable(folder: pathlib.Path) -> bool:
  """Returns whether files can be made in a folder, after creating it."""
  try:
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
      return True
  except OSError:
    return False
