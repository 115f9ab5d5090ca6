"""The distributions of a two-level PixelVAE."""

from typing import NamedTuple

import tensorflow as tf

from lapcvae_tf import gaussian, losses, map_prior, residual_networks
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.logistic_mixture import on_grid
from lapcvae_tf.map_prior import MapPrior
from lapcvae_tf.pixel_cnn import PixelCNN
from lapcvae_tf.pixel_vae_config import PixelVAEConfig

keras = tf.keras


class Latents(NamedTuple):
  """z_1 and z_2, or distributions of them.

  Attributes:
    map: z_1, `[batch, map_size, map_size, map_channels]`.
    vector: z_2, `[batch, latent_dim]`.
  """

  map: tf.Tensor | Gaussian
  vector: tf.Tensor | Gaussian


class PixelVAELevel(keras.Model):
  """q(z_1, z_2 | x), p(z_1 | z_2) and p(x | z_1) of Gulrajani et al. (2017).

  Attributes:
    config: The `PixelVAEConfig`.
    noise_variance: None; pixels have a likelihood of their own.
  """

  noise_variance = None

  def __init__(self, config: PixelVAEConfig):
    """Builds all networks."""
    super().__init__(name="level_0")
    self.config = config
    self.embedding = self.add_weight(
      name="embedding",
      shape=(256, config.embedding_dim),
      initializer=keras.initializers.RandomUniform(-0.5, 0.5),
      dtype="float32",
    )
    self.map_encoder = residual_networks.map_encoder(config)
    self.vector_encoder = residual_networks.vector_encoder(config)
    self.vector_decoder = residual_networks.vector_decoder(config)
    self.map_prior = MapPrior(
      config.map_size,
      config.map_channels,
      self.vector_decoder.output_shape[-1],
      config.prior_filters,
      config.prior_layers,
    )
    self.map_decoder = residual_networks.map_decoder(config)
    seen = 3 + self.map_decoder.output_shape[1][-1]
    self.pixel_cnn = PixelCNN(config.pixel_cnn, config.size, seen)
    self.built = True

  def posterior(self, image: tf.Tensor, training: bool = False) -> Latents:
    """Returns q(z_1 | x) and q(z_2 | x), which reads features of the former.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1]; values are rounded to the grid
        of 256.
      training: Whether batch statistics are those of this batch.
    """
    known = self._embedded(image)
    parameters, features = self.map_encoder(known, training=training)
    # A copy: three gradients of one tensor are added in an order that varies.
    vector = self.vector_encoder(tf.identity(features), training=training)
    return Latents(map_prior.bounded(parameters), map_prior.bounded(vector))

  def _embedded(self, image: tf.Tensor) -> tf.Tensor:
    values = tf.cast(tf.round(127.5 * (on_grid(image) + 1.0)), tf.int32)
    # The gradient of a product is dense, which every optimizer takes.
    table = 1.0 * tf.convert_to_tensor(self.embedding)
    known = tf.gather(table, values)
    size = self.config.size
    return tf.reshape(known, (-1, size, size, 3 * self.config.embedding_dim))

  def prior(
    self,
    latents: Latents,
    training: bool = False,
    floor: float | tf.Tensor = 0.0,
  ) -> Latents:
    """Returns p(z_1 | z_2), every place given those before it, and p(z_2).

    Args:
      latents: z_1 and z_2.
      training: Whether batch statistics are those of this batch.
      floor: The least standard deviation of p(z_1 | z_2).
    """
    condition = self.vector_decoder(latents.vector, training=training)
    count = tf.shape(latents.vector)[0]
    return Latents(
      self.map_prior(latents.map, condition, floor=floor),
      gaussian.standard_normal(count, self.config.latent_dim),
    )

  def draw_latents(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> Latents:
    """Draws z_2 from N(0, I), and z_1 place by place.

    Args:
      seed: int32 `[2]`; equal seeds give equal latents.
      count: Number of images.
      temperature: Scale of the noise of both.
    """
    of_vector, of_map = (tf.random.fold_in(seed, i) for i in range(2))
    prior = gaussian.standard_normal(count, self.config.latent_dim)
    vector = prior.sample(of_vector, temperature)
    vector = tf.ensure_shape(vector, (None, self.config.latent_dim))
    condition = self.vector_decoder(vector, training=False)
    return Latents(self.map_prior.draw(condition, of_map, temperature), vector)

  def decode(
    self, latent: tf.Tensor, training: bool = False
  ) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the mean image of z_1, and what the pixels are given.

    Args:
      latent: z_1, `[batch, map_size, map_size, map_channels]`.
      training: Whether batch statistics are those of this batch.
    """
    mean, features = self.map_decoder(latent, training=training)
    return mean, tf.concat([tf.cast(features, tf.float32), mean], axis=-1)

  def pixel_nll(self, image: tf.Tensor, seen: tf.Tensor) -> tf.Tensor:
    """Returns -ln p(x | z_1) in nats, `[batch]`; x is rounded to the grid."""
    pixels = on_grid(image)
    return self.pixel_cnn.negative_log_likelihood(
      pixels, tf.zeros_like(pixels), seen
    )

  def draw_pixels(self, seen: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Draws x given what `decode` returned, `[batch, size, size, 3]`."""
    return self.pixel_cnn.draw(tf.zeros_like(seen[..., :3]), seen, seed)

  def pixel_loss(
    self, pixel_nll: tf.Tensor, target: tf.Tensor, mean: tf.Tensor
  ) -> tf.Tensor:
    """Returns the reconstruction term, `[batch]`, with the mean image's error.

    Args:
      pixel_nll: -ln p of the true pixels, `[batch]`.
      target: The true image.
      mean: The mean image.
    """
    weight = self.config.pixel_cnn.mean_weight
    return pixel_nll + weight * losses.half_squared_error(target, mean)
