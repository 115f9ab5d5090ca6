"""The sliced Wasserstein distance of image patches, scale by scale.

Patches of a level of the Laplacian pyramid, standardised per colour channel,
are compared along random directions (Karras et al., 2018, "Progressive Growing
of GANs", Section 5). Neither a network nor labels are needed. Like theirs, all
distances are multiplied by 1,000.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging

from pyramid_tf import images as pixel_values
from pyramid_tf import pyramid

PATCH = 7

_BATCH = 500


def per_scale(
  real: np.ndarray,
  generated: np.ndarray,
  smallest: int = 8,
  **options,
) -> dict[int, float]:
  """Measures the distance of two sets of images at every scale.

  Args:
    real: uint8 `[N, size, size, 3]`.
    generated: uint8 `[M, size, size, 3]`.
    smallest: The side in pixels that halving does not go below.
    **options: Further arguments of `distance`.

  Returns:
    The distance by side in pixels, largest first.
  """
  sides = _sides(real.shape[1], smallest)
  distances = {}
  for i, side in enumerate(sides):
    bands = [_bands(images, sides, i) for images in (real, generated)]
    distances[side] = distance(*bands, **options)
    logging.info("SWD at %d pixels: %.2f.", side, distances[side])
  return distances


def figures(real: np.ndarray, generated: np.ndarray) -> dict[str, Any]:
  """Measures the distance at every scale, for a file.

  Args:
    real: uint8 `[N, size, size, 3]`.
    generated: uint8 `[M, size, size, 3]`.

  Returns:
    `swd_mean`, the mean over scales, and `swd_per_scale`, by side in pixels.
  """
  distances = per_scale(real, generated)
  return {
    "swd_mean": float(np.mean(list(distances.values()))),
    "swd_per_scale": {str(side): value for side, value in distances.items()},
  }


def between_sets(
  real: Sequence[np.ndarray],
  generated: Sequence[np.ndarray],
  smallest: int = 8,
  patches_per_image: int = 32,
  directions: int = 128,
  seed: int = 0,
) -> np.ndarray:
  """Measures every real set against every generated one, averaged over scales.

  Args:
    real: Sets of uint8 `[N, size, size, 3]`; the first images of each are
      compared, as many as the smallest set has.
    generated: Sets of the same kind.
    smallest: The side in pixels that halving does not go below.
    patches_per_image: How many patches are cut at random positions.
    directions: How many random directions are compared, the same for all sets.
    seed: An integer that selects positions and directions.

  Returns:
    float64 `[len(real), len(generated)]`.
  """
  count = min(len(images) for images in (*real, *generated))
  sides = _sides(real[0].shape[1], smallest)
  total = np.zeros((len(real), len(generated)))
  for i in range(len(sides)):
    random = np.random.default_rng(seed)
    axes = _axes(3 * PATCH**2, directions, random)

    def projected(
      images: np.ndarray, i=i, axes=axes, random=random
    ) -> np.ndarray:
      bands = _bands(images[:count], sides, i)
      patches = _patches(bands, patches_per_image, random)
      patches = _standardised(patches, *_moments(patches))
      return np.sort((patches @ axes).T, axis=1)

    rows = [projected(images) for images in real]
    for column, images in enumerate(generated):
      along = projected(images)
      for row, other in enumerate(rows):
        total[row, column] += np.mean(np.abs(other - along), dtype=np.float64)
  return 1000.0 * total / len(sides)


def distance(
  real: np.ndarray,
  generated: np.ndarray,
  patches_per_image: int = 128,
  directions: int = 512,
  seed: int = 0,
  standardise_by: str = "own",
) -> float:
  """Measures the distance of the 7x7 patches of two sets of images or bands.

  Args:
    real: Floats `[N, height, width, 3]`.
    generated: Floats `[M, height, width, 3]`; the first min(N, M) of each are
      compared.
    patches_per_image: How many patches are cut at random positions.
    directions: How many random unit vectors are compared along.
    seed: An integer that selects positions and directions.
    standardise_by: `own`, as published: each set by its own mean and deviation
      of every channel, so that neither contrast nor a tint counts; `real`: both
      sets by those of the real one.

  Returns:
    1,000 times the mean over directions of the one-dimensional Wasserstein-1
    distance of the projected, standardised patches.

  Raises:
    ValueError: If an image is smaller than a patch.
  """
  count = min(len(real), len(generated))
  random = np.random.default_rng(seed)
  sets, moments = [], None
  for images in (real, generated):
    patches = _patches(images[:count], patches_per_image, random)
    if moments is None or standardise_by == "own":
      moments = _moments(patches)
    sets.append(_standardised(patches, *moments))
  return distance_of_vectors(*sets, directions, seed)


def distance_of_vectors(
  first: np.ndarray,
  second: np.ndarray,
  directions: int = 512,
  seed: int = 0,
) -> float:
  """Returns 1,000 times the sliced Wasserstein-1 distance of two samples.

  Args:
    first: Floats `[N, dimensions]`.
    second: Floats of the same shape.
    directions: How many random unit vectors are compared along.
    seed: An integer that selects the directions.
  """
  random = np.random.default_rng(seed)
  sets = (np.asarray(first, np.float32), np.asarray(second, np.float32))
  total = 0.0
  # A few directions at a time: the projections are what fills the memory.
  chunk = 64
  for start in range(0, directions, chunk):
    size = min(chunk, directions - start)
    axes = _axes(sets[0].shape[1], size, random)
    along = [np.sort((vectors @ axes).T, axis=1) for vectors in sets]
    gaps = np.abs(along[0] - along[1])
    total += size * float(np.mean(gaps, dtype=np.float64))
  return 1000.0 * total / directions


def bands_of(images: np.ndarray, smallest: int = 8) -> list[np.ndarray]:
  """Returns Laplacian pyramids of images, finest band first.

  Args:
    images: Floats `[N, size, size, channels]`.
    smallest: The side in pixels that halving does not go below.
  """
  # An odd side has one band, above its half.
  sides = _sides(images.shape[1], smallest)
  if len(sides) == 1 and images.shape[1] > smallest:
    sides.append(-(-images.shape[1] // 2))
    return [_pyramids(images, sides)[0]]
  return _pyramids(images, sides)


def _pyramids(images: np.ndarray, sides: list[int]) -> list[np.ndarray]:
  parts = [
    pyramid.laplacian_pyramid(images[i : i + _BATCH], sides)
    for i in range(0, len(images), _BATCH)
  ]
  return [np.concatenate(bands) for bands in zip(*parts, strict=True)]


def _sides(size: int, smallest: int) -> list[int]:
  sides = [size]
  while sides[-1] % 2 == 0 and sides[-1] // 2 >= max(smallest, PATCH):
    sides.append(sides[-1] // 2)
  return sides


def _axes(
  dimensions: int, count: int, random: np.random.Generator
) -> np.ndarray:
  """Returns unit vectors, one in each column."""
  axes = random.standard_normal((dimensions, count)).astype(np.float32)
  return axes / np.linalg.norm(axes, axis=0)


def _bands(images: np.ndarray, sides: list[int], i: int) -> np.ndarray:
  """Returns level i of the Laplacian pyramids, float32."""
  parts = []
  for start in range(0, len(images), _BATCH):
    batch = pixel_values.from_uint8(images[start : start + _BATCH])
    bands = pyramid.laplacian_pyramid(batch, sides[: i + 2])
    parts.append(bands[i].numpy())
  return np.concatenate(parts)


def _patches(
  images: np.ndarray, per_image: int, random: np.random.Generator
) -> np.ndarray:
  """Cuts patches, `[count * per_image, 7 * 7, 3]`."""
  count, height, width = images.shape[:3]
  if min(height, width) < PATCH:
    raise ValueError(
      f"Patches are {PATCH} pixels a side, images {height}x{width}; compare "
      "larger images."
    )
  images = np.asarray(images, np.float32)
  rows = random.integers(0, height - PATCH + 1, (count, per_image, 1, 1))
  columns = random.integers(0, width - PATCH + 1, (count, per_image, 1, 1))
  offsets = np.arange(PATCH)
  return images[
    np.arange(count)[:, None, None, None],
    rows + offsets[:, None],
    columns + offsets,
  ].reshape(count * per_image, -1, 3)


def _moments(patches: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
  """Returns the mean and the deviation of every channel."""
  mean = patches.mean((0, 1), dtype=np.float64)
  deviation = patches.std((0, 1), dtype=np.float64) + 1e-8
  return mean.astype(np.float32), deviation.astype(np.float32)


def _standardised(
  patches: np.ndarray, mean: np.ndarray, deviation: np.ndarray
) -> np.ndarray:
  """Returns flat patches of zero mean and unit deviation."""
  patches -= mean
  patches /= deviation
  return patches.reshape(len(patches), -1)
