"""The coarse-to-fine recurrence that both families walk.

x_k = h~_k + u(x_{k+1}), where a model supplies the band h~_k given the low-pass
image l_k = u(x_{k+1}) (Dorta et al., 2017, Equation 7; Denton et al., 2015,
Equation 5). At the coarsest level l_K = 0, so that level needs no special case:
its band is its image. Sampling, reconstruction and editing differ only in where
the bands come from.
"""

from collections.abc import Callable, Sequence

import tensorflow as tf

from pyramid_tf import pyramid

# (level k, low-pass image l_k `[batch, *sizes[k], channels]`) -> band h~_k.
BandSource = Callable[[int, tf.Tensor], tf.Tensor]


def no_low_pass(
  batch_size: int | tf.Tensor, size: pyramid.Size, channels: int = 3
) -> tf.Tensor:
  """Returns l_K = 0, float32 `[batch, *size, channels]`.

  Args:
    batch_size: Number of images, a number or a scalar tensor.
    size: Side or `(height, width)` of the coarsest level.
    channels: Number of channels of the images.
  """
  height, width = pyramid.height_and_width(size)
  zeros = tf.zeros(tf.stack([batch_size, height, width, channels]))
  return tf.ensure_shape(zeros, (None, height, width, channels))


def walk(
  band_at: BandSource,
  sizes: Sequence[pyramid.Size],
  batch_size: int | tf.Tensor,
  channels: int = 3,
  kernel: str = "binomial5",
) -> list[tf.Tensor]:
  """Composes images from the coarsest level to the finest.

  Args:
    band_at: Called once per level, coarsest first.
    sizes: Level sizes, finest first.
    batch_size: Number of images, a number or a scalar tensor.
    channels: Number of channels of the images.
    kernel: Name of the pyramid's operator pair.

  Returns:
    x_0, ..., x_K: the composed image of every level, finest first.
  """
  start = no_low_pass(batch_size, sizes[-1], channels)
  coarsest = start + band_at(len(sizes) - 1, start)
  return refine(coarsest, band_at, sizes, len(sizes) - 1, kernel)


def refine(
  image: tf.Tensor,
  band_at: BandSource,
  sizes: Sequence[pyramid.Size],
  level: int,
  kernel: str = "binomial5",
) -> list[tf.Tensor]:
  """Continues the walk from a given image x_level to the finest level.

  Args:
    image: x_level, `[batch, *sizes[level], channels]`.
    band_at: Called for levels `level - 1`, ..., 0.
    sizes: Level sizes, finest first.
    level: The level of `image`.
    kernel: Name of the pyramid's operator pair.

  Returns:
    x_0, ..., x_level, finest first.
  """
  images = [image]
  for k in reversed(range(level)):
    low_pass = pyramid.upsample(images[0], sizes[k], kernel)
    images.insert(0, low_pass + band_at(k, low_pass))
  return images
