"""The versions of one model on the disk: the newest whole one serves.

A version is a folder with a number for its name and a SavedModel in it, as TF
Serving has them. It is loaded when its files have stopped changing, called once
so that no client waits for that, and put in place of the one before; calls end
with the version that they began with.
"""

import gc
import pathlib
import weakref
from collections.abc import Mapping

from absl import logging

from pyramid_tf import saved_models, warm_up

# Names, sizes and times of the files of a version.
_State = tuple[tuple[str, int, int], ...]


class Version:
  """One loaded version.

  Attributes:
    number: The number that its folder has.
    signatures: What can be called; the default is `serving_default`.
  """

  def __init__(self, folder: pathlib.Path):
    """Loads a SavedModel and calls each signature once.

    Raises:
      Exception: Whatever TensorFlow raises of a damaged SavedModel.
    """
    self.number = int(folder.name)
    self.signatures = saved_models.load_version(folder)
    for name in self.signatures:
      inputs = self.signatures.inputs(name)
      zeros = {key: warm_up.zeros(spec) for key, spec in inputs.items()}
      self.signatures[name](**zeros)


class Versions:
  """What is loaded of a folder of versions, and kept up with the disk."""

  def __init__(self, name: str, folder: pathlib.Path, keep: int = 1):
    """Loads nothing yet.

    Args:
      name: What logs call the model.
      folder: The folder whose subfolders are versions.
      keep: How many of the newest versions are loaded at a time.
    """
    self._name = name
    self._folder = folder
    self._keep = keep
    # Replaced whole, so that calls need no lock.
    self._loaded: Mapping[int, tuple[_State, Version]] = {}
    self._seen: dict[int, _State] = {}
    self._broken: dict[int, _State] = {}
    # What calls may still be using.
    self._leaving: list[weakref.ref[Version]] = []

  @property
  def numbers(self) -> list[int]:
    """The loaded versions, oldest first."""
    return sorted(self._loaded)

  def get(self, number: int | None = None) -> Version | None:
    """Returns a version, the newest without a number; None if not loaded."""
    loaded = self._loaded
    if number is None:
      number = max(loaded, default=-1)
    return loaded[number][1] if number in loaded else None

  def refresh(self, settled: bool = False) -> bool:
    """Looks at the disk, and loads and lets go of versions.

    A version that cannot be loaded is logged once, and the others stay.

    Args:
      settled: Whether files are whole that were not seen before; otherwise
        they must look the same twice.

    Returns:
      Whether other versions are loaded now.
    """
    if any(version() is not None for version in self._leaving):
      # SavedModels hold themselves in cycles.
      gc.collect()
    found = _states(self._folder)
    whole = {
      number: state
      for number, state in found.items()
      if (settled or self._seen.get(number) == state)
      and self._broken.get(number) != state
    }
    self._seen = found
    # What is being replaced stays until the other is whole.
    loaded = {n: v for n, v in self._loaded.items() if n in found}
    before = {n: state for n, (state, _) in self._loaded.items()}
    for number in sorted(whole, reverse=True)[: self._keep]:
      if before.get(number) == whole[number]:
        continue
      version = self._load(number, whole[number])
      if version is not None:
        loaded[number] = whole[number], version
    newest = sorted(loaded, reverse=True)[: self._keep]
    loaded = {number: loaded[number] for number in newest}
    after = {number: state for number, (state, _) in loaded.items()}
    if not loaded or after == before:
      return False
    kept = [version for _, version in loaded.values()]
    self._leaving = [
      *(old for old in self._leaving if old() is not None),
      *(weakref.ref(v) for _, v in self._loaded.values() if v not in kept),
    ]
    self._loaded = loaded
    gc.collect()
    return True

  def _load(self, number: int, state: _State) -> Version | None:
    try:
      version = Version(self._folder / str(number))
    except Exception as error:
      self._broken[number] = state
      logging.error(
        "Version %d of %s cannot be loaded: %s", number, self._name, error
      )
      return None
    logging.info("Version %d of %s is loaded.", number, self._name)
    weakref.finalize(
      version,
      logging.info,
      "Version %d of %s is let go of, its last call has ended.",
      number,
      self._name,
    ).atexit = False
    return version


def has_versions(folder: pathlib.Path) -> bool:
  """Returns whether a folder holds versions of a SavedModel."""
  return bool(_states(folder))


def _states(folder: pathlib.Path) -> dict[int, _State]:
  """The state of every version that has its main files, by number."""
  states = {}
  try:
    for version in folder.iterdir():
      if version.name.isdecimal() and (version / "saved_model.pb").is_file():
        states[int(version.name)] = tuple(
          sorted(
            (str(file.relative_to(version)), stat.st_size, stat.st_mtime_ns)
            for file in version.rglob("*")
            if (stat := file.stat()) and file.is_file()
          )
        )
  except OSError:
    # It is being replaced at this moment; the next look sees it.
    return states
  return states
