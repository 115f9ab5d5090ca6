"""Tiny LapCVAE runs with drawn weights, for tests of what commands do."""

import pathlib

import numpy as np

from experiments.config.data_config import DataConfig
from experiments.config.run_config import RunConfig
from experiments.config.training_config import TrainingConfig
from experiments.training.checkpoints import Checkpoints
from experiments.training.run_dir import RunDir
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.model import LapCVAE

# Of any preset, a model of a few filters.
SMALL_MODEL = (
  "model.levels.*.encoder_filters=(2,2,2)",
  "model.levels.*.decoder_filters=(2,2,2)",
  "model.levels.*.bottleneck_filters=2",
  "model.levels.*.hidden_units=4",
  "model.levels.*.latent_dim=3",
)


def write_run(
  folder: pathlib.Path, model: LapCVAEConfig, data: DataConfig
) -> str:
  """A run as a training leaves it before its end; returns its folder."""
  config = RunConfig(model=model, data=data, training=TrainingConfig(steps=1))
  run_dir = RunDir(folder)
  run_dir.start("tiny", config, resume=False)
  network = LapCVAE(model)
  generator = np.random.default_rng(0)
  for weight in network.weights:
    low, high = (0.5, 1.5) if "variance" in weight.name else (-0.4, 0.4)
    weight.assign(generator.uniform(low, high, weight.shape))
  Checkpoints(run_dir.checkpoints, {"model": network}).save()
  return str(run_dir.path)
