"""Images that keep to the coarse image that they refine.

What a level generates should change nothing that d would see: a composed image
x has d(x) = x_{k+1}. Back-projection (Irani and Peleg, 1991) moves it there.
"""

from collections.abc import Sequence

import tensorflow as tf

from pyramid_tf import kernels, pyramid


def back_projected(
  image: tf.Tensor, coarse: tf.Tensor, kernel: str, steps: int
) -> tf.Tensor:
  """Takes steps x <- x + u(coarse - d(x)).

  With an exact kernel u replicates in these steps, whatever the kernel's u is.
  That is the pseudo-inverse of the block mean: one step is exact, and its
  change is the smallest that is, orthogonal to everything that d does not see.

  Args:
    image: x, `[batch, size, size, channels]`.
    coarse: The image that d(x) should equal, `[batch, coarse_size, coarse_size,
      channels]`.
    kernel: Name of an operator pair. With an exact one, `haar` or
      `average_interpolation`, one step suffices; with the others the error
      shrinks step by step.
    steps: How many; 0 returns `image`.

  Returns:
    The shape of `image`.
  """
  side, size = tuple(coarse.shape[1:3]), tuple(image.shape[1:3])
  enlarging = "haar" if kernel in kernels.EXACT_KERNELS else kernel
  for _ in range(steps):
    error = coarse - pyramid.downsample(image, side, kernel)
    image += pyramid.upsample(error, size, enlarging)
  return image


def with_coarse(
  image: tf.Tensor, coarse: tf.Tensor, sizes: Sequence[int], kernel: str
) -> tf.Tensor:
  """Puts the fine bands of images on other coarse images.

  Not in the papers. Levels that were not trained to keep to a coarse image add
  to its colours too. Here only what is finer is taken from them: the Laplacian
  pyramid of `image` with `coarse` as its last level is put together again.

  Args:
    image: `[batch, sizes[0], sizes[0], channels]`.
    coarse: `[batch, sizes[-1], sizes[-1], channels]`.
    sizes: Sides of the levels, from that of `image` to that of `coarse`.
    kernel: Name of the pyramid's operator pair.

  Returns:
    Images of the shape of `image`, not clipped.
  """
  *bands, _ = pyramid.laplacian_pyramid(image, sizes, kernel)
  return pyramid.reconstruct([*bands, coarse], kernel)
