"""What one page works on: a photograph, a drawing and a history of edits."""

import dataclasses
from typing import Any, NamedTuple

import numpy as np

from experiments.editing import composite
from experiments.editing.edit_file import EditFile
from experiments.editing.editor import PreparedStep
from experiments.editing.photograph import OpenPhotograph
from experiments.editing.step import Step
from experiments.system import errors
from experiments.web_studio.history import Accepted, History
from experiments.web_studio.models import Model
from experiments.web_studio.worker import Job, Replaced

MAX_VARIATIONS = 64


class Drawing(NamedTuple):
  """Variations of a step, of which none is chosen yet.

  Attributes:
    number: Which of the desk's drawings it is.
    prepared: The step.
    variations: uint8 `[count, size, size, 3]`.
    previews: The same in their places in what the model sees, likewise.
  """

  number: int
  prepared: PreparedStep
  variations: np.ndarray
  previews: np.ndarray


class Desk:
  """One page's work. What changes it runs in the worker's thread.

  Attributes:
    model: The model that draws.
    photograph: What is open, or None.
    drawing: The newest variations, or None.
    second: What the model sees of a second photograph, or None.
  """

  def __init__(self, model: Model):
    """Opens nothing yet."""
    self.model = model
    self.photograph: OpenPhotograph | None = None
    self.drawing: Drawing | None = None
    self.second: np.ndarray | None = None
    self._second_pixels: np.ndarray | None = None
    self._history = History()
    self._drawings = 0
    self._version = 0

  @property
  def state(self) -> dict[str, Any]:
    """What the page shows, as JSON values."""
    state: dict[str, Any] = {
      "model": self.model.name,
      "version": self._version,
      "open": self.photograph is not None,
      "position": self._history.position,
      "history": [entry.words for entry in self._history.entries],
      "second": self.second is not None,
    }
    if self.photograph is not None:
      height, width = self.photograph.pixels.shape[:2]
      window = self.photograph.window
      state |= {
        "width": width,
        "height": height,
        "box": [window.left, window.top, window.side],
        "reconstructs": bool(self.photograph.reconstructions),
      }
    return state

  @property
  def bytes(self) -> int:
    """How much memory its arrays take."""
    # Whoever asks is in another thread than what changes them.
    photograph, drawing = self.photograph, self.drawing
    seconds = (self.second, self._second_pixels)
    arrays = [second for second in seconds if second is not None]
    arrays += self._history.arrays
    if photograph is not None:
      arrays += photograph.arrays
    if drawing is not None:
      arrays += [drawing.variations, drawing.previews]
      arrays += drawing.prepared.arrays
    # Steps share a second photograph, and a region may be part of a painting.
    owners = map(_owner, arrays)
    return sum({id(owner): owner.nbytes for owner in owners}.values())

  def opened(self) -> OpenPhotograph:
    """Returns the photograph.

    Raises:
      UserError: If none is open.
    """
    if self.photograph is None:
      raise errors.UserError("Open a photograph first.")
    return self.photograph

  def open(self, pixels: np.ndarray) -> None:
    """Opens a photograph and forgets the one before."""
    self._show(pixels, None)
    self._history = History()

  def place(self, box: tuple[int, int, int]) -> None:
    """Places the window that the model sees."""
    self._show(self.opened().pixels, box)

  def use(self, model: Model) -> None:
    """Goes on with another model."""
    self.model = model
    if self.photograph is not None:
      self._show(self.photograph.pixels, self._box())
    if self._second_pixels is not None:
      self.open_second(self._second_pixels)

  def open_second(self, pixels: np.ndarray) -> None:
    """Opens the photograph that levels may be taken from."""
    self.second = self.model.editor.open(pixels).levels[0]
    self._second_pixels = pixels

  def draw(self, step: Step, job: Job) -> Drawing:
    """Draws variations of a step in the present window.

    Raises:
      UserError: If the step does not go with the photograph or the model.
    """
    photograph, request = self.opened(), step.request
    if request.count > MAX_VARIATIONS:
      raise errors.UserError(
        f"{request.count} variations: draw at most {MAX_VARIATIONS} at a time."
      )
    second = self.second if step.changes is not None else None
    placed = dataclasses.replace(request, box=self._box())
    step = dataclasses.replace(step, request=placed, second=second, chosen=None)
    prepared = self.model.editor.prepare(photograph, step)
    parts: list[np.ndarray] = []
    job.report(0, request.count)
    for part in prepared.draw():
      parts.append(part)
      job.report(sum(map(len, parts)), request.count)
    variations = np.concatenate(parts)
    self._drawings += 1
    previews = _in_place(photograph, prepared, variations)
    self.drawing = Drawing(self._drawings, prepared, variations, previews)
    return self.drawing

  def newest(self, number: int) -> Drawing:
    """Returns the drawing of a number.

    Raises:
      Replaced: If it is not the newest.
    """
    if self.drawing is None or self.drawing.number != number:
      raise Replaced(
        "These variations are gone: something else was drawn or opened "
        "meanwhile. Draw again."
      )
    return self.drawing

  def composite(self, number: int, chosen: int) -> np.ndarray:
    """Returns the photograph with a variation composited into it.

    Raises:
      Replaced: If the drawing is not the newest.
      UserError: If it has no such variation.
    """
    drawing = self.newest(number)
    if not 0 <= chosen < len(drawing.variations):
      raise errors.UserError(f"There is no variation {chosen}.")
    return drawing.prepared.composite(drawing.variations[chosen])

  def result(self, number: int, chosen: int) -> np.ndarray:
    """Returns what `composite` does, for whoever asked to have it.

    Raises:
      UserError: If the drawing is not the newest, or has no such variation.
    """
    try:
      return self.composite(number, chosen)
    except Replaced as error:
      # A page that only shows variations waits for the newer ones in silence.
      raise errors.UserError(str(error)) from error

  def accept(self, number: int, chosen: int) -> None:
    """Goes on with a variation; it becomes a step of the history.

    Raises:
      UserError: If the drawing is not the newest, or has no such variation.
    """
    result = self.result(number, chosen)
    pixels, drawing = self.opened().pixels, self.drawing
    step = dataclasses.replace(drawing.prepared.step, chosen=chosen)
    self._history.add(Accepted.between(step, self.model.name, pixels, result))
    self._show(result, self._box())

  def go_to(self, position: int) -> None:
    """Goes back or forth in the history.

    Raises:
      UserError: If it has no such position.
    """
    pixels = self._history.pixels_at(position, self.opened().pixels)
    self._history.position = position
    self._show(pixels, self._box())

  def file(self, chosen: tuple[int, int] | None) -> EditFile:
    """Returns the edit, to be saved.

    Args:
      chosen: The number of a drawing and of its variation, as a last step;
        None for what was accepted.

    Raises:
      UserError: If nothing was done, or the drawing is not the newest.
    """
    last = []
    if chosen is not None:
      self.result(*chosen)
      step = self.drawing.prepared.step
      last = [dataclasses.replace(step, chosen=chosen[1])]
    return self._history.file(
      self.opened().pixels, self.model.name, self.model.editor.facts, last
    )

  def open_edit(self, edit: EditFile, name: str, job: Job) -> None:
    """Opens a saved edit: its steps are drawn again and make the history.

    Raises:
      UserError: If it was made with another pyramid, or a step does not go.
    """
    editor = self.model.editor
    editor.check(edit, name)
    fresh = Desk(self.model)
    fresh.open(edit.photograph)
    for i, step in enumerate(edit.steps):
      job.report(i, len(edit.steps))
      if step.chosen is None:
        raise errors.UserError(f"Step {i + 1} of {name} has no choice.")
      fresh._show(fresh.opened().pixels, step.request.box)
      fresh.second = step.second
      drawing = fresh.draw(step, Job(lambda job: None, None))
      fresh.accept(drawing.number, step.chosen)
    self._history = fresh._history
    self.second, self._second_pixels = fresh.second, None
    self._show(fresh.opened().pixels, fresh._box())

  def _box(self) -> tuple[int, int, int]:
    window = self.opened().window
    return window.left, window.top, window.side

  def _show(self, pixels: np.ndarray, box: tuple[int, int, int] | None) -> None:
    self.photograph = self.model.editor.open(pixels, box)
    self.drawing = None
    self._version += 1


def _owner(array: np.ndarray) -> np.ndarray:
  """The array whose memory one is a view of, or itself."""
  return array.base if isinstance(array.base, np.ndarray) else array


def _in_place(
  photograph: OpenPhotograph, prepared: PreparedStep, variations: np.ndarray
) -> np.ndarray:
  """Variations composited at the size that the model sees, for thumbnails."""
  size = len(photograph.levels[0])
  region = photograph.window.view(prepared.region)
  index = np.arange(size + 1) * len(region) // size
  columns = np.maximum.reduceat(region, np.minimum(index[:-1], len(region) - 1))
  seen = np.maximum.reduceat(
    columns, np.minimum(index[:-1], len(region) - 1), axis=1
  )
  blend = composite.Blend(
    prepared.step.request.blend, seen.astype(np.float32) / 255.0
  )
  base = photograph.levels[0]
  if prepared.step.request.onto == "reconstruction":
    base = photograph.reconstructions[0]
  return np.stack([blend(base, variation) for variation in variations])
