"""LapCVAE as the rest of the project sees it."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from experiments.config.environment import Environment
from experiments.config.requests.sample import SampleRequest
from experiments.config.run_config import RunConfig
from experiments.families import batched, lapcvae_task
from experiments.families.base import Family, Refiner
from experiments.families.lapcvae_task import LapCVAETask
from experiments.system import errors
from experiments.training import checkpoints
from experiments.training.run_dir import RunDir
from experiments.training.task import Export
from lapcvae_tf import editing
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.model import LapCVAE
from pyramid_tf import pyramid


class LapCVAEFamily(Family):
  """Models whose levels train together and encode images."""

  name = "LapCVAE"
  has_encoder = True
  paper_preset = "lapcvae_celeba64"
  model_class = LapCVAE

  def describe(self, model: LapCVAEConfig) -> str:
    """Returns `VAE`, `LapCVAE` or the paper's `LapCVAE without M`."""
    if model.num_levels == 1:
      return "VAE"
    return "LapCVAE" if model.prior == "learned" else "LapCVAE without M"

  def variant(self, model: LapCVAEConfig) -> str:
    """Returns the target, and likelihood and schedule if not the paper's."""
    if model.num_levels == 1:
      return ""
    parts = [model.target.replace("_", " ")]
    if model.likelihood == "calibrated":
      parts.append("calibrated")
    if model.schedule != "joint":
      parts.append(model.schedule.replace("_", " "))
    return ", ".join(parts)

  def task(
    self,
    config: RunConfig,
    part: str | None = None,
    prepared: Any = None,
    environment: Environment | None = None,
  ) -> LapCVAETask:
    """Returns the training of all levels."""
    del part, prepared, environment
    return LapCVAETask(config)

  def headline(self, metrics: Mapping[str, Any]) -> str:
    """Returns RMSE and KL."""
    return (
      f"RMSE {metrics['rmse']:.2f} +- {metrics['rmse_std']:.2f} grey levels "
      f"over {metrics['test_images']} test images at {metrics['kl']:.0f} nats."
    )

  def load(self, run_dir: RunDir, config: RunConfig) -> tuple[LapCVAE, int]:
    """Loads the newest checkpoint."""
    model = LapCVAE(config.model, config.training.seed)
    return model, checkpoints.restore_weights(run_dir.checkpoints, model)

  def exports(self, model: LapCVAE) -> Mapping[str, Export]:
    """Returns the exports of every level and of the cascade."""
    return lapcvae_task.exports(model)

  def draw(
    self,
    model: LapCVAE,
    request: SampleRequest,
    class_names: Sequence[str] = (),
  ) -> list[np.ndarray]:
    """Draws images; there are no classes to choose."""
    del class_names
    for flag in ("labels", "fixed_coarsest"):
      if getattr(request, flag):
        raise errors.UserError(
          f"--{flag} is for the runs of a LAPGAN; this is a LapCVAE. Leave it "
          "out."
        )

    temperature = tf.constant(request.temperature, tf.float32)
    sample = _compiled(model)

    def draw(seed, count, label):
      del label
      return sample(seed, count, temperature)

    return batched.levels_in_batches(
      draw, request.count, request.batch_size, request.seed
    )

  def refiners(self, model: LapCVAE) -> Mapping[str, Refiner]:
    """Returns refinements of the given image and of its reconstruction.

    `kept` puts the fine bands of the latter on the given image.
    """
    config = model.config

    def coarse(image, level):
      sizes = config.sizes[: level + 1]
      return pyramid.gaussian_pyramid(image, sizes, config.kernel)[-1]

    def given(image, level, seed, label):
      del label
      return editing.draw_from_given(model, coarse(image, level), level, seed)

    def reconstructed(image, level, seed, label):
      del label
      return editing.draw_from_coarse(model, coarse(image, level), level, seed)

    def kept(image, level, seed, label):
      drawn = reconstructed(image, level, seed, label)
      wanted = coarse(image, level)
      result = editing.with_coarse(config, drawn[0], wanted, level)
      sizes = config.sizes[:level]
      blurred = pyramid.gaussian_pyramid(result, sizes, config.kernel)
      return [*blurred, wanted]

    return {"given": given, "reconstructed": reconstructed, "kept": kept}


@functools.cache
def _compiled(model: LapCVAE) -> tf.types.experimental.GenericFunction:
  """Compiles a model's sampling once for all requests."""
  return tf.function(model.sample_levels)
