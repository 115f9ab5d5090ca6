"""The learned prior M_k of one level."""

import tensorflow as tf

from lapcvae_tf import gaussian
from lapcvae_tf.level_config import LevelConfig

keras = tf.keras


class PriorNetwork(keras.Model):
  """M_k = (R_k, S_k): coarser statistics -> prior of z_k (Equation 13).

  Both are perceptrons of one hidden layer. S_k maps the coarser standard
  deviation to a log-variance. A convolutional network of the low-pass image may
  stand in their place, or add to them. Last layers start at zero, so the prior
  starts at N(0, I).
  """

  def __init__(
    self,
    config: LevelConfig,
    coarser_dim: int | None,
    hidden_units: int,
    sees_low_pass: bool = False,
  ):
    """Builds the networks.

    Args:
      config: The level of the prior.
      coarser_dim: Dimensions of z_{k+1}; None reads no statistics.
      hidden_units: Units of every hidden dense layer.
      sees_low_pass: Whether the prior reads u(x_{k+1}) as well.
    """
    # Statistics are float32 from end to end, under mixed precision too.
    super().__init__(name="prior_network", dtype="float32")
    self.mean = self.log_variance = self.image = None
    if coarser_dim is not None:
      sizes = (coarser_dim, config.latent_dim, hidden_units)
      self.mean = _perceptron(*sizes, "R")
      self.log_variance = _perceptron(*sizes, "S")
    if sees_low_pass:
      self.image = _prior_of_image(config, hidden_units)
    self.built = True

  def call(
    self, coarser: gaussian.Gaussian | None, low_pass: tf.Tensor | None = None
  ) -> gaussian.Gaussian:
    """Returns the prior of z_k.

    Args:
      coarser: Statistics of the re-encoded z_{k+1}, if the prior reads them.
      low_pass: u(x_{k+1}), `[B, size, size, 3]`, if the prior reads it.
    """
    means, log_variances = [], []
    if self.mean is not None:
      means.append(self.mean(coarser.mean))
      log_variances.append(self.log_variance(coarser.standard_deviation))
    if self.image is not None:
      mean, log_variance = self.image(low_pass)
      means.append(mean)
      log_variances.append(log_variance)
    return gaussian.from_parameters(tf.add_n(means), tf.add_n(log_variances))


def _prior_of_image(config: LevelConfig, hidden_units: int) -> keras.Model:
  """Returns a network of the low-pass image, without batch statistics."""
  image = x = keras.Input((config.size, config.size, 3))
  for filters, stride in zip(
    config.encoder_filters, config.strides, strict=True
  ):
    x = keras.layers.Conv2D(
      filters, config.kernel_size, stride, "same", activation="relu"
    )(x)
  x = keras.layers.Flatten()(x)
  x = keras.layers.Dense(hidden_units, activation="relu")(x)
  heads = [
    keras.layers.Dense(
      config.latent_dim, kernel_initializer="zeros", dtype="float32", name=name
    )(x)
    for name in ("mean", "log_variance")
  ]
  return keras.Model(image, heads, name="image")


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
