"""Two stacks of convolutions in which a place sees those before it alone.

Places are ordered row by row. Two stacks leave no blind spot: the vertical one
sees all rows above, the horizontal one the places to the left in the same row,
and takes what the vertical one found (van den Oord et al., 2016,
https://arxiv.org/abs/1606.05328, Section 2.2). Kernels are cut, not masked.

A map is padded once and convolved without padding afterwards, and a plane says
what lies inside. So the network on a window of `(reach + 1, 2 reach + 1)`
places computes exactly what it computes for the window's last row's middle
place on the whole map, and a draw needs one window a place.
"""

from collections.abc import Callable

import tensorflow as tf

keras = tf.keras

# (parameters `[batch, outputs]`, place counted row by row, row, column) ->
# values `[batch, channels]`.
ValueSource = Callable[[tf.Tensor, tf.Tensor, tf.Tensor, tf.Tensor], tf.Tensor]


class CausalStacks(keras.Model):
  """Parameters of every place, given the places before it and a condition.

  Attributes:
    size: Side of the square maps.
    reach: How far a place sees, up and to each side.
  """

  def __init__(
    self,
    name: str,
    size: int,
    channels: int,
    condition_channels: int,
    outputs: int,
    filters: int,
    layers: int,
  ):
    """Builds the network.

    Args:
      name: The model's name.
      size: Side of the square maps.
      channels: Channels of a place.
      condition_channels: Channels of the condition.
      outputs: Parameters of a place, float32 under mixed precision too.
      filters: Maps of both stacks.
      layers: Gated layers after the first.
    """
    super().__init__(name=name)
    self.size, self.reach = size, 2 + layers
    self._value_channels = channels
    self._channels = condition_channels
    # The values, and whether the place lies inside.
    seen = channels + 1
    self.vertical_in = _convolution((2, 5), seen, 2 * filters)
    self.horizontal_in = _convolution((1, 2), seen, 2 * filters)
    self.gated = [
      GatedLayer(filters, condition_channels, has_residual=False),
      *[GatedLayer(filters, condition_channels) for _ in range(layers)],
    ]
    self.vertical = [
      _convolution((2, 3), filters, 2 * filters) for _ in range(layers)
    ]
    self.horizontal = [
      _convolution((1, 2), filters, 2 * filters) for _ in range(layers)
    ]
    self.hidden = _convolution((1, 1), filters, 2 * filters)
    self.head = _convolution((1, 1), 2 * filters, outputs, dtype="float32")
    self.built = True

  def parameters(self, values: tf.Tensor, condition: tf.Tensor) -> tf.Tensor:
    """Returns the parameters of every place given those before it.

    Args:
      values: `[batch, size, size, channels]`.
      condition: `[batch, size, size, condition_channels]`; all may be seen.

    Returns:
      float32 `[batch, size, size, outputs]`.
    """
    return self._parameters(
      self._padded(_with_inside(values)), self._padded(condition)
    )

  def draw_places(
    self, condition: tf.Tensor, value_of: ValueSource
  ) -> tf.Tensor:
    """Draws maps, one place after the other, in one loop of the graph.

    Args:
      condition: As `parameters` takes it.
      value_of: Draws the values of a place given its parameters.

    Returns:
      float32 `[batch, size, size, channels]`.
    """
    size, reach, channels = self.size, self.reach, self._value_channels
    batch = tf.shape(condition)[0]
    condition = self._padded(condition)
    blank = tf.zeros(tf.stack([batch, size, size, channels]))
    # Places come first, so that one is a stretch of memory to write.
    canvas = tf.transpose(self._padded(_with_inside(blank)), (1, 2, 0, 3))
    inside = tf.ones(tf.stack([batch, 1]))

    def body(step, canvas):
      row, column = step // size, step % size
      rows = slice(row, row + reach + 1)
      columns = slice(column, column + 2 * reach + 1)
      window = tf.transpose(canvas[rows, columns], (2, 0, 1, 3))
      seen = condition[:, rows, columns]
      window = tf.ensure_shape(
        window, (None, reach + 1, 2 * reach + 1, channels + 1)
      )
      seen = tf.ensure_shape(
        seen, (None, reach + 1, 2 * reach + 1, self._channels)
      )
      parameters = self._parameters(window, seen)[:, 0, 0]
      value = value_of(parameters, step, row, column)
      value = tf.concat([value, inside], axis=-1)
      place = tf.stack([row + reach, column + reach])
      canvas = tf.tensor_scatter_nd_update(canvas, place[None], value[None])
      return step + 1, canvas

    _, canvas = tf.while_loop(
      lambda step, canvas: step < size * size,
      body,
      (tf.constant(0), canvas),
      shape_invariants=(
        tf.TensorShape(()),
        tf.TensorShape((size + reach, size + 2 * reach, None, channels + 1)),
      ),
      parallel_iterations=1,
      maximum_iterations=size * size,
    )
    drawn = canvas[reach:, reach : reach + size, :, :channels]
    return tf.transpose(drawn, (2, 0, 1, 3))

  def _padded(self, image: tf.Tensor) -> tf.Tensor:
    reach = self.reach
    return tf.pad(image, ((0, 0), (reach, 0), (reach, reach), (0, 0)))

  def _parameters(self, values: tf.Tensor, condition: tf.Tensor) -> tf.Tensor:
    """Maps padded values and conditions to parameters of what is not padding.

    Args:
      values: `[batch, height + reach, width + 2 reach, channels + 1]`.
      condition: The same but for its channels.

    Returns:
      `[batch, height, width, outputs]`.
    """
    above = self.vertical_in(values[:, :-1])
    left = self.horizontal_in(values[:, 2:, :-3])
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


def _with_inside(values: tf.Tensor) -> tf.Tensor:
  values = tf.cast(values, tf.float32)
  return tf.concat([values, tf.ones_like(values[..., :1])], axis=-1)
