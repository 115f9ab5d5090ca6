"""Coarse levels of a LapCVAE, whose images levels of a LAPGAN refine."""

import tensorflow as tf

from experiments.config.hybrid_config import HybridConfig
from lapcvae_tf import editing, walk
from lapcvae_tf.coded_images import CodedImages
from lapcvae_tf.model import LapCVAE
from lapgan_tf.model import LAPGAN
from pyramid_tf import pyramid

# The noise of a reconstruction is always the same.
_RECONSTRUCTION = (0, 77)


class HybridModel(CodedImages, tf.keras.Model):
  """Encodes and samples as the LapCVAE does, and adds the LAPGAN's detail.

  Attributes:
    config: The `HybridConfig`.
    coarse: The LapCVAE.
    fine: The LAPGAN.
  """

  def __init__(self, config: HybridConfig, coarse: LapCVAE, fine: LAPGAN):
    """Joins trained models."""
    super().__init__()
    self.config = config
    self.coarse = coarse
    self.fine = fine
    self.built = True

  def reconstruct_levels(self, image: tf.Tensor) -> list[tf.Tensor]:
    """Like `reconstruct`, but returns the images of all levels."""
    composed = [outcome.composed for outcome in self._encoded(image)]
    return self._with_detail(composed, tf.constant(_RECONSTRUCTION))

  def encode(self, image: tf.Tensor) -> list[tf.Tensor]:
    """Returns posterior means of the LapCVAE's levels, the joint one first."""
    return [outcome.latent for outcome in self._encoded(image)]

  def decode(self, latents: list[tf.Tensor]) -> tf.Tensor:
    """Generates the images of what `encode` returns, or of mixtures of it."""

    def latent_at(k, prior, posterior):
      del prior, posterior
      return latents[k - self.config.coarse_level]

    composed = self._generated(latent_at, tf.shape(latents[0])[0])
    return self._with_detail(composed, tf.constant(_RECONSTRUCTION))[0]

  def sample_levels(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Draws images of all levels, finest first.

    Args:
      seed: int32 `[2]`; equal seeds give equal images.
      count: Number of images.
      temperature: A factor on the noise of the LapCVAE's levels.
    """

    def latent_at(k, prior, posterior):
      del posterior
      return self.coarse.draw_latent(k, prior, seed, temperature)

    composed = self._generated(latent_at, count, noise_seed=seed)
    return self._with_detail(composed, seed)

  def resample(
    self,
    image: tf.Tensor,
    fixed_from: int | tf.Tensor,
    seed: tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> tf.Tensor:
    """Keeps coarse levels and draws finer ones; detail is always drawn.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      fixed_from: Levels k >= `fixed_from` take the posterior mean of `image`;
        finer ones are drawn.
      seed: int32 `[2]`.
      temperature: A factor on the noise of the LapCVAE's drawn levels.
    """
    first = self.config.coarse_level
    shift = self.config.fine_levels - first

    def latent_at(k, prior, posterior):
      drawn = self.coarse.draw_latent(k, prior, seed, temperature)
      return tf.where(k + shift >= fixed_from, posterior.mean, drawn)

    composed = self._generated(latent_at, tf.shape(image)[0], image, seed)
    return self._with_detail(composed, seed)[0]

  def refine(
    self,
    image: tf.Tensor,
    level: int,
    seed: tf.Tensor,
    base: str = "given",
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Draws detail for given coarse images.

    Args:
      image: x_level, `[batch, size_level, size_level, 3]` in [-1, 1].
      level: The level of `image`.
      seed: int32 `[2]`; each image has noise of its own.
      base: Whether finer levels refine the image, `given`, or what the LapCVAE
        makes of it, `reconstructed`, which only its own levels can do.
      temperature: A factor on the noise of the LapCVAE's levels.

    Returns:
      x_0, ..., x_level, not clipped.
    """
    config = self.config
    if level < config.fine_levels:
      return self._refined([image], level, seed)
    own = level - config.fine_levels + config.coarse_level
    draw = editing.draw_from_coarse
    if base == "given":
      draw = editing.draw_from_given
    drawn = draw(
      self.coarse, image, own, seed, temperature, finest=config.coarse_level
    )
    kept = drawn[: level - config.fine_levels + 1]
    return self._with_detail(kept, seed)

  def _encoded(self, image: tf.Tensor) -> list[walk.LevelOutcome]:
    def latent_at(k, prior, posterior):
      del k, prior
      return posterior.mean

    return self._outcomes(latent_at, tf.shape(image)[0], image)

  def _generated(
    self, latent_at, count, image=None, noise_seed=None
  ) -> list[tf.Tensor]:
    outcomes = self._outcomes(latent_at, count, image, noise_seed)
    return [outcome.composed for outcome in outcomes]

  def _outcomes(self, latent_at, count, image=None, noise_seed=None):
    config, first = self.config, self.config.coarse_level
    targets = None
    if image is not None:
      sizes = config.sizes[: config.fine_levels + 1]
      joint = pyramid.gaussian_pyramid(image, sizes, config.kernel)[-1]
      targets = walk.Targets(config.coarse, joint, first)
    outcomes = walk.generate(
      config.coarse,
      self.coarse.level_models,
      latent_at,
      count,
      targets,
      finest=first,
      noise_seed=noise_seed,
    )
    return outcomes[first:]

  def _with_detail(
    self, composed: list[tf.Tensor], seed: tf.Tensor
  ) -> list[tf.Tensor]:
    """Puts the LAPGAN's levels before the LapCVAE's images."""
    return self._refined(composed, self.config.fine_levels, seed)

  def _refined(
    self, images: list[tf.Tensor], level: int, seed: tf.Tensor
  ) -> list[tf.Tensor]:
    standardised = self.fine.standardisation(
      images[0], kernel=self.config.kernel
    )
    detail = self.fine.refine(
      standardised,
      tf.random.fold_in(seed, 1000),
      level=level,
      conditioning_noise=0.0,
    )
    return [*detail[:-1], *images]
