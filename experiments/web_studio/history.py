"""The steps that were accepted, with what each of them changed."""

from typing import Any, NamedTuple

import numpy as np

from experiments.editing.edit_file import EditFile
from experiments.editing.step import Step
from experiments.system import errors

MAX_STEPS = 100


class Accepted(NamedTuple):
  """A step of the history.

  Attributes:
    step: The step, with its chosen variation.
    model: The name of the model that drew it.
    top: The first row that changed.
    left: The first column that changed.
    before: The pixels of these rows and columns before.
    after: The same after.
  """

  step: Step
  model: str
  top: int
  left: int
  before: np.ndarray
  after: np.ndarray

  @classmethod
  def between(
    cls, step: Step, model: str, before: np.ndarray, after: np.ndarray
  ) -> "Accepted":
    """Returns the entry of a step, which keeps the changed part alone."""
    rows, columns = changed_box(before, after)
    parts = (image[rows, columns].copy() for image in (before, after))
    return cls(step, model, rows.start, columns.start, *parts)

  @property
  def words(self) -> dict[str, Any]:
    """What a page lists, as JSON values."""
    if self.step.changes is not None:
      what = "levels"
    else:
      what = "region" if self.step.paint is None else "painting"
    request = self.step.request
    return {
      "what": what,
      "level": request.level,
      "seed": request.seed,
      "model": self.model,
    }


class History:
  """Steps back and forth of one photograph.

  Attributes:
    entries: All steps, those that were stepped back over as well.
    position: How many of them the photograph has.
  """

  def __init__(self):
    """Starts at the photograph as it was opened."""
    self.entries: list[Accepted] = []
    self.position = 0

  @property
  def arrays(self) -> list[np.ndarray]:
    """All arrays that it holds; one may be there twice."""
    return [
      array
      for entry in self.entries
      for array in (entry.before, entry.after, *entry.step.arrays)
    ]

  def add(self, entry: Accepted) -> None:
    """Adds a step here; those that lay ahead are gone.

    Raises:
      UserError: If there are too many.
    """
    if self.position >= MAX_STEPS:
      raise errors.UserError(
        f"The history has {MAX_STEPS} steps. Download the photograph and open "
        "it anew."
      )
    self.entries[self.position :] = [entry]
    self.position += 1

  def pixels_at(self, position: int, pixels: np.ndarray) -> np.ndarray:
    """Returns the photograph at another position.

    Args:
      position: How many steps it has.
      pixels: The photograph at the present position.

    Raises:
      UserError: If there is no such position.
    """
    if not 0 <= position <= len(self.entries):
      raise errors.UserError(f"The history has no step {position}.")
    pixels = pixels.copy()
    for entry in reversed(self.entries[position : self.position]):
      _paste(pixels, entry, entry.before)
    for entry in self.entries[self.position : position]:
      _paste(pixels, entry, entry.after)
    return pixels

  def file(
    self,
    pixels: np.ndarray,
    model: str,
    facts: dict[str, Any],
    last: list[Step],
  ) -> EditFile:
    """Returns the edit up to here.

    A file is drawn again with one model, so that what another one drew before
    is part of its photograph, as is what is more than a history can hold.

    Args:
      pixels: The photograph at the present position.
      model: The name of the model that draws the file again.
      facts: What the file says of it.
      last: A step that is chosen and not accepted yet, or none.

    Raises:
      UserError: If there is no step.
    """
    start, first = self.position, self.position + len(last) - MAX_STEPS
    while start > max(first, 0) and self.entries[start - 1].model == model:
      start -= 1
    taken = self.entries[start : self.position]
    steps = (*(entry.step for entry in taken), *last)
    if not steps:
      raise errors.UserError(
        "Nothing to save yet: draw and choose a variation."
      )
    return EditFile(self.pixels_at(start, pixels), steps, facts)


def changed_box(before: np.ndarray, after: np.ndarray) -> tuple[slice, slice]:
  """The rows and columns that have all pixels in which two images differ."""
  differs = np.any(before != after, axis=-1)
  slices = []
  for axis in (1, 0):
    found = np.flatnonzero(differs.any(axis))
    ends = (found[0], found[-1] + 1) if len(found) else (0, 1)
    slices.append(slice(int(ends[0]), int(ends[1])))
  return slices[0], slices[1]


def _paste(pixels: np.ndarray, entry: Accepted, part: np.ndarray) -> None:
  height, width = part.shape[:2]
  rows = slice(entry.top, entry.top + height)
  pixels[rows, entry.left : entry.left + width] = part
