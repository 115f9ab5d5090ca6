"""What a two-level PixelVAE makes of images and latents."""

import tensorflow as tf

from lapcvae_tf.coded_images import CodedImages
from lapcvae_tf.pixel_vae_config import PixelVAEConfig
from lapcvae_tf.pixel_vae_level import PixelVAELevel
from pyramid_tf.bundled_model import BundledModel

# Keeps the noise of pixels apart from that of latents.
_PIXEL_SEEDS = 3000


class PixelVAEGeneration(CodedImages, BundledModel):
  """Reconstruction and sampling, by mean images or pixel by pixel.

  Attributes:
    config: The `PixelVAEConfig`.
    level_models: The one `PixelVAELevel`.
  """

  config: PixelVAEConfig
  level_models: list[PixelVAELevel]

  @property
  def level(self) -> PixelVAELevel:
    """All networks."""
    return self.level_models[0]

  def encode(self, image: tf.Tensor) -> list[tf.Tensor]:
    """Returns the posterior mean of z_1, `[batch, map_dims]`, in a list.

    z_2 is left out: an image is made of z_1 alone.
    """
    return [flat(self.level.posterior(image).map.mean)]

  def decode(self, latents: list[tf.Tensor]) -> tf.Tensor:
    """Returns the mean images of what `encode` gives, or of mixtures of it."""
    [latent] = latents
    side, channels = self.config.map_size, self.config.map_channels
    return self.level.decode(tf.reshape(latent, (-1, side, side, channels)))[0]

  def reconstruct_levels(self, image: tf.Tensor) -> list[tf.Tensor]:
    """Returns mean images of the posterior means, in a list of one level."""
    return [self.level.decode(self.level.posterior(image).map.mean)[0]]

  def reconstruct_pixels(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Draws pixels given the posterior means of z_1.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      seed: int32 `[2]`; selects the noise of the pixels.
    """
    _, seen = self.level.decode(self.level.posterior(image).map.mean)
    return self.level.draw_pixels(seen, _of_pixels(seed))

  def sample_levels(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Returns mean images of drawn latents, in a list of one level."""
    latents = self.level.draw_latents(seed, count, temperature)
    return [self.level.decode(latents.map)[0]]

  def sample_pixels(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> tf.Tensor:
    """Draws latents as `sample`, and pixels given them."""
    latents = self.level.draw_latents(seed, count, temperature)
    _, seen = self.level.decode(latents.map)
    return self.level.draw_pixels(seen, _of_pixels(seed))

  def sample_pixel_levels(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Like `sample_pixels`, in a list of one level."""
    return [self.sample_pixels(seed, count, temperature)]

  def resample(
    self,
    image: tf.Tensor,
    fixed_from: int | tf.Tensor,
    seed: tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> tf.Tensor:
    """Reconstructs if `fixed_from` is 0, and samples as many if it is 1."""
    return tf.cond(
      tf.equal(fixed_from, 0),
      lambda: self.reconstruct(image),
      lambda: self.sample(seed, tf.shape(image)[0], temperature),
    )


def flat(tensor: tf.Tensor) -> tf.Tensor:
  """Returns `[batch, n]` of what a batch has."""
  return tf.reshape(tensor, (-1, tensor.shape[1:].num_elements()))


def _of_pixels(seed: tf.Tensor) -> tf.Tensor:
  return tf.random.fold_in(seed, _PIXEL_SEEDS)
