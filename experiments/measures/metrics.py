"""Figures of images against images.

Images are floats in [-1, 1], clipped to that range first; the results are
float64, one number per image unless said otherwise.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

# Of the five scales of Wang et al. (2003), as many as have room for 11 pixels;
# the weights of those that are left are scaled to sum to one.
_SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW = 11


def rmse(image: tf.Tensor, reconstruction: tf.Tensor) -> np.ndarray:
  """Root mean squared error of each image, in grey levels of 0 to 255.

  Table 1 of Dorta et al. (2017) reports mean and standard deviation over images
  of this.

  Args:
    image: `[batch, height, width, channels]` in [-1, 1].
    reconstruction: The same shape.

  Returns:
    float64 `[batch]`.
  """
  image = np.asarray(image, np.float64)
  clipped = np.clip(np.asarray(reconstruction, np.float64), -1.0, 1.0)
  return 127.5 * np.sqrt(np.mean(np.square(image - clipped), axis=(1, 2, 3)))


def rmse_of_draws(
  image: tf.Tensor, draw: Callable[[int], tf.Tensor], draws: int = 25
) -> np.ndarray:
  """RMSE by the protocol of the paper's first author.

  Reconstructions from drawn latents instead of means, rounded to whole grey
  levels, and the mean of the RMSE over the draws.

  Args:
    image: As of `rmse`.
    draw: Number of the draw -> reconstruction.
    draws: How many.
  """
  total = 0.0
  for i in range(draws):
    drawn = np.clip(np.asarray(draw(i), np.float64), -1.0, 1.0)
    total += rmse(image, np.rint((drawn + 1.0) * 127.5) / 127.5 - 1.0)
  return total / draws


def psnr(image: tf.Tensor, reconstruction: tf.Tensor) -> np.ndarray:
  """Peak signal-to-noise ratio in dB; arguments as of `rmse`."""
  return _by_tf(tf.image.psnr, image, reconstruction)


def ssim(image: tf.Tensor, reconstruction: tf.Tensor) -> np.ndarray:
  """Structural similarity, 1 for equal images; arguments as of `rmse`.

  Raises:
    ValueError: If the images are smaller than its window of 11 pixels.
  """
  _check_window(image)
  return _by_tf(tf.image.ssim, image, reconstruction)


def ms_ssim(image: tf.Tensor, reconstruction: tf.Tensor) -> np.ndarray:
  """Multi-scale SSIM over the scales that the image has room for.

  The published five scales need 176 pixels; 64 have three, 32 two, so values
  of different sizes do not compare.

  Raises:
    ValueError: As `ssim`.
  """
  _check_window(image)
  side = min(image.shape[1:3])
  scales = 1
  while scales < 5 and side // 2**scales >= WINDOW:
    scales += 1
  weights = np.array(_SCALE_WEIGHTS[:scales])
  weights = tuple(weights / weights.sum())

  def function(a, b, max_val):
    return tf.image.ssim_multiscale(a, b, max_val, power_factors=weights)

  return _by_tf(function, image, reconstruction)


def similarity_of_pairs(images: np.ndarray, seed: int = 0) -> float:
  """Mean MS-SSIM of random pairs of samples: high where samples are alike.

  Odena et al. (2017). Compare with the value of real images.

  Args:
    images: Floats in [-1, 1], `[N, height, width, channels]`, at least two.
    seed: Of the pairs; every image is in two of them.
  """
  order = np.random.default_rng(seed).permutation(len(images))
  first, second = images[order], images[np.roll(order, 1)]
  found = [
    ms_ssim(first[i : i + 250], second[i : i + 250])
    for i in range(0, len(images), 250)
  ]
  return float(np.concatenate(found).mean())


def _by_tf(function, image, reconstruction):
  a = tf.clip_by_value(tf.cast(image, tf.float32), -1.0, 1.0) + 1.0
  b = tf.clip_by_value(tf.cast(reconstruction, tf.float32), -1.0, 1.0) + 1.0
  return np.asarray(function(a, b, max_val=2.0), np.float64)


def _check_window(image):
  if min(image.shape[1:3]) < WINDOW:
    raise ValueError(
      f"SSIM compares windows of {WINDOW} pixels; got images of "
      f"{image.shape[1]}x{image.shape[2]}."
    )
