"""The `edit` verb: an edit's file, as the studio saves it, drawn again."""

from typing import Any

from experiments.editing import edit_file, json_values
from experiments.editing.edit_file import EditFile
from experiments.editing.editor import Editor
from experiments.model_server.encoded_images import MAX_PIXELS
from experiments.model_server.sources import Source
from experiments.model_server.tensors import RefusedError
from experiments.runs import trained_run
from experiments.system import errors

MAX_VARIATIONS = 64
MAX_ANSWERED = 100_000_000
"""The most pixels of all photographs of an answer.

An answer is made in memory and takes up to 20 bytes a pixel there, so that this
is 2 GB. The largest photograph may be drawn 4 times.
"""


class Edits:
  """Edits with the runs of a server's models.

  A run is loaded at its first edit, and stays. Not for several threads.
  """

  def __init__(self):
    """Loads nothing yet."""
    self._editors: dict[str, Editor] = {}

  def draw(self, source: Source, content: bytes) -> dict[str, Any]:
    """Draws an edit.

    Args:
      source: The model.
      content: The bytes of an edit's file.

    Returns:
      `images`, the photograph with each variation of the last step, and `image`
      with the chosen one, if one was chosen: `{"b64": ...}`, PNG files.

    Raises:
      RefusedError: If the model cannot edit, or the edit cannot be read or does
        not go with the model.
    """
    if source.run is None:
      raise RefusedError(
        f"{source.name} has no run to edit with; serve the folder of a run or "
        "a bundle, and ask its cascade."
      )
    try:
      edit = edit_file.parse(content, "The request", MAX_PIXELS)
      count = sum(step.request.count for step in edit.steps)
      if count > MAX_VARIATIONS:
        raise RefusedError(
          f"steps have {count} variations in all; ask for at most "
          f"{MAX_VARIATIONS}."
        )
      _check_size(edit)
      editor = self._editor(source)
      editor.check(edit, "The request")
      prepared = editor.prepare_last(edit)
      results = [
        {"b64": json_values.base64_png(prepared.composite(variation))}
        for variations in prepared.draw()
        for variation in variations
      ]
    except errors.UserError as error:
      raise RefusedError(str(error)) from error
    answer: dict[str, Any] = {"images": results}
    if prepared.step.chosen is not None:
      answer["image"] = results[prepared.step.chosen]
    return answer

  def _editor(self, source: Source) -> Editor:
    if source.name not in self._editors:
      self._editors[source.name] = Editor(trained_run.load(source.run))
    return self._editors[source.name]


def _check_size(edit: EditFile) -> None:
  height, width, _ = edit.photograph.shape
  count = edit.steps[-1].request.count
  if (pixels := count * height * width) > MAX_ANSWERED:
    raise RefusedError(
      f"The last step has {count} variations of a photograph of "
      f"{width}x{height}, {pixels:,} pixels in all, and at most "
      f"{MAX_ANSWERED:,} are answered; ask for fewer variations (count), or "
      "shrink the photograph."
    )
