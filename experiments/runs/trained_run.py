"""A trained model, loaded from the folder of its run."""

import dataclasses

import tensorflow as tf
from absl import logging

from experiments.config import run_config
from experiments.system import errors
from experiments.training import checkpoints
from experiments.training.run_dir import RunDir
from lapcvae_tf.model import LapCVAE
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.model import LAPGAN


@dataclasses.dataclass(frozen=True)
class TrainedRun:
  """What a run left behind.

  Attributes:
    run_dir: The folder.
    preset: Name of the preset it was started with.
    config: Its whole configuration.
    model: The model with the weights of the newest checkpoints.
    steps: Steps it was trained for; of each level, finest first, where levels
      train on their own.
  """

  run_dir: RunDir
  preset: str
  config: run_config.RunConfig
  model: LapCVAE | LAPGAN
  steps: int | tuple[int, ...]


def load(path: str) -> TrainedRun:
  """Loads the newest checkpoint of a run, or of each of its levels.

  Raises:
    UserError: If the folder holds no run, the run no checkpoint yet, or one of
      its levels none.
  """
  run_dir = RunDir(path)
  preset, stored = run_dir.read_config()
  config = run_config.read(stored)
  # As in training, so that it computes and exports the same.
  tf.keras.mixed_precision.set_global_policy(config.training.precision)
  if isinstance(config.model, LAPGANConfig):
    levels = [load_level(run_dir, config, k) for k in _levels(config)]
    model = _joined(run_dir, config, [level for level, _ in levels])
    steps = tuple(step for _, step in levels)
  else:
    model = LapCVAE(config.model, config.training.seed)
    steps = checkpoints.restore_weights(run_dir.checkpoints, model)
  logging.info("%s: %s after %s steps.", run_dir.path, preset, steps)
  return TrainedRun(run_dir, preset, config, model, steps)


def load_lapcvae(path: str) -> TrainedRun:
  """As `load`.

  Raises:
    UserError: As `load`, and if the run is not of a LapCVAE.
  """
  run = load(path)
  if not isinstance(run.model, LapCVAE):
    raise errors.UserError(
      f"{path} holds a LAPGAN, which has no encoder and no learned prior. Name "
      "the run of a LapCVAE."
    )
  return run


def load_level(
  run_dir: RunDir, config: run_config.RunConfig, k: int
) -> tuple[LAPGANLevel, int]:
  """One level of a LAPGAN run, and the steps it was trained for.

  Raises:
    UserError: If the level was not trained or is of another shape.
  """
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


def _joined(run_dir, config, levels):
  try:
    return LAPGAN(config.model, levels)
  except ValueError as error:
    raise errors.UserError(f"{run_dir.path}: {error}") from error


def _levels(config):
  return range(config.model.num_levels)
