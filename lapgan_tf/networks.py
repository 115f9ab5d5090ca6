"""Generator and discriminator of one level, built from lists of layers."""

import math

import tensorflow as tf

from lapgan_tf.blocks import Block, Stack, flat
from lapgan_tf.gaussian_path import GaussianPath
from lapgan_tf.level_config import LayerConfig, LevelConfig
from pyramid_tf import pyramid

keras = tf.keras


class Generator(keras.Model):
  """G_k: noise, low-pass image and label -> band (Equation 5).

  Attributes:
    stack: Its layers.
    gaussian_path: The `GaussianPath` whose image is added to theirs, or None.
  """

  def __init__(
    self,
    config: LevelConfig,
    is_coarsest: bool,
    num_classes: int,
    label_plane: str,
    sees_deviation: bool = False,
    keeps: tuple[str, int] | None = None,
  ):
    """Creates the weights.

    Args:
      config: The level.
      is_coarsest: Whether there is no low-pass image.
      num_classes: Number of classes; 0 takes no label.
      label_plane: `input` or `first_maps`, where the label's plane joins.
      sees_deviation: Whether it is told the noise of the low-pass image.
      keeps: Kernel and side of the coarse image that bands leave as it is; None
        lets bands change it.
    """
    super().__init__(name="generator")
    self._config = config
    # A dense net of the coarsest level needs no l_K = 0 beside its noise.
    self._sees_low_pass = config.has_noise_plane or not is_coarsest
    self._sees_deviation = sees_deviation
    self._keeps = keeps
    if config.has_noise_plane:
      shape_in = (config.size, config.size, 4 + sees_deviation)
    else:
      pixels = 3 * config.size**2 if self._sees_low_pass else 0
      shape_in = (config.noise_dim + pixels,)
    self.stack = Stack(
      config.generator,
      shape_in,
      num_classes,
      label_plane,
      config.generator_deviation,
      float32_end=True,
      initial_weights=config.initial_weights,
      side=config.size,
    )
    self.gaussian_path: GaussianPath | None = None
    if config.gaussian_path:
      values = 3 * config.size**2
      self.gaussian_path = GaussianPath(config.noise_dim, values)
    self.built = True

  def call(
    self,
    noise: tf.Tensor,
    low_pass: tf.Tensor,
    label: tf.Tensor | None = None,
    training: bool = False,
    seed: tf.Tensor | None = None,
    deviation: tf.Tensor | None = None,
  ) -> tf.Tensor:
    """Returns a band, float32 `[batch, size, size, 3]`.

    Args:
      noise: z_k in [-1, 1], `[batch, size, size, 1]` or `[batch, noise_dim]`.
      low_pass: l_k, `[batch, size, size, 3]`.
      label: One-hot `[batch, classes]`, None without classes.
      training: Whether batch statistics and dropout are those of training.
      seed: int32 `[2]`; selects what dropout drops.
      deviation: Standard deviations of the noise in `low_pass`, `[batch]`, if
        the network is told them.
    """
    x = noise
    if self._sees_low_pass:
      if not self._config.has_noise_plane:
        low_pass = flat(low_pass)
      x = tf.concat([x, tf.cast(low_pass, x.dtype)], -1)
    if self._sees_deviation:
      x = _with_plane(x, deviation)
    band = self.stack(x, label, training=training, seed=seed)
    size = self._config.size
    band = tf.reshape(tf.cast(band, tf.float32), (-1, size, size, 3))
    if self.gaussian_path is not None:
      band += tf.reshape(self.gaussian_path(noise), tf.shape(band))
    if self._keeps is None:
      return band
    kernel, side = self._keeps
    coarse = pyramid.downsample(band, (side, side), kernel)
    return band - pyramid.upsample(coarse, (size, size), kernel)


class Discriminator(keras.Model):
  """D_k: band + low-pass image, and label -> logit of being real.

  The two are added before the first layer (Section 2.3), so D_k judges an image
  of the level, not the band alone. An addition lets it see the low-pass image
  beside their sum.

  The label is an input, as in the paper, or is compared with what D sees: a
  projection adds <V y, phi> to the logit, where phi is what the last hidden
  layer makes of the image (Miyato and Koyama, 2018, Equation 3).
  """

  def __init__(
    self,
    config: LevelConfig,
    num_classes: int,
    label_plane: str,
    sees_low_pass: bool = False,
    sees_deviation: bool = False,
    projects_label: bool = False,
  ):
    """Creates the weights; the arguments are those of the configuration."""
    super().__init__(name="discriminator")
    self._sees_low_pass = sees_low_pass
    self._sees_deviation = sees_deviation
    channels = 3 + 3 * sees_low_pass + sees_deviation
    shape_in = (config.size, config.size, channels)
    self._is_dense = config.discriminator[0].kernel_size is None
    if self._is_dense:
      shape_in = (channels * config.size**2,)
    logit = LayerConfig(filters=1, activation="linear")
    self._projection = None
    layers = config.discriminator
    self.stack = Stack(
      layers if projects_label else (*layers, logit),
      shape_in,
      0 if projects_label else num_classes,
      label_plane,
      config.discriminator_deviation,
      float32_end=not projects_label,
      initial_weights=config.initial_weights,
    )
    if projects_label:
      self._logit = Block(
        logit,
        self.stack.shape_out,
        config.discriminator_deviation,
        "float32",
        config.initial_weights,
      )
      units = math.prod(self.stack.shape_out)
      self._projection = keras.layers.Dense(
        units,
        use_bias=False,
        kernel_initializer=keras.initializers.RandomNormal(stddev=units**-0.5),
        dtype="float32",
      )
      self._projection.build((None, num_classes))
    self.built = True

  def call(
    self,
    band: tf.Tensor,
    low_pass: tf.Tensor,
    label: tf.Tensor | None = None,
    training: bool = False,
    seed: tf.Tensor | None = None,
    deviation: tf.Tensor | None = None,
  ) -> tf.Tensor:
    """Returns the logit of being real, float32 `[batch]`.

    Args:
      band: h_k or h~_k, `[batch, size, size, 3]`.
      low_pass: l_k, the same shape.
      label: One-hot `[batch, classes]`, None without classes.
      training: Whether batch statistics and dropout are those of training.
      seed: int32 `[2]`; selects what dropout drops.
      deviation: Standard deviations of the noise in `low_pass`, `[batch]`, if
        the network is told them.
    """
    image = band + low_pass
    if self._sees_low_pass:
      image = tf.concat([image, low_pass], -1)
    if self._sees_deviation:
      image = _with_plane(image, deviation)
    if self._is_dense:
      image = flat(image)
    if self._projection is None:
      logit = self.stack(image, label, training=training, seed=seed)
      return tf.cast(logit[:, 0], tf.float32)
    hidden = self.stack(image, None, training=training, seed=seed)
    hidden = tf.cast(flat(hidden), tf.float32)
    logit = self._logit(hidden)[:, 0]
    return logit + tf.reduce_sum(self._projection(label) * hidden, -1)


def _with_plane(x: tf.Tensor, value: tf.Tensor) -> tf.Tensor:
  """Adds a plane to images that has one value for each of them."""
  plane = tf.cast(value, x.dtype)[:, None, None, None]
  return tf.concat([x, plane * tf.ones_like(x[..., :1])], -1)
