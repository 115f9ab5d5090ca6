"""A linear map of the noise, from which a coarsest level starts.

A GAN of a few pixels a side spends most of its training on learning means and
correlations of the training images, which are at hand. Not in the paper.
"""

from collections.abc import Iterable

import numpy as np
import tensorflow as tf

keras = tf.keras

# Noise is uniform in [-1, 1], and has a variance of 1/3.
_UNIT_NOISE = 3.0**0.5


def moments(batches: Iterable[np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
  """Returns the mean and the covariance of images.

  Args:
    batches: `[batch, ...]`, at least two images in all.

  Returns:
    float64 `[values]` and `[values, values]`.
  """
  count, total, products = 0, 0.0, 0.0
  for batch in batches:
    flat = np.asarray(batch, np.float64).reshape(len(batch), -1)
    count += len(flat)
    total += flat.sum(0)
    products += flat.T @ flat
  mean = total / count
  covariance = products / count - np.outer(mean, mean)
  return mean, covariance * (count / (count - 1))


class GaussianPath(keras.layers.Layer):
  """Noise -> images with the mean and covariance of the training images.

  They are nearly normal, as each is a sum of many independent numbers. Its
  weights are trained like the others. Before `fit` it adds nothing.
  """

  def __init__(self, noise_dim: int, values: int):
    """Creates weights of zero.

    Args:
      noise_dim: Dimensions of the noise. With fewer than `values`, the images
        vary along as many principal components.
      values: Numbers in an image.
    """
    super().__init__(dtype="float32")
    self.kernel = self.add_weight(
      shape=(noise_dim, values), initializer="zeros", name="kernel"
    )
    self.offset = self.add_weight(
      shape=(values,), initializer="zeros", name="offset"
    )
    self.built = True

  def fit(self, mean: np.ndarray, covariance: np.ndarray) -> None:
    """Takes what `moments` returns; noise i moves principal component i."""
    variances, components = np.linalg.eigh(covariance)
    deviations = np.sqrt(np.maximum(variances, 0.0))
    kernel = _UNIT_NOISE * (deviations * components).T[::-1]
    noise_dim = self.kernel.shape[0]
    rows = np.zeros(self.kernel.shape)
    rows[: len(kernel)] = kernel[:noise_dim]
    self.kernel.assign(rows)
    self.offset.assign(mean)

  def call(self, noise: tf.Tensor) -> tf.Tensor:
    """Maps `[batch, noise_dim]`, uniform in [-1, 1], to `[batch, values]`."""
    noise = tf.cast(noise, tf.float32)
    return noise @ tf.convert_to_tensor(self.kernel) + self.offset
