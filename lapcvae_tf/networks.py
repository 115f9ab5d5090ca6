"""The networks of one level: encoder and decoder.

The paper's layer tables are not public. These blocks were inferred from the
authors' related work and meet the parameter counts of Table 1 within 1 %:
5x5 convolutions without bias, batch normalisation and ReLU, around one dense
layer on each side of the latent. Outputs are float32 under mixed precision.
"""

import tensorflow as tf

from lapcvae_tf import gaussian
from lapcvae_tf.level_config import LevelConfig
from pyramid_tf.batch_normalisation import BatchNormalisation

keras = tf.keras


def _normalised(layer: keras.layers.Layer, momentum: float) -> list:
  """Returns `layer`, batch normalisation over all replicas, and ReLU."""
  return [
    layer,
    BatchNormalisation(momentum=momentum),
    keras.layers.ReLU(),
  ]


def _convolution(
  config: LevelConfig, filters: int, stride: int
) -> keras.layers.Layer:
  return keras.layers.Conv2D(
    filters, config.kernel_size, stride, "same", use_bias=False
  )


def _convolutions(config: LevelConfig, momentum: float) -> list:
  return [
    layer
    for filters, stride in zip(
      config.encoder_filters, config.strides, strict=True
    )
    for layer in _normalised(_convolution(config, filters, stride), momentum)
  ]


def _applied(layer: keras.layers.Layer, x, momentum: float):
  for part in _normalised(layer, momentum):
    x = part(x)
  return x


class BandEncoder(keras.Model):
  """q_k: an image of the level -> the posterior of its latent (Equation 9)."""

  def __init__(self, config: LevelConfig, channels: int, momentum: float):
    """Builds the network for inputs `[batch, size, size, channels]`."""
    super().__init__(name="encoder")
    self.trunk = keras.Sequential(
      [
        keras.Input((config.size, config.size, channels)),
        *_convolutions(config, momentum),
        keras.layers.Flatten(),
        *_normalised(
          keras.layers.Dense(config.hidden_units, use_bias=False), momentum
        ),
      ],
      name="trunk",
    )
    self.mean = keras.layers.Dense(
      config.latent_dim, dtype="float32", name="mean"
    )
    self.log_variance = keras.layers.Dense(
      config.latent_dim, dtype="float32", name="log_variance"
    )
    for head in (self.mean, self.log_variance):
      head.build((None, config.hidden_units))
    self.linear = None
    if config.linear_path:
      self.linear = _linear(channels * config.size**2, config.latent_dim)
    self.built = True

  def call(self, image: tf.Tensor, training: bool = False) -> gaussian.Gaussian:
    """Maps `[B, size, size, channels]` to a Gaussian of `[B, latent_dim]`."""
    features = self.trunk(image, training=training)
    mean = self.mean(features)
    if self.linear is not None:
      mean += self.linear(_flat(image))
    return gaussian.from_parameters(mean, self.log_variance(features))


class BandDecoder(keras.Model):
  """p_k: latents, and where asked a low-pass image, -> the mean band."""

  def __init__(
    self,
    config: LevelConfig,
    latent_dims: int,
    condition: str,
    momentum: float,
  ):
    """Builds the network.

    Args:
      config: The level.
      latent_dims: Dimensions of all latents that it reads.
      condition: One of `configs.DECODER_CONDITIONS`. `low_pass` joins features
        of the low-pass image at the bottleneck, as the paper does not say where
        Equation 10 puts it; `both` joins them at every size, the finest
        included, so that detail lies where edges are.
      momentum: That of batch normalisation.
    """
    super().__init__(name="decoder")
    side, filters = config.bottleneck_size, config.bottleneck_filters
    self.project = keras.Sequential(
      [
        keras.Input((latent_dims,)),
        *_normalised(
          keras.layers.Dense(side * side * filters, use_bias=False), momentum
        ),
        keras.layers.Reshape((side, side, filters)),
      ],
      name="project",
    )
    self.condition = None
    if condition != "latents":
      at_every_size = condition == "both"
      self.condition = _condition(config, at_every_size, momentum)
    seen = self.condition.outputs if self.condition else []
    self.expand = _expansion(config, [f.shape[1:] for f in seen], momentum)
    self.linear = None
    if config.linear_path:
      self.linear = _linear(latent_dims, 3 * config.size**2)
    self.built = True

  @property
  def feature_maps(self) -> int:
    """Channels of the features from which the band is made."""
    return self.expand.outputs[1].shape[-1]

  def call(
    self,
    latents: tf.Tensor,
    low_pass: tf.Tensor | None,
    training: bool = False,
  ) -> tf.Tensor:
    """Maps `[B, latent_dims]` and `[B, size, size, 3]` to a band."""
    return self.band_and_features(latents, low_pass, training)[0]

  def band_and_features(
    self,
    latents: tf.Tensor,
    low_pass: tf.Tensor | None,
    training: bool = False,
  ) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns what `call` does, and what its last convolution reads.

    Returns:
      The band, and features `[B, size, size, feature_maps]`.
    """
    features = [self.project(latents, training=training)]
    if self.condition is not None:
      seen = self.condition(low_pass, training=training)
      features += tf.nest.flatten(seen)
    band, last = self.expand(features, training=training)
    if self.linear is not None:
      band += tf.reshape(self.linear(latents), tf.shape(band))
    return band, last


def _condition(
  config: LevelConfig, at_every_size: bool, momentum: float
) -> keras.Model:
  """Returns the network of a low-pass image's features, coarsest first."""
  image = keras.Input((config.size, config.size, 3))
  features, x = [], image
  for filters, stride in zip(
    config.encoder_filters, config.strides, strict=True
  ):
    x = _applied(_convolution(config, filters, stride), x, momentum)
    features.insert(0, x)
  if not at_every_size:
    features = features[:1]
  else:
    edges = _convolution(config, config.decoder_filters[-1], 1)
    features.append(_applied(edges, image, momentum))
  return keras.Model(image, features, name="condition")


def _expansion(
  config: LevelConfig, conditions: list[tuple], momentum: float
) -> keras.Model:
  """Returns the network from the bottleneck to the band and its features.

  Args:
    config: The level.
    conditions: Shapes of the features that join the bottleneck, and then the
      output of each transposed convolution, as many as there are.
    momentum: That of batch normalisation.
  """
  side = config.bottleneck_size
  latent = keras.Input((side, side, config.bottleneck_filters))
  joining = [keras.Input(shape) for shape in conditions]

  def joined(x, i):
    if i >= len(joining):
      return x
    return keras.layers.Concatenate()([x, joining[i]])

  x = joined(latent, 0)
  for i, (filters, stride) in enumerate(
    zip(config.decoder_filters, reversed(config.strides), strict=True)
  ):
    layer = keras.layers.Conv2DTranspose(
      filters, config.kernel_size, stride, "same", use_bias=False
    )
    x = joined(_applied(layer, x, momentum), i + 1)
  band = keras.layers.Conv2D(
    3,
    config.kernel_size,
    padding="same",
    activation=config.band_activation,
    dtype="float32",
  )
  return keras.Model([latent, *joining], [band(x), x], name="expand")


def _linear(inputs: int, outputs: int) -> keras.layers.Layer:
  layer = keras.layers.Dense(outputs, use_bias=False, dtype="float32")
  layer.build((None, inputs))
  return layer


def _flat(image: tf.Tensor) -> tf.Tensor:
  return tf.reshape(image, (-1, image.shape[1:].num_elements()))
