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
    worn: With sunglasses, uint8 `[size, size, 3]`.
    truth: The same without.
    region: The sunglasses and what is next to them, bool `[size, size]`.
    painted: `worn` with skin tone in the region.
  """

  worn: np.ndarray
  truth: np.ndarray
  region: np.ndarray
  painted: np.ndarray


def draw_case(index: int, size: int) -> Case:
  """One member of the population with and without sunglasses."""
  face: attributes.Face = population.sample_face(0, index)
  worn, truth = (
    renderer.render(dataclasses.replace(face, eyewear=eyewear), size)
    for eyewear in ("sunglasses", "none")
  )
  difference = np.abs(worn.astype(int) - truth.astype(int)).max(-1)
  region = _grown(difference > 12)
  painted = worn.copy()
  painted[region] = _skin_tone(worn, region)
  return Case(worn, truth, region, painted)


def _skin_tone(worn, region):
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


def _grown(region):
  """The region and its neighbours."""
  padded = np.pad(region, 1)
  return (
    region
    | padded[:-2, 1:-1]
    | padded[2:, 1:-1]
    | padded[1:-1, :-2]
    | padded[1:-1, 2:]
  )
