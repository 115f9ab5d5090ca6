"""A trained model, loaded from the folder of its run."""

import dataclasses

from absl import logging

from experiments import presets
from experiments.harness import checkpoints
from experiments.harness.run_dir import RunDir
from lapcvae_tf.model import LapCVAE


@dataclasses.dataclass(frozen=True)
class TrainedRun:
  """What a run left behind.

  Attributes:
    run_dir: The folder.
    preset: Name of the preset it was started with.
    config: Its whole configuration.
    model: The model with the weights of the newest checkpoint.
    step: Steps the model was trained for.
  """

  run_dir: RunDir
  preset: str
  config: presets.RunConfig
  model: LapCVAE
  step: int


def load(path: str) -> TrainedRun:
  """Loads the newest checkpoint of a run.

  Raises:
    UserError: If the folder holds no run, or the run no checkpoint yet.
  """
  run_dir = RunDir(path)
  preset, stored = run_dir.read_config()
  config = presets.read_config(stored)
  model = LapCVAE(config.model, config.training.seed)
  step = checkpoints.restore_weights(run_dir.checkpoints, model)
  logging.info("%s: %s after %d steps.", run_dir.path, preset, step)
  return TrainedRun(run_dir, preset, config, model, step)
