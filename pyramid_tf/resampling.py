"""One-axis resampling matrices: the operators d and u of the pyramid.

Every operator here is linear and separable, so along one axis it is a matrix
`[target, source]`. The matrices of the resizing kernels are read off
`tf.image.resize` by resizing an identity matrix; applying them as products
keeps what the ops themselves do not all offer: any float dtype, gradients of
any order and XLA. On GPUs that multiply in TensorFloat-32 the bands are rounded
accordingly; reconstruction still inverts decomposition exactly.
"""

import functools
from collections.abc import Callable

import numpy as np
import tensorflow as tf

from pyramid_tf.kernels import EXACT_KERNELS, check_kernel


@functools.lru_cache(maxsize=64)
def downsampling_matrix(source: int, target: int, kernel: str) -> np.ndarray:
  """Returns the matrix of d along one axis, float64 `[target, source]`.

  Rows sum to one: a constant signal stays constant.

  Args:
    source: Number of fine samples.
    target: Number of coarse samples, at most `source`.
    kernel: Name of an operator pair; see `pyramid_tf.pyramid`.

  Raises:
    ValueError: If `target` exceeds `source`, or an exact kernel is asked for a
      ratio that is not a whole number.
  """
  check_kernel(kernel)
  if not 1 <= target <= source:
    raise ValueError(
      f"Downsampling from {source} to {target} samples enlarges; list level "
      "sizes finest first."
    )
  if source == target:
    return np.eye(source)
  if kernel == "binomial5":
    # Coarse sample i sits on fine sample i * source / target, as in OpenCV's
    # pyrDown; a position between samples is interpolated linearly.
    blur = _blur_matrix(source, (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16))
    positions = np.arange(target) * (source / target)
    return _interpolation_matrix(positions, source) @ blur
  if kernel in EXACT_KERNELS:
    _check_whole_ratio(source, target, kernel)
  return _matrix_of_resize(
    lambda image, size: tf.image.resize(
      image, size, tf.image.ResizeMethod.AREA
    ),
    source,
    target,
  )


@functools.lru_cache(maxsize=64)
def upsampling_matrix(source: int, target: int, kernel: str) -> np.ndarray:
  """Returns the matrix of u along one axis, float64 `[target, source]`.

  Rows sum to one: a constant signal stays constant.

  Args:
    source: Number of coarse samples.
    target: Number of fine samples, at least `source`.
    kernel: Name of an operator pair; see `pyramid_tf.pyramid`.

  Raises:
    ValueError: If `target` is below `source`, or an exact kernel is asked for a
      ratio that is not a whole number.
  """
  check_kernel(kernel)
  if not 1 <= source <= target:
    raise ValueError(
      f"Upsampling from {source} to {target} samples shrinks; list level "
      "sizes finest first."
    )
  if source == target:
    return np.eye(source)
  if kernel == "binomial5":
    # At factor two this is pyrUp: (1 6 1)/8 on even and (4 4)/8 on odd samples.
    positions = np.arange(target) * (source / target)
    smooth = _blur_matrix(target, (1 / 4, 2 / 4, 1 / 4))
    return smooth @ _interpolation_matrix(positions, source)
  if kernel in EXACT_KERNELS:
    _check_whole_ratio(target, source, kernel)
  if kernel == "average_interpolation":
    return _average_interpolation_matrix(source, target)
  if kernel == "haar":
    return _matrix_of_resize(
      lambda image, size: tf.image.resize(
        image, size, tf.image.ResizeMethod.NEAREST_NEIGHBOR
      ),
      source,
      target,
    )
  return _matrix_of_resize(
    lambda image, size: tf.raw_ops.ResizeBilinear(
      images=image, size=size, align_corners=True
    ),
    source,
    target,
  )


def _matrix_of_resize(
  resize: Callable[[tf.Tensor, tuple[int, int]], tf.Tensor],
  source: int,
  target: int,
) -> np.ndarray:
  """Reads a `[target, source]` matrix off `resize(image, size)`."""
  with tf.init_scope(), tf.device("CPU:0"):
    identity = tf.eye(source)[tf.newaxis, :, :, tf.newaxis]
    matrix = resize(identity, (target, source))[0, :, :, 0].numpy()
  matrix = matrix.astype(np.float64)
  # tf.image computes in float32; the rows of each operator sum to one.
  return matrix / matrix.sum(axis=1, keepdims=True)


def _interpolation_matrix(positions: np.ndarray, length: int) -> np.ndarray:
  """Interpolates linearly at `positions`, clamped to the last sample."""
  positions = np.clip(positions, 0, length - 1)
  lower = np.minimum(np.floor(positions).astype(int), max(length - 2, 0))
  upper = np.minimum(lower + 1, length - 1)
  fraction = positions - lower
  matrix = np.zeros((len(positions), length))
  rows = np.arange(len(positions))
  np.add.at(matrix, (rows, lower), 1 - fraction)
  np.add.at(matrix, (rows, upper), fraction)
  return matrix


def _average_interpolation_matrix(source: int, target: int) -> np.ndarray:
  """u of `average_interpolation`: each fine sample is the mean of a parabola.

  Over coarse cell i, of width one around t = 0, the parabola p(t) = a_i - c/12
  + s t + c t^2 has the mean a_i, and a_{i-1} and a_{i+1} over the cells beside
  it, for s = (a_{i+1} - a_{i-1})/2 and c = (a_{i-1} - 2 a_i + a_{i+1})/2. Fine
  samples are its means over parts of the cell, so that their mean is a_i again.
  The border repeats the outermost sample.

  Donoho (1993), Smooth wavelet decompositions with blocky coefficient kernels;
  at factor two these are the filters (1, 3) of Cohen, Daubechies and Feauveau
  (1992).
  """
  ratio = target // source
  ends = np.linspace(-0.5, 0.5, ratio + 1)
  slope = (ends[1:] + ends[:-1]) / 2
  curve = (ends[1:] ** 2 + ends[1:] * ends[:-1] + ends[:-1] ** 2) / 3 - 1 / 12
  before, after = (curve - slope) / 2, (curve + slope) / 2
  matrix = np.zeros((target, source))
  for i in range(source):
    rows = slice(i * ratio, (i + 1) * ratio)
    matrix[rows, i] += 1 - curve
    matrix[rows, max(i - 1, 0)] += before
    matrix[rows, min(i + 1, source - 1)] += after
  return matrix


def _blur_matrix(length: int, taps: tuple[float, ...]) -> np.ndarray:
  """Convolves with `taps`; borders reflect without repeating the edge."""
  matrix = np.zeros((length, length))
  period = max(2 * (length - 1), 1)
  for row in range(length):
    for offset, tap in enumerate(taps, start=-(len(taps) // 2)):
      column = (row + offset) % period
      matrix[row, min(column, period - column)] += tap
  return matrix


def _check_whole_ratio(fine: int, coarse: int, kernel: str) -> None:
  if fine % coarse:
    raise ValueError(
      f"The {kernel} kernel needs whole ratios between levels, got {fine} to "
      f"{coarse}; change the level sizes or choose the area kernel."
    )
