"""Images in [-1, 1] <-> the standardised images that the pyramid is built of.

The authors subtract from every pixel its mean over the training images and
divide by its standard deviation, before any rescaling.
"""

from collections.abc import Iterable

import numpy as np
import tensorflow as tf

from pyramid_tf import pyramid

# Half a grey level in [-1, 1]. Where pixels almost never change, a smaller
# deviation would make huge numbers of an image that differs. On natural images
# the authors' 1e-7 gives the same.
_SMALLEST_DEVIATION = 1.0 / 255.0


def pixel_statistics(
  batches: Iterable[np.ndarray], kind: str
) -> tuple[np.ndarray, np.ndarray]:
  """Returns the mean and standard deviation of images.

  Args:
    batches: `[batch, height, width, channels]` floats in [-1, 1].
    kind: `per_pixel`, `per_channel` or `none`, which reads nothing.

  Returns:
    Two float32 arrays, `[height, width, channels]` or `[1, 1, channels]`.
  """
  if kind == "none":
    return np.zeros((1, 1, 3), np.float32), np.ones((1, 1, 3), np.float32)
  count, total, squares = 0, 0.0, 0.0
  for batch in batches:
    batch = np.asarray(batch, np.float64)
    count += len(batch)
    total += batch.sum(0)
    squares += np.square(batch).sum(0)
  mean, square = total / count, squares / count
  if kind == "per_channel":
    mean = mean.mean((0, 1), keepdims=True)
    square = square.mean((0, 1), keepdims=True)
  deviation = np.sqrt(np.maximum(square - np.square(mean), 0.0))
  deviation = np.maximum(deviation, _SMALLEST_DEVIATION)
  return mean.astype(np.float32), deviation.astype(np.float32)


class Standardisation(tf.keras.layers.Layer):
  """Holds the statistics, which `fit` sets before training."""

  def __init__(self, kind: str, size: int):
    """Creates statistics that change nothing.

    Args:
      kind: `per_pixel`, `per_channel` or `none`.
      size: Side of the finest images.
    """
    super().__init__(name="standardisation", trainable=False, dtype="float32")
    shape = (size, size, 3) if kind == "per_pixel" else (1, 1, 3)
    self.mean = self.add_weight(
      shape=shape, initializer="zeros", trainable=False, name="mean"
    )
    self.deviation = self.add_weight(
      shape=shape, initializer="ones", trainable=False, name="deviation"
    )
    self.built = True

  def fit(self, mean: np.ndarray, deviation: np.ndarray) -> None:
    """Takes what `pixel_statistics` returns."""
    self.mean.assign(mean)
    self.deviation.assign(deviation)

  def call(self, image: tf.Tensor, kernel: str = "area") -> tf.Tensor:
    """Standardises images, also those of a coarser level.

    The pyramid's own d brings the statistics to the size of a coarser level;
    this is exact if they are the same for all pixels.

    Args:
      image: `[batch, side, side, 3]` in [-1, 1].
      kernel: Name of the pyramid's operator pair.
    """
    mean, deviation = self._statistics(image, kernel)
    return (image - mean) / deviation

  def to_image(
    self, standardised: tf.Tensor, kernel: str = "area"
  ) -> tf.Tensor:
    """Inverts `call`.

    Args:
      standardised: `[batch, side, side, 3]`.
      kernel: Name of the pyramid's operator pair.

    Returns:
      The same shape, nominally in [-1, 1], not clipped.
    """
    mean, deviation = self._statistics(standardised, kernel)
    return standardised * deviation + mean

  def _statistics(
    self, image: tf.Tensor, kernel: str
  ) -> tuple[tf.Tensor, tf.Tensor]:
    mean, deviation = (
      tf.convert_to_tensor(v)[None] for v in (self.mean, self.deviation)
    )
    size = tuple(image.shape[1:3])
    if mean.shape[1] != 1 and tuple(mean.shape[1:3]) != size:
      mean = pyramid.downsample(mean, size, kernel)
      deviation = pyramid.downsample(deviation, size, kernel)
    return mean, deviation
