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
import json
import os
import pathlib
import platform
from collections.abc import Sequence
from typing import Any

from experiments.config import stored_json
from experiments.system import errors, whole_files

# What a resumed run may do otherwise: nothing that it computes depends on it.
_MAY_CHANGE = tuple(
  f"config.training.{field} "
  for field in ("log_every", "checkpoint_every", "keep_checkpoints")
)
# What may grow, so that a finished run can be extended.
_MAY_GROW = ("config.training.steps ", "config.training.level_steps ")

_PACKAGES = ("tensorflow", "keras", "numpy", "tensorflow-datasets")


class RunDirError(errors.UserError):
  """The directory cannot be used as asked; the message says what to do."""


class RunDir:
  """Paths and small files of a run.

  Attributes:
    path: The folder.
  """

  def __init__(self, path: str | os.PathLike):
    """Names a folder; touches nothing."""
    self.path = pathlib.Path(path).expanduser()

  @property
  def checkpoints(self) -> pathlib.Path:
    """Folder of the checkpoints of a run that trains as a whole."""
    return self.checkpoints_of(None)

  def checkpoints_of(self, part: str | None) -> pathlib.Path:
    """Folder of the checkpoints of a part, `level_k`, or of the whole."""
    return self.part(part) / "checkpoints"

  def part(self, name: str | None) -> pathlib.Path:
    """Folder of a part that trains on its own, or of the whole."""
    return self.path if name is None else self.path / name

  @property
  def samples(self) -> pathlib.Path:
    """Folder of the pictures."""
    return self.path / "samples"

  @property
  def is_run(self) -> bool:
    """Whether a run was started here."""
    return (self.path / "config.json").is_file()

  def is_part_finished(self, part: str | None, steps: int = 0) -> bool:
    """Returns whether a part has taken its last step.

    Args:
      part: The name of a part, None for the whole run.
      steps: The number of steps that it should have taken.
    """
    status = self.read_json("status.json", part, default={})
    if not status.get("finished", False):
      return False
    # Runs of earlier versions have the number among their figures.
    metrics = self.read_json("metrics.json", part, default={})
    taken = status.get("steps", metrics.get("steps", steps))
    if not isinstance(taken, int):
      raise self._damaged(self.part(part) / "status.json", "no steps")
    return taken >= steps

  def tensorboard(self, name: str) -> pathlib.Path:
    """Log folder of a level, `level_k`, or of the `cascade`."""
    return self.path / name / "tensorboard"

  def saved_model(self, name: str) -> pathlib.Path:
    """SavedModel folder of a level, `level_k`, or of the `cascade`."""
    return self.path / name / "saved_model"

  def start(
    self,
    preset: str,
    config: Any,
    resume: bool,
    parts: Sequence[str | None] = (None,),
  ) -> None:
    """Creates the folder of a new run, or resumes one, after `check`.

    Raises:
      RunDirError: As `check`, or if the folder cannot be written.
    """
    self.check(preset, config, resume, parts)
    self._make()
    if not self.is_run:
      self.write_json("versions.json", versions())
    identity = _identity(preset, config)
    if self.read_json("config.json") != identity:
      # A new run, or one whose length or logs may change.
      self.write_json("config.json", identity)

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
    if self.path.is_dir() and any(
      not entry.name.startswith(".") for entry in self.path.iterdir()
    ):
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
    except OSError as error:
      raise RunDirError(
        f"Another process is working in {self.part(part)}. Wait for it, or "
        "choose another --run_dir."
      ) from error

  def read_config(self) -> tuple[str, dict[str, Any]]:
    """Reads the preset's name and the configuration as JSON values.

    Raises:
      RunDirError: If the folder holds no run, or a damaged one.
    """
    if not self.is_run:
      raise RunDirError(
        f"{self.path} holds no run: it has no config.json. Name the --run_dir "
        "of a training."
      )
    stored = self.read_json("config.json")
    preset, config = stored.get("preset"), stored.get("config")
    if not isinstance(preset, str) or not isinstance(config, dict):
      raise self._damaged(
        self.path / "config.json", "it has no preset and config"
      )
    if isinstance(training := config.get("training"), dict):
      # Runs of earlier versions stored it; nothing that is loaded depends on
      # it.
      training.pop("saturation_steps", None)
    return preset, config

  def read_metrics(self, part: str | None = None) -> dict[str, Any]:
    """Reads the figures of a finished run, or of a finished part of it.

    Raises:
      RunDirError: If there are none, or the file is damaged.
    """
    metrics = self.read_json("metrics.json", part)
    path = self.part(part) / "metrics.json"
    if metrics is None:
      raise RunDirError(
        f"{path} is missing: {part or 'the run'} has not finished. Resume it "
        "with experiments.train --resume."
      )
    if not isinstance(metrics.get("seconds"), int | float):
      raise self._damaged(path, "it has no seconds")
    return metrics

  def check_gives_weights(self, config: Any) -> None:
    """Checks that the run here has the model of another configuration.

    Raises:
      RunDirError: If there is no run, or it has another model.
    """
    _, stored = self.read_config()
    stored = _with_new_fields(type(config), stored)
    model = stored_json.to_json(config)["model"]
    changed = list(stored_json.differences(stored.get("model"), model, "model"))
    if changed:
      raise RunDirError(
        f"--init_from={self.path} has another model; these differ: "
        f"{'; '.join(sorted(changed))}. Name a run of the same model."
      )

  def finish(self, part: str | None = None, steps: int | None = None) -> None:
    """Marks the run, or a part of it, as finished after so many steps."""
    status = {"finished": True}
    self.write_json(
      "status.json", status | ({} if steps is None else {"steps": steps}), part
    )

  def read_progress(self, part: str | None) -> float:
    """Reads the seconds of training up to the last checkpoint."""
    progress = self.read_json("progress.json", part, default={})
    seconds = progress.get("seconds", 0.0)
    if not isinstance(seconds, int | float):
      raise self._damaged(self.part(part) / "progress.json", "no seconds")
    return float(seconds)

  def write_progress(self, part: str | None, seconds: float) -> None:
    """Stores what `read_progress` reads."""
    self.write_json("progress.json", {"seconds": seconds}, part)

  def read_json(
    self, name: str, part: str | None = None, default: Any = None
  ) -> Any:
    """Reads a small file of the run, or of a part of it.

    Args:
      name: The name of the file.
      part: The name of the part, None for the run itself.
      default: The value if the file is not there; a file that is there holds
        the same kind of value, an object unless it is a list.

    Raises:
      RunDirError: If the file holds something else.
    """
    path = self.part(part) / name
    try:
      value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
      return default
    except OSError as error:
      raise RunDirError(f"Cannot read {path}: {error.strerror}.") from error
    except ValueError as error:
      raise self._damaged(path, error) from error
    kind = list if isinstance(default, list) else dict
    if not isinstance(value, kind):
      raise self._damaged(path, f"it holds {json.dumps(value)[:20]}")
    return value

  def _damaged(self, path: pathlib.Path, reason: object) -> RunDirError:
    return RunDirError(
      f"{path} is damaged ({reason}). Restore it, or train again in a new "
      "--run_dir."
    )

  def write_json(
    self, name: str, value: Any, part: str | None = None
  ) -> pathlib.Path:
    """Writes a small file whole or not at all; returns its path."""
    path = self.part(part) / name
    try:
      path.parent.mkdir(parents=True, exist_ok=True)
      whole_files.write_json(path, value)
    except OSError as error:
      raise RunDirError(
        f"Cannot write {path}: {error.strerror}. Free space or mend the "
        "permissions, then repeat the command; a training goes on with "
        "--resume."
      ) from error
    return path

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
    new = _identity(preset, config)
    preset_there, config_there = self.read_config()
    config_there = _with_new_fields(type(config), config_there)
    if missing := sorted(new["config"].keys() - config_there.keys()):
      raise self._damaged(
        self.path / "config.json", f"it has no {', '.join(missing)}"
      )
    stored = {"preset": preset_there, "config": config_there}
    changed = sorted(
      difference
      for difference in stored_json.differences(stored, new)
      if not difference.startswith(_MAY_CHANGE)
      and not (difference.startswith(_MAY_GROW) and _grows(stored, new))
    )
    if changed:
      raise RunDirError(
        f"{self.path} holds a run of another configuration; these differ: "
        f"{'; '.join(changed)}. Resume with the flags of that run, or choose "
        "another --run_dir. Steps may only grow."
      )


def _with_new_fields(kind: type, stored: dict[str, Any]) -> dict[str, Any]:
  """Adds the fields that are newer than a run, with their defaults.

  Values that are no configuration of the kind come back as they are.
  """
  with contextlib.suppress(ValueError, TypeError, AttributeError, LookupError):
    return stored_json.to_json(stored_json.from_json(kind, stored))
  return stored


def _grows(stored: dict[str, Any], new: dict[str, Any]) -> bool:
  """Returns whether no part of a run gets fewer steps."""
  before, after = (c["config"]["training"] for c in (stored, new))
  try:
    count = max(len(c.get("level_steps", ())) for c in (before, after))
    totals = (
      [c["steps"], *(c.get("level_steps") or [c["steps"]] * count)]
      for c in (before, after)
    )
    return all(old <= new for old, new in zip(*totals, strict=True))
  except (TypeError, ValueError, LookupError):
    # The steps that are stored are none.
    return False


def _identity(preset, config):
  return {"preset": preset, "config": stored_json.to_json(config)}


def versions() -> dict[str, str]:
  """Returns the versions of Python and of the packages that compute."""
  packages = {name: importlib.metadata.version(name) for name in _PACKAGES}
  return {"python": platform.python_version(), **packages}
