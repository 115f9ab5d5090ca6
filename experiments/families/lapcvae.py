"""LapCVAE as the rest of the project sees it."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from experiments.config.environment import Environment
from experiments.config.requests.sample import SampleRequest
from experiments.config.run_config import RunConfig
from experiments.data.datasets import ImageData
from experiments.families import lapcvae_task, large_batches
from experiments.families.base import Family
from experiments.families.lapcvae_scores import LapCVAEScores
from experiments.families.lapcvae_task import LapCVAETask
from experiments.system import errors
from experiments.training import checkpoints
from experiments.training.run_dir import RunDir
from experiments.training.task import Export
from lapcvae_tf import editing
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.model import LapCVAE


class LapCVAEFamily(Family):
  """Models whose levels train together and encode images."""

  name = "LapCVAE"
  has_encoder = True
  draws_reconstructions = True
  fits = True
  bases = ("given", "reconstructed")
  paper_preset = "lapcvae_celeba64"
  model_class = LapCVAE
  task_class = LapCVAETask

  def describe(self, model: LapCVAEConfig) -> str:
    """Returns `VAE`, `VAE/GAN`, `LapCVAE` or `LapCVAE without M`.

    A VAE whose level draws pixels is a `PixelVAE of one level`.
    """
    if model.num_levels == 1:
      if model.draws_pixels:
        return "PixelVAE of one level"
      features = model.levels[0].likelihood == "discriminator_features"
      return "VAE/GAN" if features else "VAE"
    return "LapCVAE" if model.prior == "learned" else "LapCVAE without M"

  def variant(self, model: LapCVAEConfig) -> str:
    """Returns the target, and likelihoods and schedule if not the paper's."""
    if model.num_levels == 1:
      return ""
    parts = [model.target.replace("_", " ")]
    if model.likelihood != "squared_error":
      parts.append(model.likelihood.replace("_", " "))
    for name in ("adversarial", "discriminator_features", "pixelcnn"):
      levels = [
        str(k)
        for k, level in enumerate(model.levels)
        if name in (level.likelihood, level.output)
      ]
      if levels:
        shown = "PixelCNN" if name == "pixelcnn" else name.replace("_", " ")
        parts.append(f"{shown} at level {' and '.join(levels)}")
    if model.schedule != "joint":
      parts.append(model.schedule.replace("_", " "))
    return ", ".join(parts)

  def prepare(self, config: RunConfig, data: ImageData, replicas: int) -> None:
    """Checks that each replica has an image for whatever D sees."""
    del data
    smallest = config.model.smallest_batch * replicas
    if config.training.batch_size < smallest:
      raise errors.UserError(
        f"training.batch_size={config.training.batch_size}: an adversarial "
        f"level needs {config.model.smallest_batch} images on each of "
        f"{replicas} replicas. Set at least {smallest}."
      )

  def task(
    self,
    config: RunConfig,
    part: str | None = None,
    prepared: Any = None,
    environment: Environment | None = None,
  ) -> LapCVAETask:
    """Returns the training of all levels."""
    del part, prepared, environment
    return self.task_class(config)

  def scores(self, model: LapCVAE, seed: int) -> LapCVAEScores:
    """Returns what measures a model, with noise of a seed."""
    return self.task_class.scores_class(model, seed)

  def headline(self, metrics: Mapping[str, Any]) -> str:
    """Returns RMSE and KL."""
    return (
      f"RMSE {metrics['rmse']:.2f} +- {metrics['rmse_std']:.2f} grey levels "
      f"over {metrics['test_images']} test images at {metrics['kl']:.0f} nats."
    )

  def load(self, run_dir: RunDir, config: RunConfig) -> tuple[LapCVAE, int]:
    """Loads the newest checkpoint."""
    model = self.model_class(config.model, config.training.seed)
    return model, checkpoints.restore_weights(run_dir.checkpoints, model)

  def exports(self, model: LapCVAE) -> Mapping[str, Export]:
    """Returns the exports of every level and of the cascade."""
    return lapcvae_task.exports(model)

  def draw(
    self,
    model: LapCVAE,
    request: SampleRequest,
    class_names: Sequence[str] = (),
    first: int = 0,
  ) -> list[np.ndarray]:
    """Draws images; there are no classes to choose."""
    del class_names
    for flag in ("labels", "fixed_coarsest"):
      if getattr(request, flag):
        raise errors.UserError(
          f"--{flag} is for the runs of a LAPGAN; this is a {self.name}. Leave "
          "it out."
        )

    temperature = tf.constant(request.temperature, tf.float32)
    sample = _compiled(model, request.pixels)

    def draw(seed, count, label):
      del label
      return sample(seed, count, temperature)

    return large_batches.levels_in_batches(
      draw, request.count, request.batch_size, request.seed, first=first
    )

  def refine(
    self,
    model: LapCVAE,
    coarse: tf.Tensor,
    level: int,
    seed: tf.Tensor,
    label: tf.Tensor | None = None,
    base: str = "given",
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Draws detail for the given images, or for reconstructions of them."""
    del label
    if base == "given":
      draw = editing.draw_from_given
    else:
      draw = editing.draw_from_coarse
    return draw(model, coarse, level, seed, temperature)[: level + 1]


# Two at most, so that a model which is done with can leave the memory.
@functools.lru_cache(maxsize=2)
def _compiled(
  model: tf.keras.Model, pixels: bool
) -> tf.types.experimental.GenericFunction:
  """Compiles a model's sampling once for all requests."""
  if pixels:
    return tf.function(model.sample_pixel_levels, autograph=False)
  return tf.function(model.sample_levels, autograph=False)
