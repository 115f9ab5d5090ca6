"""Networks of levels that are judged by an adversary."""

import tensorflow as tf

from lapcvae_tf.level_config import LevelConfig
from pyramid_tf.batch_normalisation import BatchNormalisation

keras = tf.keras

_SLOPE = 0.2


def _convolution(
  filters: int, kernel_size: int, stride: int = 1, **options
) -> keras.layers.Layer:
  """Returns a convolution whose weights keep the variance of leaky ReLUs."""
  initial = keras.initializers.VarianceScaling(
    2.0 / (1.0 + _SLOPE**2), "fan_in", "untruncated_normal"
  )
  options = {"kernel_initializer": initial, **options}
  return keras.layers.Conv2D(filters, kernel_size, stride, "same", **options)


def _leaky() -> keras.layers.Layer:
  return keras.layers.LeakyReLU(negative_slope=_SLOPE)


class DetailNetwork(keras.Model):
  """G_k: mean band, low-pass image and noise -> what is added to the band.

  Residual blocks without normalisation at the level's own size. They and the
  last convolution start at zero, so that training starts from the mean band.
  """

  def __init__(self, config: LevelConfig, sees_low_pass: bool):
    """Builds the network.

    Args:
      config: The level.
      sees_low_pass: Whether the level has a low-pass image.
    """
    super().__init__(name="detail")
    self._sees_low_pass = sees_low_pass
    filters = config.adversary.detail_filters
    channels = 4 + 3 * sees_low_pass
    seen = keras.Input((config.size, config.size, channels))
    x = _leaky()(_convolution(filters, 5)(seen))
    for _ in range(config.adversary.detail_blocks):
      inner = _leaky()(_convolution(filters, 3)(x))
      inner = _convolution(filters, 3, kernel_initializer="zeros")(inner)
      x = keras.layers.Add()([x, inner])
    last = _convolution(3, 5, kernel_initializer="zeros", dtype="float32")
    self.network = keras.Model(seen, last(x), name="network")
    self.built = True

  def call(
    self, mean: tf.Tensor, low_pass: tf.Tensor | None, noise: tf.Tensor
  ) -> tf.Tensor:
    """Returns detail, float32 `[batch, size, size, 3]`.

    Args:
      mean: The mean band, `[batch, size, size, 3]`.
      low_pass: u(x_{k+1}), the same shape; unused where there is none.
      noise: `[batch, size, size, 1]` in [-1, 1].
    """
    seen = [mean, noise] + ([low_pass] if self._sees_low_pass else [])
    return self.network(tf.concat(seen, -1))


class PairDiscriminator(keras.Model):
  """D_k of an adversarial level: image and low-pass image -> logit.

  Leaky ReLUs without normalisation, so that the gradient of a logit by its own
  image is all there is to penalise.
  """

  def __init__(self, config: LevelConfig, sees_low_pass: bool):
    """Builds the network; the arguments are those of `DetailNetwork`."""
    super().__init__(name="discriminator")
    self._sees_low_pass = sees_low_pass
    channels = 3 + 3 * sees_low_pass
    seen = x = keras.Input((config.size, config.size, channels))
    first, *others = config.adversary.filters
    x = _leaky()(_convolution(first, 3)(x))
    for filters in others:
      x = _leaky()(_convolution(filters, 4, 2)(x))
    x = keras.layers.Flatten()(x)
    if config.adversary.dense_units:
      x = _leaky()(keras.layers.Dense(config.adversary.dense_units)(x))
    logit = keras.layers.Dense(1, dtype="float32")(x)
    self.network = keras.Model(seen, logit, name="network")
    self.built = True

  def call(self, band: tf.Tensor, low_pass: tf.Tensor) -> tf.Tensor:
    """Returns log-odds of being real, float32 `[batch]`.

    Args:
      band: h_k or h~_k, `[batch, size, size, 3]`.
      low_pass: u(x_{k+1}), the same shape; zero at the coarsest level.
    """
    image = band + low_pass
    if self._sees_low_pass:
      image = tf.concat([image, low_pass], -1)
    return self.network(image)[:, 0]


class FeatureDiscriminator(keras.Model):
  """D_k of VAE/GAN (Larsen et al., 2016): image -> features and logit.

  Convolutions of 5x5, a first one with bias, and halving ones with batch
  normalisation. Features are the last convolution's output before that.
  """

  def __init__(self, config: LevelConfig, momentum: float):
    """Builds the network.

    Args:
      config: The level.
      momentum: That of batch normalisation.
    """
    super().__init__(name="discriminator")
    first, *others = config.adversary.filters
    image = x = keras.Input((config.size, config.size, 3))
    x = keras.layers.Conv2D(first, 5, padding="same")(x)
    if others:
      x = keras.layers.ReLU()(x)
    for i, filters in enumerate(others):
      if i:
        x = _normalised(x, momentum)
      x = keras.layers.Conv2D(filters, 5, 2, "same", use_bias=False)(x)
    self.trunk = keras.Model(image, x, name="trunk")
    features = x = keras.Input(x.shape[1:])
    x = _normalised(x, momentum) if others else keras.layers.ReLU()(x)
    x = keras.layers.Flatten()(x)
    if config.adversary.dense_units:
      dense = keras.layers.Dense(config.adversary.dense_units, use_bias=False)
      x = _normalised(dense(x), momentum)
    logit = keras.layers.Dense(1, dtype="float32")(x)
    self.head = keras.Model(features, logit, name="head")
    self.built = True

  def call(
    self, image: tf.Tensor, training: bool = False
  ) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns features `[batch, F]` and log-odds of being real `[batch]`.

    Args:
      image: `[batch, size, size, 3]`.
      training: Whether batch statistics are those of this batch.
    """
    features = self.trunk(image, training=training)
    logit = self.head(features, training=training)[:, 0]
    flat = tf.reshape(features, (-1, features.shape[1:].num_elements()))
    return tf.cast(flat, tf.float32), logit


def _normalised(x, momentum: float):
  return keras.layers.ReLU()(BatchNormalisation(momentum=momentum)(x))
