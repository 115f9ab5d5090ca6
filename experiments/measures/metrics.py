"""How much images differ from other images.

Images are floats in [-1, 1], `[batch, height, width, channels]`, and are
clipped to that range first. The results are float64 `[batch]`, one number per
image, unless a function says otherwise.
"""

from collections.abc import Callable

import numpy as np
import tensorflow as tf

from pyramid_tf import pyramid

# The weights of the five scales of Wang et al. (2003), finest first. Where
# images have room for fewer, the weights left are scaled to sum to one.
_SCALE_WEIGHTS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
WINDOW = 11
"""The side of the window that SSIM compares, in pixels."""

# Pairs that are compared at a time.
_PAIRS = 250


def rmse(image: tf.Tensor, reconstruction: tf.Tensor) -> np.ndarray:
  """Returns the root mean squared error in grey levels of 0 to 255.

  Table 1 of Dorta et al. (2017) reports its mean and standard deviation over
  images.

  Args:
    image: The true images.
    reconstruction: What stands for them.
  """
  image = np.asarray(image, np.float64)
  clipped = np.clip(np.asarray(reconstruction, np.float64), -1.0, 1.0)
  return 127.5 * np.sqrt(np.mean(np.square(image - clipped), axis=(1, 2, 3)))


def rmse_of_draws(
  image: tf.Tensor, draw: Callable[[int], tf.Tensor], draws: int = 25
) -> np.ndarray:
  """Returns the RMSE by the protocol of the paper's first author.

  Reconstructions are made from drawn latents instead of means and rounded to
  whole grey levels; the RMSE is averaged over the draws.

  Args:
    image: The true images.
    draw: Returns reconstructions, given the number of the draw.
    draws: How many draws are averaged over.
  """
  total = 0.0
  for i in range(draws):
    drawn = np.clip(np.asarray(draw(i), np.float64), -1.0, 1.0)
    total += rmse(image, np.rint((drawn + 1.0) * 127.5) / 127.5 - 1.0)
  return total / draws


def band_ratio(image: tf.Tensor, reconstruction: tf.Tensor) -> float | None:
  """Returns how much of the finest detail's contrast is there.

  That is the standard deviation of the finest band of a Laplacian pyramid over
  all pixels of all images, of the reconstructions over that of the true images:
  1 is as sharp, less is smoother. None stands for images of one colour each.
  """
  size = image.shape[1]
  deviations = []
  for part in (image, reconstruction):
    clipped = np.clip(np.asarray(part, np.float32), -1.0, 1.0)
    sides = (size, -(-size // 2))
    deviations.append(
      float(np.std(pyramid.laplacian_pyramid(clipped, sides)[0]))
    )
  return deviations[1] / deviations[0] if deviations[0] > 1e-6 else None


def psnr(image: tf.Tensor, reconstruction: tf.Tensor) -> np.ndarray:
  """Returns the peak signal-to-noise ratio in dB."""
  return _by_tf(tf.image.psnr, image, reconstruction)


def ssim(image: tf.Tensor, reconstruction: tf.Tensor) -> np.ndarray:
  """Returns the structural similarity, 1 for equal images.

  Raises:
    ValueError: If the images are smaller than its window of 11 pixels.
  """
  _check_window(image)
  return _by_tf(tf.image.ssim, image, reconstruction)


def ms_ssim(image: tf.Tensor, reconstruction: tf.Tensor) -> np.ndarray:
  """Returns SSIM over as many scales as the images have room for.

  The published five scales need 176 pixels; images of 64 pixels have three
  scales and images of 32 pixels two, so values of different sizes do not
  compare.

  Raises:
    ValueError: If the images are smaller than a window of 11 pixels.
  """
  _check_window(image)
  side = min(image.shape[1:3])
  scales = 1
  while scales < 5 and side // 2**scales >= WINDOW:
    scales += 1
  weights = np.array(_SCALE_WEIGHTS[:scales])
  weights = tuple(weights / weights.sum())

  def ms_ssim_of_scales(a, b, max_val):
    return tf.image.ssim_multiscale(a, b, max_val, power_factors=weights)

  return _by_tf(ms_ssim_of_scales, image, reconstruction)


def similarity_of_pairs(images: np.ndarray, seed: int = 0) -> float:
  """Returns the mean MS-SSIM of random pairs: high where images are alike.

  Odena et al. (2017) compare samples with real images by it.

  Args:
    images: At least two images.
    seed: An integer that selects the pairs; every image is in two of them.
  """
  order = np.random.default_rng(seed).permutation(len(images))
  first, second = images[order], images[np.roll(order, 1)]
  similarities = [
    ms_ssim(first[i : i + _PAIRS], second[i : i + _PAIRS])
    for i in range(0, len(images), _PAIRS)
  ]
  return float(np.concatenate(similarities).mean())


def _by_tf(
  function: Callable[..., tf.Tensor],
  image: tf.Tensor,
  reconstruction: tf.Tensor,
) -> np.ndarray:
  a = tf.clip_by_value(tf.cast(image, tf.float32), -1.0, 1.0) + 1.0
  b = tf.clip_by_value(tf.cast(reconstruction, tf.float32), -1.0, 1.0) + 1.0
  return np.asarray(function(a, b, max_val=2.0), np.float64)


def _check_window(image: tf.Tensor) -> None:
  if min(image.shape[1:3]) < WINDOW:
    raise ValueError(
      f"SSIM compares windows of {WINDOW} pixels; got images of "
      f"{image.shape[1]}x{image.shape[2]}."
    )
