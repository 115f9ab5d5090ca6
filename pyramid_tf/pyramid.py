"""Laplacian pyramids of image batches.

Conventions, used without repeating them by every module of this repository:

  * A pyramid is a list of tensors, finest level first, so index `k` in code is
    the subscript k of the papers and the last entry is the coarsest image.
  * Images are `[batch, height, width, channels]` floats in [-1, 1]. Bands are
    differences of images and lie in [-2, 2].
  * `sizes` lists one side (of square images) or `(height, width)` per level,
    finest first; neighbours need not be halves (28, 14, 8 and 96, 64 occur).
  * `d` and `u` in comments are the papers' down- and upsampling operators, a
    pair chosen by the name `kernel`:

    binomial5  d blurs with (1 4 6 4 1)/16 and keeps every second sample, u
               interpolates and smooths: Burt and Adelson (1983), equal to
               OpenCV's pyrDown and pyrUp for even sides. Borders reflect
               without repeating the edge (OpenCV's BORDER_REFLECT_101).
    area       d is the box mean, u bilinear with aligned corners: what the
               authors of LAPGAN coded.
    haar       d is the block mean, u replicates: d(u(x)) = x, which the
               multi-scale likelihood of LAPGAN's Appendix A needs.
    average_interpolation
               d is the block mean too, and d(u(x)) = x, but u is smooth: fine
               samples are means of a parabola over parts of a block; over the
               block and its two neighbours its means are the three coarse
               samples (Donoho, 1993).

Denton et al. (2015), https://arxiv.org/abs/1506.05751, Section 2.2;
Dorta et al. (2017), Section 4.
"""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from pyramid_tf import axis_products, kernels, resampling

Size = int | tuple[int, int]


def downsample(
  image: tf.Tensor, size: Size, kernel: str = "binomial5"
) -> tf.Tensor:
  """d(image): blurs and decimates to `size`, keeping the dtype.

  Args:
    image: `[batch, height, width, channels]`, any float dtype; height and width
      must be static.
    size: Side or `(height, width)` of the result.
    kernel: Name of an operator pair; see the module's docstring.

  Returns:
    `[batch, *size, channels]` of the dtype of `image`.

  Raises:
    ValueError: If `size` is larger than the image or the kernel unknown.
  """
  return _resample(image, size, kernel, resampling.downsampling_matrix)


def upsample(
  image: tf.Tensor, size: Size, kernel: str = "binomial5"
) -> tf.Tensor:
  """u(image): enlarges to `size` and smooths, keeping the dtype.

  Arguments, result and errors are those of `downsample`, with `size` no smaller
  than the image.
  """
  return _resample(image, size, kernel, resampling.upsampling_matrix)


def gaussian_pyramid(
  image: tf.Tensor, sizes: Sequence[Size], kernel: str = "binomial5"
) -> list[tf.Tensor]:
  """Returns the blurred images b_0 = image, b_{k+1} = d(b_k).

  Args:
    image: `[batch, *sizes[0], channels]`.
    sizes: Level sizes, finest first.
    kernel: Name of an operator pair.

  Returns:
    One image batch per level, finest first.

  Raises:
    ValueError: If the sides of `image` are not `sizes[0]`, or sizes increase.
  """
  kernels.check_kernel(kernel)
  levels = [_check_size(_check_float(image), sizes)]
  for size in sizes[1:]:
    levels.append(downsample(levels[-1], size, kernel))
  return levels


def laplacian_pyramid(
  image: tf.Tensor, sizes: Sequence[Size], kernel: str = "binomial5"
) -> list[tf.Tensor]:
  """Splits images into bands and a coarsest image.

  Computes h_k = b_k - u(b_{k+1}) for every level but the last, where h_K = b_K:
  Equation 6 of Dorta et al. (2017), Equation 3 of Denton et al. (2015).

  Arguments and errors are those of `gaussian_pyramid`.

  Returns:
    One tensor per level, finest first, of the dtype of `image`.
  """
  return bands_between(gaussian_pyramid(image, sizes, kernel), sizes, kernel)


def bands_between(
  blurred: Sequence[tf.Tensor],
  sizes: Sequence[Size],
  kernel: str = "binomial5",
) -> list[tf.Tensor]:
  """Returns the Laplacian pyramid of images whose Gaussian pyramid is known.

  Args:
    blurred: b_0, ..., b_K, as `gaussian_pyramid` returns them.
    sizes: Level sizes, finest first.
    kernel: The pair of operators that made `blurred`.

  Returns:
    h_0, ..., h_K, finest first.
  """
  bands = [
    fine - upsample(coarse, size, kernel)
    for fine, coarse, size in zip(blurred, blurred[1:], sizes, strict=False)
  ]
  return [*bands, blurred[-1]]


def reconstruct(
  bands: Sequence[tf.Tensor], kernel: str = "binomial5"
) -> tf.Tensor:
  """Composes the image of a pyramid: x_k = h_k + u(x_{k+1}), x_K = h_K.

  Equation 7 of Dorta et al. (2017), Equation 4 of Denton et al. (2015). Inverts
  `laplacian_pyramid` whatever the operators are.

  Args:
    bands: h_0, ..., h_K, finest first.
    kernel: The pair of operators that made the bands.

  Returns:
    x_0, of the shape of `bands[0]`.
  """
  image = bands[-1]
  for band in reversed(bands[:-1]):
    image = band + upsample(image, tuple(band.shape[1:3]), kernel)
  return image


def height_and_width(size: Size) -> tuple[int, int]:
  """Returns `size` as a pair."""
  return (size, size) if isinstance(size, int) else (size[0], size[1])


def _resample(
  image: tf.Tensor,
  size: Size,
  kernel: str,
  matrix_of: Callable[[int, int, str], np.ndarray],
) -> tf.Tensor:
  image = _check_float(image)
  height, width = height_and_width(size)
  rows = matrix_of(image.shape[1], height, kernel)
  columns = matrix_of(image.shape[2], width, kernel)
  image = axis_products.along_height(image, rows)
  return axis_products.along_width(image, columns)


def _check_float(image: tf.Tensor) -> tf.Tensor:
  image = tf.convert_to_tensor(image)
  if not image.dtype.is_floating:
    raise ValueError(
      f"Pyramids hold floats, got {image.dtype.name}; convert the images to "
      "floats in [-1, 1] first."
    )
  return image


def _check_size(image: tf.Tensor, sizes: Sequence[Size]) -> tf.Tensor:
  expected = height_and_width(sizes[0])
  actual = tuple(image.shape[1:3])
  if None not in actual and actual != expected:
    raise ValueError(
      f"The finest level is {expected[0]}x{expected[1]}, got images of "
      f"{actual[0]}x{actual[1]}. Crop or resize the images, or change the "
      "level sizes."
    )
  return tf.ensure_shape(image, (None, *expected, None))
