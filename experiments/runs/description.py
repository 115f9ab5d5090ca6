"""What tables of either family say of a run."""

import os
import shlex
from typing import Any

from experiments import families
from experiments.config import overrides, presets, run_config
from experiments.runs import choosers
from experiments.system import errors
from experiments.training.run_files import RunFiles


def finished(
  run_dir: RunFiles,
) -> tuple[str, run_config.RunConfig, dict[str, Any]]:
  """Returns preset, configuration and metrics of a finished run.

  Raises:
    UserError: If there is no run, it was joined of others, it has not taken
      its last step, or its figures are damaged.
  """
  preset, stored = run_dir.read_config()
  config = run_config.read(stored, run_dir.path)
  if not families.of(config.model).trains:
    raise errors.UserError(
      f"{run_dir.path} joins two runs and has no figures of a training. "
      "Measure it with experiments.evaluate, or name one of the two."
    )
  metrics = run_dir.read_metrics()
  for part in config.parts():
    steps = config.training_of(part).steps
    if not run_dir.is_part_finished(part, steps):
      raise errors.UserError(
        f"{run_dir.path} has not taken its {steps} steps{_of(part)}. Resume it "
        "with experiments.train --resume."
      )
  try:
    # These are the figures that every finished run has.
    families.of(config.model).headline(metrics)
    for k in range(config.model.num_levels):
      dict(metrics["levels"][f"level_{k}"])
    for name in ("parameters", "seconds"):
      float(metrics[name])
  except (KeyError, TypeError, ValueError, AttributeError) as error:
    raise errors.UserError(
      f"{run_dir.path / 'metrics.json'} is damaged ({error!r}). Restore it, or "
      "train again in a new --run_dir."
    ) from error
  return preset, config, metrics


def _of(part: str | None) -> str:
  return "" if part is None else f" of {part}"


def dataset(config: run_config.RunConfig) -> str:
  """Returns the name of the images, without the path of a folder."""
  if config.data.folder is None:
    return config.data.name
  return f"folder:{os.path.basename(config.data.folder.rstrip('/'))}"


def command_or_none(
  preset: str, config: run_config.RunConfig, run_dir: RunFiles | None = None
) -> str | None:
  """Returns the command that trains a run, None if no single command does."""
  try:
    return command(preset, config, run_dir)
  except errors.UserError:
    return None


def command(
  preset: str, config: run_config.RunConfig, run_dir: RunFiles | None = None
) -> str:
  """Returns the command that trains the run.

  It leaves out what has no effect, which a training refuses: the entries that
  a * stood for beside those that it was meant for.

  Raises:
    UserError: If no single command does.
  """
  if preset not in presets.PRESETS:
    raise errors.UserError(
      f"{preset!r} is not a preset that one command trains; compare runs of "
      "experiments.train."
    )
  base = presets.PRESETS[preset]()
  try:
    changes = overrides.assignments_between(base, config)
  except overrides.OverrideError as error:
    raise errors.UserError(
      f"The run is of an earlier {preset}; no command makes it now: {error}"
    ) from error
  words = [f"--config={preset}"]
  vain = overrides.in_vain(config, changes)
  for change in changes:
    if change in vain:
      continue
    path, _, value = change.partition("=")
    if path == "data.name":
      value = dataset(config)
    words.append(f"--set={path}={value}")
  if run_dir is not None:
    origin = run_dir.read_json("init_from.json", default={}).get("init_from")
    if origin:
      words.append(f"--init_from={os.path.basename(origin)}")
    for path in choosers.paths(run_dir, config.parts()):
      words.append(f"--classifier={os.path.basename(path)}")
  return shlex.join(
    ["python", "-m", "experiments.train", *words, "--run_dir=RUN"]
  )
