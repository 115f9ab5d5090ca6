"""A gated PixelCNN: every pixel given those before it, row by row.

The stacks are those of `lapcvae_tf.causal_stacks`, the distribution of a pixel
is that of `lapcvae_tf.logistic_mixture`.
"""

import tensorflow as tf

from lapcvae_tf import logistic_mixture
from lapcvae_tf.causal_stacks import CausalStacks
from lapcvae_tf.logistic_mixture import LogisticMixture
from lapcvae_tf.pixel_cnn_config import PixelCNNConfig


class PixelCNN(CausalStacks):
  """p(x | condition), a product over pixels of mixtures of logistics.

  Attributes:
    config: The `PixelCNNConfig`.
  """

  def __init__(self, config: PixelCNNConfig, size: int, channels: int):
    """Builds the network.

    Args:
      config: The network.
      size: Side of the square images, in pixels.
      channels: Channels of the condition.
    """
    super().__init__(
      "pixel_cnn",
      size,
      channels=3,
      condition_channels=channels,
      outputs=logistic_mixture.PER_COMPONENT * config.mixtures,
      filters=config.filters,
      layers=config.layers,
    )
    self.config = config

  def call(
    self, pixels: tf.Tensor, centre: tf.Tensor, condition: tf.Tensor
  ) -> LogisticMixture:
    """Returns the distribution of every pixel given those before it.

    Args:
      pixels: `[batch, size, size, 3]` on the grid of 256 values.
      centre: What the means are relative to, the same shape.
      condition: `[batch, size, size, channels]`; all of it may be seen.
    """
    parameters = self.parameters(pixels, condition)
    return logistic_mixture.from_parameters(parameters, centre)

  def negative_log_likelihood(
    self, pixels: tf.Tensor, centre: tf.Tensor, condition: tf.Tensor
  ) -> tf.Tensor:
    """Returns -ln p(pixels | condition) in nats, `[batch]`, as `call` takes."""
    mixture = self(pixels, centre, condition)
    return -tf.reduce_sum(mixture.log_prob(pixels), axis=(1, 2))

  def draw(
    self, centre: tf.Tensor, condition: tf.Tensor, seed: tf.Tensor
  ) -> tf.Tensor:
    """Draws images, one pixel after the other.

    Args:
      centre: As `call` takes it, `[batch, size, size, 3]`.
      condition: As `call` takes it.
      seed: int32 `[2]`; the noise of a pixel is a function of it, of the
        pixel's place, and of the image's row in the batch.

    Returns:
      Values on the grid, `[batch, size, size, 3]`.
    """
    centres = tf.transpose(tf.cast(centre, tf.float32), (1, 2, 0, 3))
    noise_shape = tf.stack([tf.shape(centre)[0], self.config.mixtures + 3])

    def pixel_of(parameters, step, row, column):
      mixture = logistic_mixture.from_parameters(
        parameters, centres[row, column]
      )
      noise = tf.random.stateless_uniform(
        noise_shape, tf.random.fold_in(seed, step)
      )
      return mixture.sample(noise)

    return self.draw_places(condition, pixel_of)
