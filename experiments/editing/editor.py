"""Steps of an edit, drawn with a trained run.

The studio and `experiments.edit --edit` draw with this code, so that a step has
the same pixels in both.
"""

from collections.abc import Iterator

import numpy as np
from absl import logging

from experiments.data.window import Window
from experiments.editing.edit_file import EditFile
from experiments.editing.level_changes import LevelChanges
from experiments.editing.photograph import Compositor, OpenPhotograph
from experiments.editing.session import EditSession
from experiments.editing.step import Step
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors


class PreparedStep:
  """A step on an opened photograph, ready to be drawn.

  Attributes:
    step: The step; its window is that of the photograph.
    region: Where the photograph changes, uint8 `[height, width]`.
  """

  def __init__(
    self,
    session: EditSession,
    changes: LevelChanges | None,
    photograph: OpenPhotograph,
    step: Step,
  ):
    """Paints and masks; `Editor.prepare` has the arguments."""
    self.step = step
    self._changes = changes
    self._photograph = photograph
    self._level = session.level(step.request.level)
    self._coarse = None
    if step.changes is not None and changes is None:
      raise errors.UserError(
        "Changing levels one by one needs a model that encodes images. Use "
        "the run of a LapCVAE."
      )
    if step.paint is not None:
      self._coarse = photograph.painted(step.paint, self._level)
    self.region = photograph.region(self._mask(), self._level)
    self._compositor: Compositor | None = None

  @property
  def arrays(self) -> list[np.ndarray]:
    """All arrays that it holds but those of the photograph.

    One may be there twice, or be a view of another.
    """
    arrays = [*self.step.arrays, self.region]
    if self._coarse is not None:
      arrays.append(self._coarse)
    # Another thread may make it meanwhile.
    compositor = self._compositor
    return arrays if compositor is None else arrays + compositor.arrays

  def _mask(self) -> np.ndarray:
    mask, window = self.step.mask, self._photograph.window
    if mask is None and self.step.paint is not None:
      return self.step.paint[:, :, 3]
    shape = self._photograph.pixels.shape[:2]
    if mask is None:
      mask = np.full((window.side, window.side), 255, np.uint8)
    if mask.shape == (window.side, window.side) != shape:
      whole = np.zeros(shape, np.uint8)
      window.view(whole)[:] = mask
      return whole
    return mask

  def draw(self) -> Iterator[np.ndarray]:
    """Yields variations, uint8 `[batch, size, size, 3]`."""
    request = self.step.request
    if self.step.changes is not None:
      return self._changes.draw(
        self._photograph.levels[0],
        self.step.changes,
        self.step.second,
        request.count,
        request.seed,
        request.temperature,
      )
    return self._photograph.draw_requested(
      request, self._level, self._coarse, self.region
    )

  def composite(self, variation: np.ndarray) -> np.ndarray:
    """Returns the photograph with a variation in the region."""
    if self._compositor is None:
      self._compositor = self._photograph.compositor(
        self.region, self.step.request.blend, self.step.request.onto
      )
    return self._compositor(variation)


class Editor:
  """A trained run, ready for steps of edits.

  Attributes:
    session: Its `EditSession`.
    facts: What an edit's file says of the model.
  """

  def __init__(self, run: TrainedRun):
    """Compiles nothing yet; the first use of each function does.

    Raises:
      UserError: If the model cannot edit.
    """
    self.session = EditSession(run.model, run.config.data)
    self.facts = {
      "run": run.run_dir.path.name,
      "preset": run.preset,
      "sizes": list(run.config.model.sizes),
    }
    self._changes = None
    if run.family.has_encoder:
      self._changes = LevelChanges(run.model)

  def open(
    self, pixels: np.ndarray, box: tuple[int, int, int] | None = None
  ) -> OpenPhotograph:
    """Opens a photograph with the window of a step."""
    window = Window.for_model(self.session.data, box=box)
    return self.session.open(pixels, window)

  def prepare(self, photograph: OpenPhotograph, step: Step) -> PreparedStep:
    """Prepares a step.

    Args:
      photograph: An opened photograph, with the window of the step.
      step: What to change, and how.

    Raises:
      UserError: If the step does not go with the model or the photograph.
    """
    return PreparedStep(self.session, self._changes, photograph, step)

  def check(self, edit: EditFile, name: str) -> None:
    """Checks that an edit was made with a model of the same pyramid.

    Raises:
      UserError: If it was not.
    """
    if edit.model.get("sizes") != self.facts["sizes"]:
      raise errors.UserError(
        f"{name} was made with a model of sizes {edit.model.get('sizes')}, and "
        f"this one has {self.facts['sizes']}. Use the run "
        f"{edit.model.get('run')!r} that it was made with."
      )

  def prepare_last(self, edit: EditFile) -> PreparedStep:
    """Prepares the last step of an edit, after all steps before it.

    Raises:
      UserError: If a step does not go with the model or the photograph, or one
        before the last has no chosen variation.
    """
    pixels = edit.photograph
    for i, step in enumerate(edit.steps[:-1]):
      pixels = self.replayed(pixels, step)
      logging.info("Step %d of %d.", i + 1, len(edit.steps))
    last = edit.steps[-1]
    return self.prepare(self.open(pixels, last.request.box), last)

  def replayed(self, pixels: np.ndarray, step: Step) -> np.ndarray:
    """Returns a photograph after a step, its chosen variation composited.

    Raises:
      UserError: If the step has no chosen variation.
    """
    if step.chosen is None:
      raise errors.UserError(
        "A step that others follow names the variation that was chosen; this "
        "one does not. Choose one in the studio and save the edit again."
      )
    photograph = self.open(pixels, step.request.box)
    prepared = self.prepare(photograph, step)
    variations = np.concatenate(list(prepared.draw()))
    return prepared.composite(variations[step.chosen])
