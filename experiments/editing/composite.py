"""Compositing a patch into an image: only the region changes.

The paper composites edited regions "back [16]": Poisson image editing (Perez et
al., 2003). A `Blend` is prepared once for a region and then composites any
number of patches, working on the part of the image that has the region in it.
"""

import os
from collections.abc import Callable
from concurrent import futures

import numpy as np

from experiments.config import choices
from experiments.editing import harmonic
from pyramid_tf import pyramid

# The largest error of Poisson blending, in grey levels of 0 to 255.
TOLERANCE = 0.01
_LEVELS = 4
_FEATHER = 8

# (base, patch), floats `[height, width, channels]` of the box -> the mixture,
# which may take the place of the patch; and all arrays that the function holds.
_Prepared = tuple[
  Callable[[np.ndarray, np.ndarray], np.ndarray], list[np.ndarray]
]


class Blend:
  """One way to composite, prepared for one region.

  Attributes:
    inside: bool `[height, width]`, True where the image changes.
    arrays: All arrays that it holds.
  """

  def __init__(self, kind: str, mask: np.ndarray):
    """Prepares a blend.

    Args:
      kind: One of `choices.BLENDS`.
      mask: Floats or booleans `[height, width]` in [0, 1]. The region is where
        it is not zero; `feather` weighs its patch by it as well.

    Raises:
      ValueError: If the blend is unknown.
    """
    if kind not in choices.BLENDS:
      raise ValueError(
        f"A blend is one of {', '.join(choices.BLENDS)}; got {kind!r}."
      )
    self.inside = mask > 0
    # The coarsest band of a pyramid reaches beyond the region.
    margin = 2 ** (_LEVELS + 1) if kind == "pyramid" else 1
    self._box = _box_around(self.inside, margin)
    prepare = {"poisson": poisson, "pyramid": laplacian, "feather": feather}
    self._mix, arrays = prepare[kind](mask[self._box])
    self.arrays = [self.inside, *arrays]

  def __call__(self, base: np.ndarray, patch: np.ndarray) -> np.ndarray:
    """Composites a patch.

    Args:
      base: uint8 or floats `[height, width, channels]`, the size of the mask.
      patch: What to composite, of the same shape.

    Returns:
      An array like `base`: outside of the region its very values, bytes inside
      rounded and clipped.

    Raises:
      ValueError: If the shapes do not go together.
    """
    if base.shape != patch.shape or base.shape[:2] != self.inside.shape:
      raise ValueError(
        f"Base, patch and mask have one size, got {base.shape}, {patch.shape} "
        f"and {self.inside.shape}."
      )
    result = base.copy()
    part, inside = result[self._box], self.inside[self._box]
    precision = np.float32 if base.dtype == np.uint8 else np.float64
    mixed = self._mix(
      base[self._box].astype(precision), patch[self._box].astype(precision)
    )
    if base.dtype == np.uint8:
      mixed = np.clip(np.rint(mixed, out=mixed), 0, 255, out=mixed)
    part[inside] = mixed[inside]
    return result


def poisson(mask: np.ndarray) -> _Prepared:
  """The patch's gradients inside the mask, the base's values at its edge.

  Solves the discrete Poisson equation up to `TOLERANCE`. Where the region
  touches the border of the image, the derivative across the border is the
  patch's.
  """
  inside = mask > 0
  if inside.all() or not inside.any():
    # There is no edge to start from, or nothing to change.
    return lambda base, patch: patch, []
  region = harmonic.Region(inside)
  # A solution needs a dozen times the memory of its channel, so that not all
  # processors work at once where there are many.
  workers = min(3, os.cpu_count() or 1)

  def mix(base: np.ndarray, patch: np.ndarray) -> np.ndarray:
    def correct(c: int) -> None:
      difference = base[:, :, c] - patch[:, :, c]
      patch[:, :, c] += region.extend(difference, TOLERANCE)

    with futures.ThreadPoolExecutor(workers) as pool:
      list(pool.map(correct, range(base.shape[2])))
    return patch

  return mix, region.arrays


def laplacian(mask: np.ndarray) -> _Prepared:
  """Bands mixed each at its own scale (Burt and Adelson, 1983).

  The mask is drawn in by the reach of the coarsest band first, so that little
  is cut off at its edge. That takes at most half of the region's depth, which
  limits the bands to fewer than four in a small one: it would fade out.
  """
  distance = _distances(mask > 0, 2**_LEVELS)
  depth = distance.max()
  sizes = [mask.shape]
  while (
    len(sizes) < _LEVELS
    and min(sizes[-1]) >= 16
    and 2 ** (len(sizes) + 1) <= depth
  ):
    sizes.append(tuple(-(-side // 2) for side in sizes[-1]))
  inner = distance >= min(depth, 2 ** (len(sizes) - 1))

  def mix(base: np.ndarray, patch: np.ndarray) -> np.ndarray:
    weights = pyramid.gaussian_pyramid(
      inner[None, :, :, None].astype(base.dtype), sizes
    )
    bands = [
      pyramid.laplacian_pyramid(image[None], sizes) for image in (base, patch)
    ]
    mixed = [
      ours + weight * (theirs - ours)
      for ours, theirs, weight in zip(*bands, weights, strict=True)
    ]
    return pyramid.reconstruct(mixed)[0].numpy()

  return mix, [inner]


def feather(mask: np.ndarray) -> _Prepared:
  """The patch fades in over eight pixels from the edge of the region."""
  distance = _distances(mask > 0, _FEATHER)
  reach = max(1.0, min(float(_FEATHER), float(distance.max(initial=0.0))))
  alpha = np.minimum(distance / reach, 1.0) * mask
  return lambda base, patch: base + alpha[:, :, None] * (patch - base), [alpha]


def _box_around(inside: np.ndarray, margin: int) -> tuple[slice, slice]:
  """Rows and columns that have the region and so many pixels around it."""
  sides = []
  for axis in (1, 0):
    taken = np.flatnonzero(inside.any(axis))
    first, last = (taken[0], taken[-1]) if len(taken) else (0, 0)
    sides.append(slice(max(0, first - margin), last + 1 + margin))
  return sides[0], sides[1]


def _distances(inside: np.ndarray, largest: int) -> np.ndarray:
  """City-block distance to the nearest pixel outside, up to `largest`.

  Beyond the image's border there is no outside.
  """
  distance = np.zeros(inside.shape, np.float32)
  left = inside
  for _ in range(largest):
    if not left.any():
      break
    distance += left
    padded = np.pad(left, 1, constant_values=True)
    left = (
      left
      & padded[:-2, 1:-1]
      & padded[2:, 1:-1]
      & padded[1:-1, :-2]
      & padded[1:-1, 2:]
    )
  return distance
