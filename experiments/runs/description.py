"""What comparisons of either family say of a run."""

import os
import shlex
from typing import Any

from experiments import families
from experiments.config import overrides, presets, run_config
from experiments.system import errors
from experiments.training.run_dir import RunDir


def finished(
  run_dir: RunDir,
) -> tuple[str, run_config.RunConfig, dict[str, Any]]:
  """Preset, configuration and metrics of a finished run.

  Raises:
    UserError: If there is no run, or it has not finished.
  """
  preset, stored = run_dir.read_config()
  config = run_config.read(stored, run_dir.path)
  metrics = run_dir.read_metrics()
  try:
    # It reads the figures that every finished run has.
    families.of(config.model).headline(metrics)
  except (KeyError, TypeError, ValueError, AttributeError) as error:
    raise errors.UserError(
      f"{run_dir.path / 'metrics.json'} is damaged ({error!r}). Resume the "
      "run with experiments.train --resume after removing status.json."
    ) from error
  return preset, config, metrics


def dataset(config: run_config.RunConfig) -> str:
  """The name of the images; where a folder lies is this machine's affair."""
  if config.data.folder is None:
    return config.data.name
  return f"folder:{os.path.basename(config.data.folder.rstrip('/'))}"


def command_or_none(preset: str, config: run_config.RunConfig) -> str | None:
  """As `command`; None of runs that no single command trains."""
  return command(preset, config) if preset in presets.PRESETS else None


def command(preset: str, config: run_config.RunConfig) -> str:
  """The command that trains the run.

  Raises:
    UserError: If no single command does.
  """
  if preset not in presets.PRESETS:
    raise errors.UserError(
      f"{preset!r} is not a preset that one command trains; compare runs of "
      "experiments.train."
    )
  base = presets.PRESETS[preset]()
  changes = overrides.assignments_between(base, config)
  words = [f"--config={preset}"]
  for change in changes:
    path, _, value = change.partition("=")
    if path == "data.name":
      value = dataset(config)
    words.append(f"--set={path}={value}")
  return shlex.join(
    ["python", "-m", "experiments.train", *words, "--run_dir=RUN"]
  )
