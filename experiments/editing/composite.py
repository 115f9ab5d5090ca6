"""Compositing a patch into an image: only the region changes.

The paper composites edited regions "back [16]": Poisson image editing (Perez et
al., 2003). All functions take float images `[height, width, 3]` of one size and
a mask `[height, width]` in [0, 1]; `blend` returns the base where the mask is
zero, bit for bit.
"""

from collections.abc import Callable

import numpy as np

from experiments.config import choices
from experiments.system import errors
from pyramid_tf import pyramid

_NEIGHBOURS = ((0, 1), (0, -1), (1, 0), (-1, 0))


def blend(
  kind: str, base: np.ndarray, patch: np.ndarray, mask: np.ndarray
) -> np.ndarray:
  """Composites with one of `choices.BLENDS`; float64 of the shape of `base`.

  Raises:
    ValueError: If the shapes do not go together or the blend is unknown.
    UserError: If `poisson` lacks SciPy.
  """
  if kind not in choices.BLENDS:
    raise ValueError(
      f"A blend is one of {', '.join(choices.BLENDS)}; got {kind!r}."
    )
  if base.shape != patch.shape or base.shape[:2] != mask.shape:
    raise ValueError(
      f"Base, patch and mask have one size, got {base.shape}, {patch.shape} "
      f"and {mask.shape}."
    )
  function: Callable = {
    "poisson": poisson,
    "pyramid": laplacian,
    "feather": feather,
  }[kind]
  base = np.asarray(base, np.float64)
  result = function(base, np.asarray(patch, np.float64), np.asarray(mask))
  return np.where(mask[:, :, None] > 0, result, base)


def poisson(
  base: np.ndarray, patch: np.ndarray, mask: np.ndarray
) -> np.ndarray:
  """The patch's gradients inside the mask, the base's values at its edge.

  Solves the discrete Poisson equation exactly. Where the region touches the
  border of the image, the derivative across the border is the patch's.
  """
  try:
    from scipy.sparse import coo_matrix
    from scipy.sparse.linalg import spsolve
  except ImportError as error:
    raise errors.UserError(
      "Poisson blending solves a sparse system with SciPy, which is not "
      "installed. Run: pip install -e '.[edit]', or use --blend=pyramid."
    ) from error
  inside = mask > 0
  if inside.all():
    # No edge to start from.
    return patch.copy()
  if not inside.any():
    return base.copy()
  height, width = inside.shape
  number = np.full(inside.shape, -1)
  number[inside] = np.arange(inside.sum())
  rows, columns = np.nonzero(inside)
  own = number[inside]
  diagonal = np.zeros(len(own))
  right = np.zeros((len(own), base.shape[2]))
  entries = []
  for down, across in _NEIGHBOURS:
    y, x = rows + down, columns + across
    there = (y >= 0) & (y < height) & (x >= 0) & (x < width)
    y, x, equation = y[there], x[there], own[there]
    diagonal[equation] += 1.0
    right[equation] += patch[rows[there], columns[there]] - patch[y, x]
    unknown = inside[y, x]
    known = ~unknown
    right[equation[known]] += base[y[known], x[known]]
    entries.append((equation[unknown], number[y[unknown], x[unknown]]))
  first, second = (np.concatenate(part) for part in zip(*entries, strict=True))
  values = np.concatenate([diagonal, -np.ones(len(first))])
  matrix = coo_matrix(
    (
      values,
      (np.concatenate([own, first]), np.concatenate([own, second])),
    )
  ).tocsc()
  result = base.copy()
  result[inside] = spsolve(matrix, right).reshape(right.shape)
  return result


def laplacian(
  base: np.ndarray, patch: np.ndarray, mask: np.ndarray, levels: int = 4
) -> np.ndarray:
  """Bands mixed each at its own scale (Burt and Adelson, 1983).

  The mask is drawn in by the reach of the coarsest band first, so that little
  is cut off at its edge. That takes at most half of the region's depth, which
  limits the bands to fewer than `levels` in a small one: it would fade out.
  """
  distance = _distances(mask > 0, 2**levels)
  depth = distance.max()
  sizes = [base.shape[:2]]
  while (
    len(sizes) < levels
    and min(sizes[-1]) >= 16
    and 2 ** (len(sizes) + 1) <= depth
  ):
    sizes.append(tuple(-(-side // 2) for side in sizes[-1]))
  inner = distance >= min(depth, 2 ** (len(sizes) - 1))
  weights = pyramid.gaussian_pyramid(
    inner[None, :, :, None].astype(np.float64), sizes
  )
  bands = [
    pyramid.laplacian_pyramid(image[None], sizes) for image in (base, patch)
  ]
  mixed = [
    ours + weight * (theirs - ours)
    for ours, theirs, weight in zip(*bands, weights, strict=True)
  ]
  return pyramid.reconstruct(mixed)[0].numpy()


def feather(
  base: np.ndarray, patch: np.ndarray, mask: np.ndarray, width: int = 8
) -> np.ndarray:
  """The patch fades in over `width` pixels from the edge of the region."""
  distance = _distances(mask > 0, width)
  reach = max(1.0, min(float(width), float(distance.max())))
  alpha = np.minimum(distance / reach, 1.0) * mask
  return base + alpha[:, :, None] * (patch - base)


def _distances(inside: np.ndarray, largest: int) -> np.ndarray:
  """City-block distance to the nearest pixel outside, up to `largest`.

  Beyond the image's border there is no outside.
  """
  distance = np.zeros(inside.shape)
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
