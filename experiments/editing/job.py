"""Edits of one photograph, from files to files (Section 5.2 of LapCVAE)."""

import dataclasses
import hashlib
import json
import pathlib
from collections.abc import Iterator
from typing import Any

import numpy as np
from absl import logging

from experiments.config.requests.edit import EditRequest
from experiments.data.window import Window
from experiments.editing.material import Material
from experiments.editing.session import EditSession
from experiments.editing.sheet import COLUMNS, Sheet
from experiments.pictures import charts, grids
from experiments.runs import trained_run
from experiments.system import outputs

# Characters of a file's name in the name of a folder.
_STEM = 40


class Edit:
  """A request about one photograph, ready to be drawn.

  Attributes:
    level: The painted or kept level.
    sheet: The steps; it has the variations that were added to it.
  """

  def __init__(
    self, session: EditSession, material: Material, request: EditRequest
  ):
    """Opens the photograph and paints it.

    Raises:
      UserError: If the region lies outside of what the model sees, the level is
        none of the model's, or a size or an option does not go with the edit.
    """
    self._request = request
    self.level = level = session.level(request.level)
    window = Window.for_model(session.data, request.training_crop, request.box)
    self._photograph = session.open(material.photograph, window)
    self._coarse, mask = None, material.mask
    if material.paint is not None:
      self._coarse = self._photograph.painted(material.paint, level)
      mask = material.paint[:, :, 3] if mask is None else mask
    self._region = self._photograph.region(mask, level)
    self.sheet = Sheet(self._photograph, self._region, level, self._coarse)

  def results(self) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yields variations, and the photograph with each composited into it."""
    request = self._request
    batches = self._photograph.draw_requested(
      request, self.level, self._coarse, self._region
    )
    compositor = self._photograph.compositor(
      self._region, request.blend, request.onto
    )
    for variations in batches:
      for variation in variations:
        yield variation, compositor(variation)


def edit_file(
  run_path: str,
  material: Material,
  request: EditRequest,
  out: str | None = None,
) -> None:
  """Writes `edit_NN.png` of the photograph's size and a sheet of the steps.

  Args:
    run_path: The folder of a run.
    material: What `material.read` read for the request.
    request: What to change, and how.
    out: The folder to write into; None for one in the run's edits, whose name
      says what was done.

  Raises:
    UserError: If the folder holds other files or cannot be written, or the
      request does not go with the model or the photograph.
  """
  run = trained_run.load(run_path)
  edit = Edit(EditSession(run.model, run.config.data), material, request)
  maker = {
    "run": str(run.run_dir.path.resolve()),
    "steps": run.steps,
    **dataclasses.asdict(request),
    "level": edit.level,
    "digests": material.digests,
  }
  if out is None:
    name = _name(request, edit.level, maker)
    out = str(run.run_dir.results / "edits" / name)
  folder = outputs.claimed_folder(out, maker)
  digits = max(2, len(str(request.count - 1)))
  with outputs.explained(folder):
    for i, (variation, result) in enumerate(edit.results()):
      grids.save_png(folder / f"edit_{i:0{digits}d}.png", result)
      logging.info("%d of %d edits.", i + 1, request.count)
      if len(edit.sheet) < COLUMNS:
        edit.sheet.add(variation, result)
    path = folder / "sheet.png"
    title = (
      f"{run.run_dir.path.name} ({run.preset}), {_in_words(edit, request)}"
    )
    charts.labelled_rows(path, edit.sheet.rows, title, edit.sheet.cells)
  print(f"Wrote {request.count} edits: {folder}")
  print(f"All steps: {path}")


def _changed(request: EditRequest) -> Iterator[tuple[str, Any]]:
  """The options that do not say where, how many or which noise, if unusual."""
  for field in ("temperature", "base", "fit", "keep_coarse", "blend", "onto"):
    value = getattr(request, field)
    if value != getattr(EditRequest, field):
      yield field, value


def _name(request: EditRequest, level: int, maker: dict[str, Any]) -> str:
  """A folder's name that says what made it, and differs where that differs."""
  source = request.paint or request.strokes or request.mask
  stems = (pathlib.Path(path).stem[:_STEM] for path in (request.image, source))
  words = [*stems, f"level{level}", f"seed{request.seed}"]
  for field, value in _changed(request):
    words.append(field if value is True else str(value))
  words.append(hashlib.sha256(json.dumps(maker).encode()).hexdigest()[:6])
  return "_".join(words)


def _in_words(edit: Edit, request: EditRequest) -> str:
  words = [f"level {edit.level}", f"seed {request.seed}"]
  for field, value in _changed(request):
    words.append(field if value is True else f"{field} {value}")
  return ", ".join(words)
