"""Paths and small files of a run's folder."""

import json
import os
import pathlib
from typing import Any

from experiments.system import errors, whole_files


class RunDirError(errors.UserError):
  """The directory cannot be used as asked; the message says what to do."""


class RunFiles:
  """What lies in the folder of a run, read and written.

  Attributes:
    path: The folder.
  """

  def __init__(self, path: str | os.PathLike):
    """Names a folder; touches nothing."""
    self.path = pathlib.Path(path).expanduser()

  @property
  def results(self) -> pathlib.Path:
    """The folder that commands write into if they are given no other."""
    return self.path

  @property
  def checkpoints(self) -> pathlib.Path:
    """The folder of the checkpoints of a run that trains whole."""
    return self.checkpoints_of(None)

  def checkpoints_of(self, part: str | None) -> pathlib.Path:
    """Returns the folder of the checkpoints of a part, or of the whole."""
    return self.part(part) / "checkpoints"

  def part(self, name: str | None) -> pathlib.Path:
    """Returns the folder of a part that trains alone, or of the whole."""
    return self.path if name is None else self.path / name

  @property
  def samples(self) -> pathlib.Path:
    """The folder of the pictures."""
    return self.results / "samples"

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
    """Returns the log folder of a level, `level_k`, or of the `cascade`."""
    return self.path / name / "tensorboard"

  def saved_model(self, name: str) -> pathlib.Path:
    """Returns the SavedModel folder of a level or of the `cascade`."""
    return self.path / name / "saved_model"

  def read_config(self) -> tuple[str, dict[str, Any]]:
    """Reads the preset's name and the configuration as JSON values.

    Raises:
      RunDirError: If the folder holds no run, or a damaged one.
    """
    if not self.is_run:
      raise RunDirError(
        f"{self.path} holds no run: it has no config.json. Name the --run_dir "
        "of a training, or a bundle."
      )
    stored = self.read_json("config.json")
    if "bundle_version" in stored:
      raise RunDirError(
        f"{self.path} holds a bundle, which draws and does not train. Name the "
        "--run_dir of a training."
      )
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
    except (ValueError, RecursionError) as error:
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
