"""The residual networks around the latents of a two-level PixelVAE.

They are those of `64px_small` in the authors' code
(https://github.com/igul222/PixelVAE), without its weight normalisation, which
has a factor for each map of some layers. At the defaults of `PixelVAEConfig`
they have its 62,447,360 trained weights, and 195 of a mean image.
"""

import tensorflow as tf

from lapcvae_tf.pixel_vae_config import PixelVAEConfig
from pyramid_tf.batch_normalisation import BatchNormalisation

keras = tf.keras

# Latents beyond are read as these, so that an odd draw does no harm.
_LARGEST_LATENT = 50.0

_EPSILON = 0.01


def _convolution(x, filters: int, kernel: int, stride: int = 1, **options):
  options.setdefault("padding", "same")
  return keras.layers.Conv2D(filters, kernel, stride, **options)(x)


def _after_elu(x, filters: int, stride: int = 1, **options):
  """3x3, with the first weights of the authors' code."""
  first = keras.initializers.VarianceScaling(2.0, "fan_avg", "uniform")
  x = keras.layers.Activation("elu")(x)
  return _convolution(
    x, filters, 3, stride, kernel_initializer=first, **options
  )


def _twice_as_large(x):
  return keras.layers.Lambda(lambda maps: tf.nn.depth_to_space(maps, 2))(x)


def _block(x, filters: int, momentum: float, resample: str | None = None):
  """A shortcut, and two convolutions before a batch normalisation.

  Args:
    x: `[batch, side, side, channels]`.
    filters: Maps of the result.
    momentum: That of batch normalisation.
    resample: `down` halves the side, `up` doubles it.
  """
  channels = x.shape[-1]
  shortcut = x
  if resample == "up":
    shortcut = _twice_as_large(_convolution(x, 4 * filters, 1))
    x = _twice_as_large(_after_elu(x, 4 * filters))
    x = _after_elu(x, filters, use_bias=False)
  elif resample == "down":
    shortcut = _convolution(x, filters, 1, 2)
    x = _after_elu(_after_elu(x, channels), filters, 2, use_bias=False)
  else:
    if channels != filters:
      shortcut = _convolution(x, filters, 1)
    x = _after_elu(_after_elu(x, filters), filters, use_bias=False)
  x = BatchNormalisation(momentum=momentum, epsilon=_EPSILON)(x)
  return keras.layers.Add()([shortcut, x])


def _blocks(x, filters: int, count: int, momentum: float):
  for _ in range(count):
    x = _block(x, filters, momentum)
  return x


def map_encoder(config: PixelVAEConfig) -> keras.Model:
  """Returns q(z_1 | x): embedded values -> parameters of z_1, and features.

  Its input is `[batch, size, size, 3 * embedding_dim]`.
  """
  full, half, quarter, _, _ = config.filters
  at_full, at_half, at_quarter, _, _ = config.blocks
  momentum = config.batch_norm_momentum
  image = keras.Input((config.size, config.size, 3 * config.embedding_dim))
  x = _convolution(image, full, 1)
  x = _blocks(x, full, at_full, momentum)
  x = _block(x, half, momentum, "down")
  x = _blocks(x, half, at_half, momentum)
  x = _block(x, quarter, momentum, "down")
  x = _blocks(x, quarter, at_quarter, momentum)
  parameters = _convolution(x, 2 * config.map_channels, 1, dtype="float32")
  return keras.Model(image, [parameters, x], name="map_encoder")


def vector_encoder(config: PixelVAEConfig) -> keras.Model:
  """Returns q(z_2 | x): features of `map_encoder` -> parameters of z_2."""
  _, _, quarter, eighth, least = config.filters
  _, _, at_quarter, at_eighth, at_least = config.blocks
  momentum = config.batch_norm_momentum
  features = keras.Input((config.map_size, config.map_size, quarter))
  x = _blocks(features, quarter, at_quarter, momentum)
  x = _block(x, eighth, momentum, "down")
  x = _blocks(x, eighth, at_eighth, momentum)
  x = _block(x, least, momentum, "down")
  x = _blocks(x, least, at_least, momentum)
  x = keras.layers.Flatten()(x)
  parameters = keras.layers.Dense(2 * config.latent_dim, dtype="float32")(x)
  return keras.Model(features, parameters, name="vector_encoder")


def vector_decoder(config: PixelVAEConfig) -> keras.Model:
  """Returns z_2 -> what p(z_1 | z_2) is conditioned on.

  Its output is `[batch, map_size, map_size, filters[2]]`.
  """
  _, _, quarter, eighth, least = config.filters
  _, _, at_quarter, at_eighth, at_least = config.blocks
  momentum = config.batch_norm_momentum
  side = config.size // 16
  latent = x = keras.Input((config.latent_dim,))
  x = _clipped(x)
  x = keras.layers.Dense(side * side * least)(x)
  x = keras.layers.Reshape((side, side, least))(x)
  x = _blocks(x, least, at_least, momentum)
  x = _block(x, eighth, momentum, "up")
  x = _blocks(x, eighth, at_eighth, momentum)
  x = _block(x, quarter, momentum, "up")
  x = _blocks(x, quarter, at_quarter, momentum)
  return keras.Model(latent, x, name="vector_decoder")


def map_decoder(config: PixelVAEConfig) -> keras.Model:
  """Returns z_1 -> the mean image, and the features that pixels are given.

  The mean image is not in the authors' code; it costs `3 * filters[0] + 3`
  weights.
  """
  full, half, quarter, _, _ = config.filters
  at_full, at_half, at_quarter, _, _ = config.blocks
  momentum = config.batch_norm_momentum
  latent = keras.Input((config.map_size, config.map_size, config.map_channels))
  x = _convolution(_clipped(latent), quarter, 1)
  x = _blocks(x, quarter, at_quarter, momentum)
  x = _block(x, half, momentum, "up")
  x = _blocks(x, half, at_half, momentum)
  x = _block(x, full, momentum, "up")
  x = _blocks(x, full, at_full, momentum)
  mean = _convolution(x, 3, 1, dtype="float32")
  return keras.Model(latent, [mean, x], name="map_decoder")


def _clipped(latent):
  def clip(z):
    return tf.clip_by_value(z, -_LARGEST_LATENT, _LARGEST_LATENT)

  return keras.layers.Lambda(clip)(latent)
