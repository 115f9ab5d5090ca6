"""A gated PixelCNN: every pixel given those before it, row by row.

Two stacks leave no blind spot: the vertical one sees all rows above, the
horizontal one the pixels to the left in the same row, and takes what the
vertical one found (van den Oord et al., 2016,
https://arxiv.org/abs/1606.05328, Section 2.2). Kernels are cut, not masked.

An image is padded once and convolved without padding afterwards, and a plane
says what lies inside. So the network on a window of `(reach + 1, 2 reach + 1)`
pixels computes exactly what it computes for the window's last row's middle
pixel on the whole image, and a draw needs one window a pixel.
"""

import tensorflow as tf

from lapcvae_tf import logistic_mixture
from lapcvae_tf.logistic_mixture import LogisticMixture
from lapcvae_tf.pixel_cnn_config import PixelCNNConfig

keras = tf.keras


class PixelCNN(keras.Model):
  """p(x | condition), a product over pixels of mixtures of logistics.

  Attributes:
    config: The `PixelCNNConfig`.
    size: Side of the square images.
  """

  def __init__(self, config: PixelCNNConfig, size: int, channels: int):
    """Builds the network.

    Args:
      config: The network.
      size: Side of the square images, in pixels.
      channels: Channels of the condition.
    """
    super().__init__(name="pixel_cnn")
    self.config, self.size = config, size
    self._channels = channels
    filters = config.filters
    # Red, green, blue, and whether the pixel lies inside.
    self.vertical_in = _convolution((2, 5), 4, 2 * filters)
    self.horizontal_in = _convolution((1, 2), 4, 2 * filters)
    self.gated = [
      GatedLayer(filters, channels, has_residual=False),
      *[GatedLayer(filters, channels) for _ in range(config.layers)],
    ]
    self.vertical = [
      _convolution((2, 3), filters, 2 * filters) for _ in range(config.layers)
    ]
    self.horizontal = [
      _convolution((1, 2), filters, 2 * filters) for _ in range(config.layers)
    ]
    self.hidden = _convolution((1, 1), filters, 2 * filters)
    self.head = _convolution(
      (1, 1),
      2 * filters,
      logistic_mixture.PER_COMPONENT * config.mixtures,
      dtype="float32",
    )
    self.built = True

  def call(
    self, pixels: tf.Tensor, centre: tf.Tensor, condition: tf.Tensor
  ) -> LogisticMixture:
    """Returns the distribution of every pixel given those before it.

    Args:
      pixels: `[batch, size, size, 3]` on the grid of 256 values.
      centre: What the means are relative to, the same shape.
      condition: `[batch, size, size, channels]`; all of it may be seen.
    """
    parameters = self._parameters(
      self._padded(_with_inside(pixels)), self._padded(condition)
    )
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
    size, reach = self.size, self.config.reach
    batch = tf.shape(centre)[0]
    condition = self._padded(condition)
    blank = tf.zeros(tf.stack([batch, size, size, 3]))
    # Pixels come first, so that one is a stretch of memory to write.
    canvas = tf.transpose(self._padded(_with_inside(blank)), (1, 2, 0, 3))
    centres = tf.transpose(tf.cast(centre, tf.float32), (1, 2, 0, 3))
    inside = tf.ones(tf.stack([batch, 1]))
    noise_shape = tf.stack([batch, self.config.mixtures + 3])

    def body(step, canvas):
      row, column = step // size, step % size
      rows = slice(row, row + reach + 1)
      columns = slice(column, column + 2 * reach + 1)
      window = tf.transpose(canvas[rows, columns], (2, 0, 1, 3))
      seen = condition[:, rows, columns]
      window = tf.ensure_shape(window, (None, reach + 1, 2 * reach + 1, 4))
      seen = tf.ensure_shape(
        seen, (None, reach + 1, 2 * reach + 1, self._channels)
      )
      parameters = self._parameters(window, seen)[:, 0, 0]
      mixture = logistic_mixture.from_parameters(
        parameters, centres[row, column]
      )
      noise = tf.random.stateless_uniform(
        noise_shape, tf.random.fold_in(seed, step)
      )
      pixel = tf.concat([mixture.sample(noise), inside], axis=-1)
      place = tf.stack([row + reach, column + reach])
      canvas = tf.tensor_scatter_nd_update(canvas, place[None], pixel[None])
      return step + 1, canvas

    _, canvas = tf.while_loop(
      lambda step, canvas: step < size * size,
      body,
      (tf.constant(0), canvas),
      shape_invariants=(
        tf.TensorShape(()),
        tf.TensorShape((size + reach, size + 2 * reach, None, 4)),
      ),
      parallel_iterations=1,
    )
    drawn = canvas[reach:, reach : reach + size, :, :3]
    return tf.transpose(drawn, (2, 0, 1, 3))

  def _padded(self, image: tf.Tensor) -> tf.Tensor:
    reach = self.config.reach
    return tf.pad(image, ((0, 0), (reach, 0), (reach, reach), (0, 0)))

  def _parameters(self, pixels: tf.Tensor, condition: tf.Tensor) -> tf.Tensor:
    """Maps padded pixels and conditions to parameters of what is not padding.

    Args:
      pixels: `[batch, height + reach, width + 2 reach, 4]`.
      condition: The same but for its channels.

    Returns:
      `[batch, height, width, PER_COMPONENT * mixtures]`.
    """
    above = self.vertical_in(pixels[:, :-1])
    left = self.horizontal_in(pixels[:, 2:, :-3])
    condition = condition[:, 2:, 2:-2]
    above, left = self.gated[0](above, left, condition)
    for gated, vertical, horizontal in zip(
      self.gated[1:], self.vertical, self.horizontal, strict=True
    ):
      # One row less above, one column less on each side.
      condition = condition[:, 1:, 1:-1]
      above, left = gated(
        vertical(above),
        horizontal(left[:, 1:, :-1]),
        condition,
        left[:, 1:, 1:-1],
      )
    return self.head(tf.nn.elu(self.hidden(tf.nn.elu(left))))


class GatedLayer(keras.layers.Layer):
  """tanh times sigmoid in both stacks; the vertical one feeds the other."""

  def __init__(self, filters: int, channels: int, has_residual: bool = True):
    """Builds the layer for `2 * filters` maps from each stack's convolution."""
    super().__init__()
    self.crossing = _convolution((1, 1), 2 * filters, 2 * filters)
    self.condition = _convolution((1, 1), channels, 4 * filters)
    self.out = None
    if has_residual:
      self.out = _convolution((1, 1), filters, filters)
    self.built = True

  def call(self, above, left, condition, before=None):
    """Returns both stacks; `before` is the horizontal one's input."""
    of_above, of_left = tf.split(self.condition(condition), 2, axis=-1)
    left = _gate(left + self.crossing(above) + of_left)
    if self.out is not None:
      left = before + self.out(left)
    return _gate(above + of_above), left


def _gate(maps: tf.Tensor) -> tf.Tensor:
  value, gate = tf.split(maps, 2, axis=-1)
  return tf.tanh(value) * tf.sigmoid(gate)


def _convolution(
  kernel: tuple[int, int], channels: int, filters: int, **options
) -> keras.layers.Layer:
  layer = keras.layers.Conv2D(filters, kernel, padding="valid", **options)
  layer.build((None, None, None, channels))
  return layer


def _with_inside(pixels: tf.Tensor) -> tf.Tensor:
  pixels = tf.cast(pixels, tf.float32)
  return tf.concat([pixels, tf.ones_like(pixels[..., :1])], axis=-1)
