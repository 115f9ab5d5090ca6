"""FID and KID over features of a network that the user brings along.

No weights are fetched. Scores compare only with others over the same features
and numbers of images.
"""

import pathlib

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.system import errors
from pyramid_tf import images as pixel_values

_SIDE = 299
_BATCH = 50
_KID_SUBSETS = 100
_KID_SIZE = 1000


class InceptionFeatures:
  """The last pooling layer of InceptionV3, 2,048 numbers per image."""

  def __init__(self, weights: str):
    """Loads weights of `keras.applications.InceptionV3` without its top.

    Raises:
      UserError: If there is no such file, or it holds other weights.
    """
    if not pathlib.Path(weights).is_file():
      raise errors.UserError(
        f"{weights} is no file. FID and KID need the weights of Keras' "
        "InceptionV3 without its top (inception_v3_weights_tf_dim_ordering_tf_"
        "kernels_notop.h5); leave --inception_weights out to go without them."
      )
    try:
      self._network = tf.keras.applications.InceptionV3(
        include_top=False, weights=weights, pooling="avg"
      )
    except (ValueError, OSError) as error:
      reason = str(error).partition("\n")[0]
      raise errors.UserError(
        f"{weights} does not fit InceptionV3 without its top: {reason}"
      ) from error
    self._compute = tf.function(
      self._features, reduce_retracing=True, autograph=False
    )

  def _features(self, images: tf.Tensor) -> tf.Tensor:
    floats = pixel_values.from_uint8(images)
    resized = tf.image.resize(floats, (_SIDE, _SIDE), antialias=True)
    return self._network(resized, training=False)

  def __call__(self, images: np.ndarray) -> np.ndarray:
    """Turns uint8 `[N, height, width, 3]` into float64 `[N, 2048]`."""
    parts = []
    for start in range(0, len(images), _BATCH):
      parts.append(self._compute(images[start : start + _BATCH]).numpy())
      logging.log_every_n_seconds(
        logging.INFO, "Features of %d of %d images.", 10, start, len(images)
      )
    return np.concatenate(parts).astype(np.float64)


def frechet_distance(real: np.ndarray, generated: np.ndarray) -> float:
  """Returns FID (Heusel et al., 2017), a distance of two fitted Gaussians.

  The trace of the root of a product of covariances is that of the root of the
  symmetric S_r^1/2 S_g S_r^1/2, which has no complex part.

  Args:
    real: The features of real images, `[N, dimensions]`.
    generated: The features of generated images, `[M, dimensions]`.
  """
  means = [features.mean(0) for features in (real, generated)]
  first, second = (
    np.atleast_2d(np.cov(features, rowvar=False))
    for features in (real, generated)
  )
  values, vectors = np.linalg.eigh(first)
  root = (vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T
  product = np.linalg.eigvalsh(root @ second @ root)
  trace = np.sqrt(np.maximum(product, 0.0)).sum()
  difference = means[0] - means[1]
  spread = np.trace(first) + np.trace(second) - 2.0 * trace
  return float(difference @ difference + spread)


def kernel_distance(
  real: np.ndarray,
  generated: np.ndarray,
  subsets: int = _KID_SUBSETS,
  size: int = _KID_SIZE,
  seed: int = 0,
) -> tuple[float, float]:
  """Returns KID (Binkowski et al., 2018), unbiased, with the cubic kernel.

  Args:
    real: The features of real images, `[N, dimensions]`.
    generated: The features of generated images, `[M, dimensions]`.
    subsets: How many random subsets are averaged over.
    size: How many features a subset has; at most as many as there are.
    seed: An integer that selects the subsets.

  Returns:
    The mean and the standard deviation over the subsets.
  """
  random = np.random.default_rng(seed)
  size = min(size, len(real), len(generated))
  estimates = []
  for _ in range(subsets):
    x = real[random.choice(len(real), size, replace=False)]
    y = generated[random.choice(len(generated), size, replace=False)]
    within = sum(_mean_off_diagonal(_cubic(a, a)) for a in (x, y))
    estimates.append(within - 2.0 * _cubic(x, y).mean())
  return float(np.mean(estimates)), float(np.std(estimates))


def _cubic(x: np.ndarray, y: np.ndarray) -> np.ndarray:
  return (x @ y.T / x.shape[1] + 1.0) ** 3


def _mean_off_diagonal(matrix: np.ndarray) -> float:
  count = len(matrix)
  return (matrix.sum() - np.trace(matrix)) / (count * (count - 1))
