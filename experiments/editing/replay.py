"""An edit's file made again, from its steps to pictures."""

import hashlib
from collections.abc import Mapping
from typing import Any

from absl import logging

from experiments.editing.edit_file import EditFile
from experiments.editing.editor import Editor
from experiments.pictures import grids
from experiments.runs import trained_run
from experiments.system import outputs


def make_again(
  run_path: str, edit: EditFile, content: bytes, name: str, out: str | None
) -> None:
  """Writes the photograph after all steps, and variations of the last one.

  `edit_NN.png` are all variations of the last step, composited, and `edit.png`
  the chosen one, if one was chosen.

  Args:
    run_path: The folder of the run that the edit was made with.
    edit: The edit.
    content: The bytes of its file.
    name: The file's name, for messages and the folder.
    out: The folder to write into; None for one in the run's edits.

  Raises:
    UserError: If the model has other levels than the edit's, a step does not go
      with the photograph, or the folder cannot be written.
  """
  run = trained_run.load(run_path)
  editor = Editor(run)
  editor.check(edit, name)
  _note_another_model(edit.model, editor.facts)
  digest = hashlib.sha256(content).hexdigest()[:16]
  maker = {
    "run": str(run.run_dir.path.resolve()),
    "steps": run.steps,
    "edit": digest,
  }
  out = out or str(run.run_dir.path / "edits" / f"edit_{digest[:8]}")
  folder = outputs.claimed_folder(out, maker)
  prepared, last = editor.prepare_last(edit), edit.steps[-1]
  digits = max(2, len(str(last.request.count - 1)))
  number = 0
  with outputs.explained(folder):
    for variations in prepared.draw():
      for variation in variations:
        result = prepared.composite(variation)
        grids.save_png(folder / f"edit_{number:0{digits}d}.png", result)
        if number == last.chosen:
          grids.save_png(folder / "edit.png", result)
        number += 1
  print(f"Wrote {number} variations of step {len(edit.steps)}: {folder}")
  if last.chosen is not None:
    print(f"The chosen one: {folder / 'edit.png'}")


def _note_another_model(
  expected: Mapping[str, Any], found: Mapping[str, Any]
) -> None:
  for key in ("run", "preset"):
    if expected.get(key) != found[key]:
      logging.warning(
        "The edit was made with the %s %s, this is %s: pixels may differ.",
        key,
        expected.get(key),
        found[key],
      )
