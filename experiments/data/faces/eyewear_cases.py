"""Drawn faces with sunglasses, and the same faces without."""

import dataclasses
from typing import NamedTuple

import numpy as np

from experiments.data.faces import attributes, population, renderer

# The first member of the population that no training has seen.
FIRST_FACE = 100_000


class Case(NamedTuple):
  """One face to edit.

  Attributes:
    worn: The face with sunglasses, uint8 `[size, size, 3]`.
    truth: The same face without sunglasses.
    region: The sunglasses and the pixels next to them, bool `[size, size]`.
    tone: The skin tone to paint over the region, three numbers of 0 to 255.
  """

  worn: np.ndarray
  truth: np.ndarray
  region: np.ndarray
  tone: np.ndarray

  @property
  def paint(self) -> np.ndarray:
    """The tone in the region as a painting, uint8 RGBA `[size, size, 4]`."""
    paint = np.zeros((*self.region.shape, 4), np.uint8)
    paint[self.region] = [*self.tone, 255]
    return paint

  @property
  def painted(self) -> np.ndarray:
    """`worn` with the painting on it."""
    return np.where(self.region[:, :, None], self.paint[:, :, :3], self.worn)


def draw_case(index: int, size: int) -> Case:
  """Draws one member of the population with and without sunglasses."""
  face: attributes.Face = population.sample_face(0, index)
  worn, truth = (
    renderer.render(dataclasses.replace(face, eyewear=eyewear), size)
    for eyewear in ("sunglasses", "none")
  )
  difference = np.abs(worn.astype(int) - truth.astype(int)).max(-1)
  region = _grown(difference > 12) & renderer.eyewear_mask(face, size)
  return Case(worn, truth, region, _skin_tone(worn, region))


def _skin_tone(worn: np.ndarray, region: np.ndarray) -> np.ndarray:
  """The median of what lies just below the lenses: a cheek, mostly."""
  below = np.zeros_like(region)
  below[2:] = region[:-2]
  below[3:] |= region[:-3]
  below &= ~region
  rows = np.flatnonzero(region.any(1))
  # Not beside the temples, where hair may be.
  below[: int(rows.mean())] = False
  if not below.any():
    below = ~region
  return np.median(worn[below], axis=0)


def _grown(region: np.ndarray) -> np.ndarray:
  """The region and the pixels next to it."""
  padded = np.pad(region, 1)
  return (
    region
    | padded[:-2, 1:-1]
    | padded[2:, 1:-1]
    | padded[1:-1, :-2]
    | padded[1:-1, 2:]
  )
