"""What a LapCVAE makes of images and latents."""

import numpy as np
import tensorflow as tf

from lapcvae_tf import walk
from lapcvae_tf.coded_images import CodedImages
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.walk import LevelOutcome
from pyramid_tf.bundled_model import BundledModel


class Generation(CodedImages, BundledModel):
  """Reconstruction, sampling and partial sampling with a cascade of levels.

  Attributes:
    config: The `LapCVAEConfig`.
    level_models: One `LapCVAELevel` per level, finest first.
  """

  config: LapCVAEConfig
  level_models: list[LapCVAELevel]

  def reconstruct_levels(self, image: tf.Tensor) -> list[tf.Tensor]:
    """Like `reconstruct`, but returns all composed images x~_0, ..., x~_K."""
    return [outcome.composed for outcome in self._of_posterior_means(image)]

  def encode(self, image: tf.Tensor) -> list[tf.Tensor]:
    """Returns posterior means of all levels, which `decode` reconstructs from.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].

    Returns:
      z_0, ..., z_K, `[batch, latent_dim_k]`.
    """
    return [outcome.latent for outcome in self._of_posterior_means(image)]

  def _of_posterior_means(self, image: tf.Tensor) -> list[LevelOutcome]:
    return self._generated(_posterior_mean, tf.shape(image)[0], image)

  def decode(self, latents: list[tf.Tensor]) -> tf.Tensor:
    """Generates the images of latents, such as mixtures of what `encode` gives.

    Args:
      latents: z_0, ..., z_K, `[batch, latent_dim_k]`.

    Returns:
      x~_0, `[batch, size, size, 3]`, not clipped.

    Raises:
      ValueError: If there is not one for every level.
    """
    if len(latents) != self.config.num_levels:
      raise ValueError(
        f"The model has {self.config.num_levels} levels, got {len(latents)} "
        "latents."
      )
    outcomes = self._generated(
      lambda k, prior, posterior: latents[k], tf.shape(latents[0])[0]
    )
    return outcomes[0].composed

  def sample_levels(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Draws as `sample`, but returns the images x~_0, ..., x~_K.

    z_K is drawn from N(0, I) or the aggregate posterior, finer z_k from the
    learned priors.
    """
    latent_at = self._from_priors(seed, temperature)
    outcomes = self._generated(latent_at, count, noise_seed=seed)
    return [outcome.composed for outcome in outcomes]

  def _from_priors(
    self, seed: tf.Tensor, temperature: float | tf.Tensor
  ) -> walk.LatentSource:
    def latent_at(k, prior, posterior):
      del posterior
      return self.draw_latent(k, prior, seed, temperature)

    return latent_at

  def draw_latent(
    self,
    k: int,
    prior: Gaussian,
    seed: tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> tf.Tensor:
    """Draws z_k from its prior, or z_K from the aggregate posterior.

    Args:
      k: The level.
      prior: p(z_k) given the coarser levels.
      seed: int32 `[2]`; levels take noise of their own from it.
      temperature: Scale of the noise.
    """
    seed = tf.random.fold_in(seed, k)
    aggregate = self.level_models[k].aggregate
    if aggregate is None:
      return prior.sample(seed, temperature)
    return aggregate.sample(seed, tf.shape(prior.mean)[0], temperature)

  def resample(
    self,
    image: tf.Tensor,
    fixed_from: int | tf.Tensor,
    seed: tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> tf.Tensor:
    """Partial sampling: keeps coarse levels, draws finer ones (Figure 8).

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      fixed_from: Levels k >= `fixed_from` take the posterior mean of `image`;
        finer ones are drawn. 0 reconstructs, the number of levels samples.
      seed: int32 `[2]`; equal seeds give equal images.
      temperature: Scale of the drawn levels' noise.

    Returns:
      x~_0, the shape of `image`, not clipped.

    Raises:
      ValueError: If `fixed_from`, as a number, is no level.
    """
    levels = self.config.num_levels
    is_number = isinstance(fixed_from, (int, np.integer))
    if is_number and not 0 <= fixed_from <= levels:
      raise ValueError(
        f"fixed_from is a level from 0 (all fixed) to {levels} (none), got "
        f"{fixed_from}."
      )

    def latent_at(k, prior, posterior):
      drawn = self.draw_latent(k, prior, seed, temperature)
      return tf.where(k >= fixed_from, posterior.mean, drawn)

    outcomes = self._generated(latent_at, tf.shape(image)[0], image, seed)
    return outcomes[0].composed

  def reconstruct_drawn(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Reconstructs as `reconstruct`, with latents drawn from the posteriors.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      seed: int32 `[2]`; selects the noise of the latents and of detail.

    Returns:
      x~_0, the shape of `image`, not clipped.
    """
    drawn = walk.autoencode(self.config, self.level_models, image, seed)
    return drawn[0].composed

  def outcomes(self, image: tf.Tensor, seed: tf.Tensor) -> list[LevelOutcome]:
    """Returns every level's outcome with sampled latents, finest first.

    Levels finer than one that draws pixels refine the true ones, as the
    likelihood has them: their images are no reconstructions
    (`reconstruct_drawn`).

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      seed: int32 `[2]`; selects the noise of the posterior samples.
    """
    return walk.autoencode(
      self.config, self.level_models, image, seed, scores_pixels=True
    )

  def sample_pixels(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> tf.Tensor:
    """Draws as `sample`, but pixels too, where a level has a PixelCNN.

    Args:
      seed: int32 `[2]`; equal seeds give equal images.
      count: Number of images.
      temperature: Scale of the latents' noise; pixels keep their own.

    Returns:
      x~_0, `[count, size, size, 3]`, not clipped.

    Raises:
      ValueError: If no level draws pixels.
    """
    return self.sample_pixel_levels(seed, count, temperature)[0]

  def sample_pixel_levels(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Draws as `sample_pixels`, but returns the images x~_0, ..., x~_K."""
    latent_at = self._from_priors(seed, temperature)
    return self._with_pixels(latent_at, count, None, seed)

  def reconstruct_pixels(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Draws pixels given the posterior means of images.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      seed: int32 `[2]`; selects the noise of the pixels, and of detail.

    Returns:
      x~_0, the shape of `image`, not clipped.

    Raises:
      ValueError: If no level draws pixels.
    """
    count = tf.shape(image)[0]
    return self._with_pixels(_posterior_mean, count, image, seed)[0]

  def _with_pixels(
    self,
    latent_at: walk.LatentSource,
    batch_size: int | tf.Tensor,
    image: tf.Tensor | None,
    seed: tf.Tensor,
  ) -> list[tf.Tensor]:
    """Returns the images of every level, pixels drawn."""
    if not self.config.draws_pixels:
      raise ValueError(
        "No level of the model has output='pixelcnn', so there are no pixels "
        "to draw. Use sample or reconstruct."
      )
    outcomes = self._generated(
      latent_at, batch_size, image, noise_seed=seed, pixel_seed=seed
    )
    return [outcome.composed for outcome in outcomes]

  def _generated(
    self,
    latent_at: walk.LatentSource,
    batch_size: int | tf.Tensor,
    image: tf.Tensor | None = None,
    noise_seed: tf.Tensor | None = None,
    pixel_seed: tf.Tensor | None = None,
  ) -> list[LevelOutcome]:
    """Returns every level's outcome; posteriors need an `image`."""
    targets = None if image is None else walk.Targets(self.config, image)
    return walk.generate(
      self.config,
      self.level_models,
      latent_at,
      batch_size,
      targets,
      noise_seed=noise_seed,
      pixel_seed=pixel_seed,
    )


def _posterior_mean(
  k: int, prior: Gaussian, posterior: Gaussian | None
) -> tf.Tensor:
  del k, prior
  return posterior.mean
