"""Layers of `LayerConfig`, and stacks of them that a label conditions."""

import functools
import math

import tensorflow as tf

from lapgan_tf.level_config import LayerConfig
from pyramid_tf.batch_normalisation import BatchNormalisation

keras = tf.keras


class Block(keras.layers.Layer):
  """One `LayerConfig`: layer, activation, normalisation, pooling, dropout.

  Attributes:
    shape_out: Shape of the result without the batch.
  """

  def __init__(
    self,
    config: LayerConfig,
    shape_in: tuple[int, ...],
    deviation: float | None,
    dtype: str | None = None,
    initial_weights: str = "torch",
  ):
    """Creates the weights for inputs of `shape_in`, without the batch.

    Args:
      config: The layer.
      shape_in: `(height, width, channels)` or `(units,)`.
      deviation: Standard deviation of normal weights; None takes Torch's.
      dtype: Type of the computation; None follows the global policy.
      initial_weights: `torch` or `he`, weights where there is no deviation.
    """
    super().__init__(dtype=dtype)
    self._config = config
    self._is_dense = config.kernel_size is None
    self._residual = None
    initializers = functools.partial(
      _initializers, deviation, initial_weights, config.zero_start
    )
    if self._is_dense:
      inputs = math.prod(shape_in)
      self._layer = keras.layers.Dense(
        config.filters, **initializers(inputs), dtype=dtype
      )
      self._layer.build((None, inputs))
      shape = (config.filters,)
    else:
      self._image_shape = tuple(shape_in)
      fan_in = config.kernel_size**2 * shape_in[-1] // config.groups
      self._layer = keras.layers.Conv2D(
        config.filters,
        config.kernel_size,
        config.stride,
        config.padding,
        groups=config.groups,
        **initializers(fan_in),
        dtype=dtype,
      )
      self._layer.build((None, *shape_in))
      shape = self._layer.compute_output_shape((None, *shape_in))[1:]
      if config.residual:
        self._residual = keras.layers.Conv2D(
          shape_in[-1],
          config.kernel_size,
          padding="same",
          kernel_initializer="zeros",
          dtype=dtype,
        )
        self._residual.build((None, *shape))
        shape = shape_in
    self._normalisation = None
    if config.batch_norm:
      self._normalisation = BatchNormalisation(
        center=False, scale=False, momentum=0.9
      )
      self._normalisation.build((None, *shape))
    self.shape_out = (*shape[:-1], shape[-1] // config.l2_pool)
    self.built = True

  def call(
    self, x: tf.Tensor, training: bool = False, seed: tf.Tensor | None = None
  ) -> tf.Tensor:
    """Applies the layer; dropout needs `training` and a `seed`, int32 `[2]`."""
    config = self._config
    if self._is_dense and x.shape.rank > 2:
      x = flat(x)
    elif not self._is_dense and x.shape.rank == 2:
      x = keras.ops.reshape(x, (-1, *self._image_shape))
    before, x = x, self._layer(x)
    if config.activation != "linear":
      x = getattr(tf.nn, config.activation)(x)
    if self._residual is not None:
      x = before + self._residual(x)
    if self._normalisation is not None:
      x = self._normalisation(x, training=training)
    if config.l2_pool > 1:
      x = _l2_pool(x, config.l2_pool)
    if training and seed is not None:
      shape = tf.shape(x)
      if config.dropout:
        x = _dropout(x, shape, config.dropout, tf.random.fold_in(seed, 0))
      if config.spatial_dropout:
        maps = tf.concat([shape[:1], tf.ones_like(shape[1:-1]), shape[-1:]], 0)
        x = _dropout(
          x, maps, config.spatial_dropout, tf.random.fold_in(seed, 1)
        )
    return x


class LabelPlane(keras.layers.Layer):
  """A layer that makes a map of a one-hot label (Section 3.1).

  The map is a linear layer's output, reshaped, and ReLU.
  """

  def __init__(self, num_classes: int, side: int):
    """Creates the weights for maps of `side` pixels."""
    super().__init__()
    self._side = side
    self._layer = keras.layers.Dense(
      side * side, "relu", **_initializers(None, "torch", False, num_classes)
    )
    self._layer.build((None, num_classes))
    self.built = True

  def call(self, label: tf.Tensor) -> tf.Tensor:
    """Maps one-hot `[batch, classes]` to `[batch, side, side, 1]`."""
    return tf.reshape(self._layer(label), (-1, self._side, self._side, 1))


class Stack(keras.layers.Layer):
  """Blocks one after another, conditioned on a label.

  A label joins the input of a dense stack as it is. In a convolutional one it
  becomes a plane, at the input or beside the first maps. The vector that a
  dense layer gives to a convolution becomes maps of the level's size.
  """

  def __init__(
    self,
    layers: tuple[LayerConfig, ...],
    shape_in: tuple[int, ...],
    num_classes: int,
    label_plane: str,
    deviation: float | None,
    float32_end: bool,
    initial_weights: str = "torch",
    side: int = 1,
  ):
    """Creates the weights.

    Args:
      layers: The layers, first to last.
      shape_in: Shape of the input without label and batch.
      num_classes: Number of classes; 0 takes no label.
      label_plane: `input` or `first_maps`, where the plane joins.
      deviation: Standard deviation of normal weights; None takes Torch's.
      float32_end: Whether the last layer computes in float32 in any case.
      initial_weights: `torch` or `he`, weights where there is no deviation.
      side: Side of the maps that a dense layer's vector becomes.
    """
    super().__init__()
    self._num_classes = num_classes
    self._plane, self._plane_at = None, 0
    is_dense = layers[0].kernel_size is None
    self.blocks = []
    shape = tuple(shape_in)
    for i, layer in enumerate(layers):
      if i == 0 and num_classes and is_dense:
        shape = (*shape[:-1], shape[-1] + num_classes)
      if num_classes and not is_dense and i == (label_plane == "first_maps"):
        self._plane, self._plane_at = LabelPlane(num_classes, shape[0]), i
        shape = (*shape[:-1], shape[-1] + 1)
      if layer.kernel_size and len(shape) == 1:
        shape = (side, side, shape[0] // side**2)
      last = float32_end and i == len(layers) - 1
      dtype = "float32" if last else None
      block = Block(layer, shape, deviation, dtype, initial_weights)
      self.blocks.append(block)
      shape = block.shape_out
    self.shape_out = shape
    self.built = True

  def call(
    self,
    x: tf.Tensor,
    label: tf.Tensor | None = None,
    training: bool = False,
    seed: tf.Tensor | None = None,
  ) -> tf.Tensor:
    """Applies the blocks to `x` and a one-hot `label`."""
    if self._num_classes and self._plane is None:
      x = tf.concat([x, tf.cast(label, x.dtype)], -1)
    for i, block in enumerate(self.blocks):
      if self._plane is not None and i == self._plane_at:
        x = tf.concat([x, tf.cast(self._plane(label), x.dtype)], -1)
      inner = None if seed is None else tf.random.fold_in(seed, i)
      x = block(x, training=training, seed=inner)
    return x


def flat(x: tf.Tensor) -> tf.Tensor:
  """Returns `[batch, ...]` as `[batch, n]`."""
  return keras.ops.reshape(x, (-1, x.shape[1:].num_elements()))


def _initializers(
  deviation: float | None,
  initial_weights: str,
  zero_start: bool,
  fan_in: int,
) -> dict[str, keras.initializers.Initializer | str]:
  if zero_start:
    return {"kernel_initializer": "zeros", "bias_initializer": "zeros"}
  if deviation is None and initial_weights == "he":
    # Leaky ReLUs of slope 0.2 halve the variance, but for 4 % of it.
    deviation = (2.0 / (1.04 * fan_in)) ** 0.5
  if deviation is not None:
    normal = keras.initializers.RandomNormal(stddev=deviation)
    return {"kernel_initializer": normal, "bias_initializer": "zeros"}
  limit = fan_in**-0.5

  def uniform():
    return keras.initializers.RandomUniform(-limit, limit)

  return {"kernel_initializer": uniform(), "bias_initializer": uniform()}


def _l2_pool(x: tf.Tensor, maps: int) -> tf.Tensor:
  shape = tf.concat([tf.shape(x)[:-1], [x.shape[-1] // maps, maps]], 0)
  squares = tf.reduce_sum(tf.square(tf.reshape(x, shape)), -1)
  # The root's slope at zero is infinite.
  return tf.sqrt(squares + tf.cast(1e-6, x.dtype))


def _dropout(
  x: tf.Tensor, shape: tf.Tensor, rate: float, seed: tf.Tensor
) -> tf.Tensor:
  """Drops entries by the seed alone; Keras' layer keeps a hidden state."""
  kept = tf.random.stateless_uniform(shape, seed) >= rate
  return x * tf.cast(kept, x.dtype) / tf.cast(1.0 - rate, x.dtype)
