"""The weights of a LAPGAN, level by level, from the folder of a run."""

from experiments.config.run_config import RunConfig
from experiments.system import errors
from experiments.training import checkpoints
from experiments.training.run_dir import RunDir
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.model import LAPGAN


def load_finest(
  run_dir: RunDir, config: RunConfig, count: int
) -> tuple[LAPGAN, tuple[int, ...]]:
  """Loads the finest levels alone; what coarser ones draw is noise.

  Args:
    run_dir: The run, in which these levels have been trained.
    config: Its configuration.
    count: How many levels, at least one.

  Returns:
    The model, and the steps that each loaded level has taken.

  Raises:
    UserError: If one of them has no weights, or levels do not go together.
  """
  levels, steps = zip(
    *(_load_level(run_dir, config, k) for k in range(count)), strict=True
  )
  seed, standardisation = config.training.seed, levels[0].standardisation
  for k in range(count, config.model.num_levels):
    level = LAPGANLevel(config.model, k, seed)
    level.standardisation.set_weights(standardisation.get_weights())
    levels += (level,)
  try:
    return LAPGAN(config.model, list(levels)), steps
  except ValueError as error:
    raise errors.UserError(f"{run_dir.path}: {error}") from error


def load_trained_level(
  run_dir: RunDir, config: RunConfig, k: int, learner: int
) -> LAPGANLevel:
  """Loads a level that another is to learn from.

  Args:
    run_dir: The run.
    config: Its configuration.
    k: The level.
    learner: The finer level, which the message names.

  Raises:
    UserError: If the level has no weights, or not taken all its steps.
  """
  level, steps = _load_level(run_dir, config, k)
  needed = config.training.of_level(k).steps
  if steps < needed:
    raise errors.UserError(
      f"level_{learner} learns from what {level.name} of {run_dir.path} draws, "
      f"whose training is at step {steps} of {needed}. End it first, with "
      f"--levels={k}, and repeat this command."
    )
  return level


def _load_level(
  run_dir: RunDir, config: RunConfig, k: int
) -> tuple[LAPGANLevel, int]:
  level = LAPGANLevel(config.model, k, config.training.seed)
  try:
    steps = checkpoints.restore_weights(
      run_dir.checkpoints_of(level.name), level
    )
  except checkpoints.CheckpointError as error:
    raise errors.UserError(
      f"{level.name} of {run_dir.path} cannot be used: {error} To train that "
      f"level alone, repeat the run's command with --levels={k}."
    ) from error
  level.average.serve_unless_kept()
  return level, steps
