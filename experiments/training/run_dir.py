"""The folder of one run: what was asked for, what was used, what came out.

config.json      the preset's name and the whole configuration
versions.json    versions of Python and of the packages that compute
status.json      whether the run has finished
progress.json    seconds of training up to the last checkpoint
checkpoints/     weights, optimizer and step
level_k/         tensorboard/ and saved_model/ of level k; where levels train on
                 their own, also checkpoints/, status.json and metrics.json
cascade/         the same of all levels together
samples/         pictures
metrics.json     figures of the finished run
"""

import contextlib
import fcntl
import importlib.metadata
import os
import platform
from collections.abc import Sequence
from typing import Any

from experiments.config import stored_json
from experiments.training import run_identity
from experiments.training.run_files import RunDirError as RunDirError
from experiments.training.run_files import RunFiles

_PACKAGES = ("tensorflow", "keras", "numpy", "tensorflow-datasets")


class RunDir(RunFiles):
  """The folder of a run, in which a training can start or go on.

  Attributes:
    path: The folder.
  """

  def start(
    self,
    preset: str,
    config: Any,
    resume: bool,
    parts: Sequence[str | None] = (None,),
  ) -> None:
    """Creates the folder of a new run, or resumes one, after `check`.

    Raises:
      RunDirError: If `check` refuses it, or the folder cannot be written.
    """
    self.check(preset, config, resume, parts)
    self._make()
    is_new = not self.is_run
    identity = run_identity.identity(preset, config)
    if self.read_json("config.json") != identity:
      # A new run, or one whose length or logs may change. It is the first file,
      # so that a process that starts another part finds a run with the files.
      self.write_json("config.json", identity)
    if is_new:
      self.write_json("versions.json", versions())

  def check(
    self,
    preset: str,
    config: Any,
    resume: bool,
    parts: Sequence[str | None] = (None,),
  ) -> None:
    """Checks that a run can start here, or be resumed; writes nothing.

    Args:
      preset: Name of the preset.
      config: The configuration, a dataclass.
      resume: Whether an earlier run may be continued.
      parts: What is to be trained: the whole, or parts by name. Other parts of
        the same run may be there, finished or at work.

    Raises:
      RunDirError: If the folder holds one of the parts and `resume` is false,
        holds a run of another configuration, or holds other files, or if it
        cannot be written.
    """
    self._check_place()
    # Before `is_run`, as another process may start the run between the two.
    has_files = self.path.is_dir() and any(
      not entry.name.startswith(".") for entry in self.path.iterdir()
    )
    if self.is_run:
      for part in parts:
        if not resume and (part is None or self.part(part).is_dir()):
          finished = self.is_part_finished(part)
          state = "a finished" if finished else "an unfinished"
          preset_there, _ = self.read_config()
          raise RunDirError(
            f"{self.path} holds {state} {part or 'run'} of {preset_there}. Add "
            "--resume to continue it, or choose another --run_dir."
          )
      self._check_same(preset, config)
      return
    if has_files:
      raise RunDirError(
        f"{self.path} holds files but no run. Choose an empty or new folder "
        "for --run_dir."
      )

  @contextlib.contextmanager
  def locked(self, part: str | None = None, wait: bool = False):
    """Keeps a second process out of the folder while the block runs.

    Args:
      part: Name of the part to lock, None for the whole. Locks of parts and of
        the whole do not exclude each other.
      wait: Whether to wait for another process instead of failing.

    Raises:
      RunDirError: If another process has the folder, or it cannot be written.
    """
    self._make()
    with open(self._lock(part), "w", encoding="utf-8") as file:
      self._take(file, part, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
      yield

  def check_free(self, parts: Sequence[str | None] = (None,)) -> None:
    """Checks that no other process has locked one of the parts.

    Not for a process that holds the locks itself; writes nothing.

    Raises:
      RunDirError: If one of them is locked.
    """
    for part in parts:
      # A lock file that is missing or cannot be read locks nobody out.
      with contextlib.suppress(OSError), open(self._lock(part), "rb") as file:
        self._take(file, part, fcntl.LOCK_SH | fcntl.LOCK_NB)

  def _lock(self, part):
    return self.path / (".lock" if part is None else f".{part}.lock")

  def _take(self, file, part, how):
    try:
      fcntl.flock(file, how)
    except BlockingIOError as error:
      raise RunDirError(
        f"Another process is working in {self.part(part)}. Wait for it, or "
        "choose another --run_dir."
      ) from error
    except OSError as error:
      raise RunDirError(
        f"Cannot lock {self._lock(part)}: {error.strerror}. Choose a --run_dir "
        "on a file system that locks files."
      ) from error

  def check_gives_weights(self, config: Any) -> None:
    """Checks that the run here has the model of another configuration.

    Raises:
      RunDirError: If there is no run, or it has another model.
    """
    _, stored = self.read_config()
    stored = run_identity.with_new_fields(type(config), stored)
    model = stored_json.to_json(config)["model"]
    changed = list(stored_json.differences(stored.get("model"), model, "model"))
    if changed:
      raise RunDirError(
        f"--init_from={self.path} has another model; these differ: "
        f"{'; '.join(sorted(changed))}. Name a run of the same model."
      )

  def _check_place(self):
    """Checks that the folder can be written, or made where it would be."""
    place = self.path.absolute()
    while not place.exists():
      place = place.parent
    if not place.is_dir():
      raise RunDirError(f"{place} is a file. Choose a folder for --run_dir.")
    if not os.access(place, os.W_OK):
      raise RunDirError(
        f"Cannot write to {place}. Choose a --run_dir that you may write to."
      )

  def _make(self):
    self._check_place()
    try:
      self.path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
      raise RunDirError(
        f"Cannot create {self.path}: {error.strerror}. Choose a --run_dir that "
        "you may write to."
      ) from error

  def _check_same(self, preset: str, config: Any) -> None:
    new = run_identity.identity(preset, config)
    preset_there, config_there = self.read_config()
    config_there = run_identity.with_new_fields(type(config), config_there)
    if missing := sorted(new["config"].keys() - config_there.keys()):
      raise self._damaged(
        self.path / "config.json", f"it has no {', '.join(missing)}"
      )
    stored = {"preset": preset_there, "config": config_there}
    if changed := run_identity.forbidden(stored, new):
      raise RunDirError(
        f"{self.path} holds a run of another configuration; these differ: "
        f"{'; '.join(changed)}. Resume with the flags of that run, or choose "
        "another --run_dir. Steps may only grow."
      )


def versions() -> dict[str, str]:
  """Returns the versions of Python and of the packages that compute."""
  packages = {name: importlib.metadata.version(name) for name in _PACKAGES}
  return {"python": platform.python_version(), **packages}
