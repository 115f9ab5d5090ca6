"""The folder of a bundle, read as that of a finished run is."""

import pathlib
from typing import Any

from experiments.system import errors
from experiments.training.run_files import RunFiles
from pyramid_tf import bundle_files

# What experiments.bundle adds to a config.json, and commands need.
_FIELDS = {
  "preset": str,
  "steps": (int, list),
  "preprocessing": dict,
  "run": dict,
  "metrics": dict,
}


class BundleFolder(RunFiles):
  """What a bundle has of a run: configuration, classes and figures.

  Nothing is written into it; results go into a folder of their own.

  Attributes:
    path: The folder.
  """

  @property
  def results(self) -> pathlib.Path:
    """A folder in the present one, named after the bundle."""
    return pathlib.Path(f"{self.path.resolve().name}_results")

  def read(self) -> dict[str, Any]:
    """Returns what the bundle's config.json holds.

    Raises:
      UserError: If it is damaged, or of another version.
    """
    try:
      stored = bundle_files.read_config(self.path)
      for field, kind in _FIELDS.items():
        if not isinstance(stored.get(field), kind):
          raise bundle_files.damaged(
            self.path / bundle_files.CONFIG, f"it has no {field}"
          )
    except bundle_files.BundleError as error:
      raise errors.UserError(str(error)) from error
    return stored

  def read_config(self) -> tuple[str, dict[str, Any]]:
    """Returns the preset's name and the configuration of the run."""
    stored = self.read()
    return stored["preset"], {"model": stored["model"], **stored["run"]}

  def read_json(
    self, name: str, part: str | None = None, default: Any = None
  ) -> Any:
    """Returns what a small file of the run held, or the default."""
    if part is None and name == "classes.json":
      return self.read()["preprocessing"].get("class_names", default)
    if part is None and name == "metrics.json":
      return self.read()["metrics"]
    return default

  def write_json(
    self, name: str, value: Any, part: str | None = None
  ) -> pathlib.Path:
    """Writes a small file into `results`; returns its path."""
    return RunFiles(self.results).write_json(name, value, part)

  def is_part_finished(self, part: str | None, steps: int = 0) -> bool:
    """Returns True: bundles are made of finished runs."""
    del part, steps
    return True
