"""The networks of one level: encoder, decoder and M_k.

The paper's layer tables are not public. These blocks were inferred from the
authors' related work and meet the parameter counts of Table 1 within 1 %:
5x5 convolutions without bias, batch normalisation and ReLU, around one dense
layer on each side of the latent. Outputs are float32 under mixed precision.
"""

import tensorflow as tf

from lapcvae_tf import gaussian
from lapcvae_tf.configs import LevelConfig
from pyramid_tf.batch_normalisation import BatchNormalisation

keras = tf.keras


def _normalised(layer: keras.layers.Layer, momentum: float) -> list:
  """Returns `layer`, batch normalisation over all replicas, and ReLU."""
  return [
    layer,
    BatchNormalisation(momentum=momentum),
    keras.layers.ReLU(),
  ]


def _convolutions(config: LevelConfig, momentum: float) -> list:
  return [
    layer
    for filters, stride in zip(
      config.encoder_filters, config.strides, strict=True
    )
    for layer in _normalised(
      keras.layers.Conv2D(
        filters, config.kernel_size, stride, "same", use_bias=False
      ),
      momentum,
    )
  ]


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
    self.built = True

  def call(self, image: tf.Tensor, training: bool = False) -> gaussian.Gaussian:
    """Maps `[B, size, size, channels]` to a Gaussian of `[B, latent_dim]`."""
    features = self.trunk(image, training=training)
    return gaussian.from_parameters(
      self.mean(features), self.log_variance(features)
    )


class BandDecoder(keras.Model):
  """p_k: latents, and with Equation 10 a low-pass image, -> the mean band."""

  def __init__(
    self,
    config: LevelConfig,
    latent_dims: int,
    sees_low_pass: bool,
    momentum: float,
  ):
    """Builds the network for `latent_dims` concatenated latent dimensions."""
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
    if sees_low_pass:
      # The low-pass image joins at the bottleneck, through the encoder's
      # convolutions; the paper does not say where Equation 10 puts it.
      self.condition = keras.Sequential(
        [
          keras.Input((config.size, config.size, 3)),
          *_convolutions(config, momentum),
        ],
        name="condition",
      )
      filters += config.encoder_filters[-1]
    self.expand = keras.Sequential(
      [keras.Input((side, side, filters))], name="expand"
    )
    for maps, stride in zip(
      config.decoder_filters, reversed(config.strides), strict=True
    ):
      for layer in _normalised(
        keras.layers.Conv2DTranspose(
          maps, config.kernel_size, stride, "same", use_bias=False
        ),
        momentum,
      ):
        self.expand.add(layer)
    self.expand.add(
      keras.layers.Conv2D(
        3, config.kernel_size, padding="same", dtype="float32"
      )
    )
    self.built = True

  def call(
    self,
    latents: tf.Tensor,
    low_pass: tf.Tensor | None,
    training: bool = False,
  ) -> tf.Tensor:
    """Maps `[B, latent_dims]` and `[B, size, size, 3]` to a band."""
    features = self.project(latents, training=training)
    if self.condition is not None:
      condition = self.condition(low_pass, training=training)
      features = tf.concat([features, condition], axis=-1)
    return self.expand(features, training=training)


class PriorNetwork(keras.Model):
  """M_k = (R_k, S_k): coarser statistics -> prior of z_k (Equation 13).

  Both are perceptrons of one hidden layer. S_k maps the coarser standard
  deviation to a log-variance. Last layers start at zero, so the prior starts at
  N(0, I).
  """

  def __init__(self, coarser_dim: int, latent_dim: int, hidden_units: int):
    """Builds both perceptrons, `coarser_dim` -> `latent_dim`."""
    # Float32 from end to end, under mixed precision too.
    super().__init__(name="prior_network", dtype="float32")
    self.mean = _perceptron(coarser_dim, latent_dim, hidden_units, "R")
    self.log_variance = _perceptron(coarser_dim, latent_dim, hidden_units, "S")
    self.built = True

  def call(self, coarser: gaussian.Gaussian) -> gaussian.Gaussian:
    """Returns the prior of z_k given the re-encoded z_{k+1}."""
    return gaussian.from_parameters(
      self.mean(coarser.mean), self.log_variance(coarser.standard_deviation)
    )


def _perceptron(
  source: int, target: int, hidden_units: int, name: str
) -> keras.Sequential:
  network = keras.Sequential(
    [
      keras.Input((source,)),
      keras.layers.Dense(hidden_units, activation="relu", dtype="float32"),
      keras.layers.Dense(target, kernel_initializer="zeros", dtype="float32"),
    ],
    name=name,
  )
  network.dtype_policy = "float32"
  return network
