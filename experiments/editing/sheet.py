"""The sheet of an edit's steps, as (a) to (c) of Figures 1 and 9 of LapCVAE."""

from collections.abc import Iterable

import numpy as np
from PIL import Image

from experiments.editing.photograph import OpenPhotograph
from experiments.pictures import grids
from pyramid_tf import images

# About the side of a picture in pixels, and how many stand in a row of `edit`.
_SIDE = 192
COLUMNS = 8


class Sheet:
  """Collects an edit's pictures; large photographs are seen around the region.

  Attributes:
    rows: A picture of every row, by its label, uint8 `[height, width, 3]`.
    cells: The labels of the pictures in a row, by the label of the row.
  """

  def __init__(
    self,
    photograph: OpenPhotograph,
    region: np.ndarray,
    level: int,
    coarse: np.ndarray | None,
  ):
    """Draws what is known before variations are.

    Args:
      photograph: The photograph that is edited.
      region: Where it changes, uint8 of its size, not zero inside.
      level: The painted or kept level.
      coarse: Its painted image in [-1, 1], or None where it is kept.
    """
    size = len(photograph.levels[0])
    self._side = size * max(1, round(_SIDE / size))
    self._part = _around(region, 2 * self._side)
    self._drawn: list[np.ndarray] = []
    self._composited: list[np.ndarray] = []
    part = self._part
    share = 100.0 * np.mean(region > 0)
    kept, painted = photograph.levels[level], "kept"
    if coarse is not None:
      kept, painted = images.to_uint8(coarse).numpy(), "painted"
    self._steps = {
      "photograph": photograph.pixels[part],
      f"{share:.2g} % may change": _tinted(
        photograph.pixels[part], region[part] > 0
      ),
      f"{painted} level {level}": kept,
    }
    if photograph.reconstructions:
      self._steps["reconstruction"] = photograph.reconstructions[0]

  def add(self, variation: np.ndarray, result: np.ndarray) -> None:
    """Adds a variation and the photograph that it was composited into."""
    self._drawn.append(variation)
    self._composited.append(result[self._part].copy())

  def __len__(self) -> int:
    """The number of variations."""
    return len(self._drawn)

  @property
  def cells(self) -> dict[str, list[str]]:
    """Labels of the pictures of each row."""
    names = [f"edit {i}" for i in range(len(self))]
    return {"steps": list(self._steps), "drawn": names, "composited": names}

  @property
  def rows(self) -> dict[str, np.ndarray]:
    """The pictures of each row, side by side."""
    return {
      "steps": self._row(self._steps.values()),
      "drawn": self._row(self._drawn),
      "composited": self._row(self._composited),
    }

  def _row(self, pictures: Iterable[np.ndarray]) -> np.ndarray:
    return grids.grid([np.stack([_fitted(p, self._side) for p in pictures])])


def _around(region: np.ndarray, small: int) -> tuple[slice, slice]:
  """The part of a photograph to look at: all, or a square around the region."""
  if max(region.shape) <= small:
    return slice(None), slice(None)
  ends = [np.flatnonzero(region.any(axis))[[0, -1]] + (0, 1) for axis in (1, 0)]
  # As much again is seen around the region, if the photograph has as much.
  extent = max(last - first for first, last in ends)
  side = min(max(small // 2, 2 * extent), max(extent, min(region.shape)))
  slices = []
  for (first, last), length in zip(ends, region.shape, strict=True):
    start = int(np.clip((first + last - side) // 2, 0, max(0, length - side)))
    slices.append(slice(start, start + side))
  return slices[0], slices[1]


def _tinted(picture: np.ndarray, inside: np.ndarray) -> np.ndarray:
  """A picture with all that changes half as bright, and half red."""
  tinted = picture // 2
  tinted[:, :, 0] += 127
  return np.where(inside[:, :, None], tinted, picture)


def _fitted(picture: np.ndarray, side: int) -> np.ndarray:
  """A picture scaled into a white square, in whole pixels where it is small."""
  longest = max(picture.shape[:2])
  scaled = Image.fromarray(picture).resize(
    [max(1, round(side * n / longest)) for n in picture.shape[1::-1]],
    Image.Resampling.LANCZOS if side % longest else Image.Resampling.NEAREST,
  )
  square = Image.new("RGB", (side, side), "white")
  square.paste(
    scaled, ((side - scaled.width) // 2, (side - scaled.height) // 2)
  )
  return np.asarray(square)
