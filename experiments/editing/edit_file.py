"""An edit as JSON: a photograph and the steps that were made of it.

    {"format": "laplacian-pyramid-edit", "version": 1,
     "model": {"run": "demo", "preset": "lapcvae_demo", "sizes": [32, 16, 8]},
     "photograph": "iVBOR...",
     "steps": [{"box": [0, 0, 512], "level": 2, "paint": "iVBOR...",
                "count": 8, "seed": 3, "blend": "feather", "chosen": 5}]}

Images are PNG files in base64. A step has the fields of an `EditRequest` that
are no paths, left out where they are the default, and names the variation that
was `chosen`, which the next step goes on with. Needs no TensorFlow.
"""

import dataclasses
import json
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.data import image_decoding
from experiments.editing import json_values
from experiments.editing import step as step_form
from experiments.editing.step import Step
from experiments.system import errors

FORMAT = "laplacian-pyramid-edit"
VERSION = 1
MAX_BYTES = 2_750_000_000
"""The most memory of all images of an edit, decoded.

The most that the studio saves fits in: a photograph of 24 megapixels and
a hundred steps, each with a region of the same size.
"""

# Of a decoded image, by the name of its field.
_BYTES_A_PIXEL = {"photograph": 3, "paint": 4, "mask": 1, "second": 3}


@dataclasses.dataclass(frozen=True, eq=False)
class EditFile:
  """A whole edit.

  Attributes:
    photograph: uint8 RGB `[height, width, 3]`.
    steps: What was done to it, in order; at least one.
    model: Facts of the model: `run`, `preset` and `sizes`, finest first.
  """

  photograph: np.ndarray
  steps: tuple[Step, ...]
  model: Mapping[str, Any]


def read(path: str) -> tuple[EditFile, bytes]:
  """Reads an edit's file; returns its contents as well.

  Raises:
    UserError: If it cannot be read or holds no edit.
  """
  try:
    content = pathlib.Path(path).expanduser().read_bytes()
  except OSError as error:
    raise errors.UserError(
      f"{path} cannot be read: {error.strerror}."
    ) from error
  return parse(content, path), content


def parse(
  content: bytes, name: str, max_pixels: int = image_decoding.MAX_PIXELS
) -> EditFile:
  """Reads an edit.

  Args:
    content: The bytes of the file.
    name: What messages call it.
    max_pixels: The most pixels that an image in it may have.

  Raises:
    UserError: If it holds no edit, or one whose images would take more than
      `MAX_BYTES`. Nothing is decoded then.
  """
  try:
    value = json.loads(content.decode("utf-8"))
    if not isinstance(value, dict) or value.get("format") != FORMAT:
      raise ValueError(f"its format is not {FORMAT}")
    if value.get("version") != VERSION:
      raise ValueError(
        f"its version is {value.get('version')!r}, and {VERSION} is read here"
      )
    json_values.check_keys(
      value, ("format", "version", "model", "photograph", "steps")
    )
    model = json_values.of_kind(value, "model", dict)
    steps = json_values.of_kind(value, "steps", list)
    if not steps:
      raise ValueError("it has no steps")
    _check_memory([value, *steps], name, max_pixels)
    photograph = json_values.picture(value, "photograph", max_pixels)
    if photograph is None:
      raise ValueError("it has no photograph")
    return EditFile(
      photograph, tuple(step_form.read(one, max_pixels) for one in steps), model
    )
  except (ValueError, RecursionError) as error:
    raise errors.UserError(
      f"{name} holds no edit that can be read: {error}. Save it again in the "
      "studio."
    ) from error


def _check_memory(holders: Sequence[Any], name: str, max_pixels: int) -> None:
  """Adds up what all images take, by their headers."""
  taken = sum(
    each * json_values.pixels(holder, key, max_pixels)
    for holder in holders
    if isinstance(holder, dict)
    for key, each in _BYTES_A_PIXEL.items()
  )
  if taken > MAX_BYTES:
    raise errors.UserError(
      f"{name} holds images that take {taken / 1e6:,.0f} MB decoded, and at "
      f"most {MAX_BYTES / 1e6:,.0f} MB are read. Make an edit of fewer steps, "
      "or shrink its paintings and its photograph."
    )


def written(edit: EditFile) -> bytes:
  """Returns the contents of an edit's file; `parse` reads them."""
  value = {
    "format": FORMAT,
    "version": VERSION,
    "model": dict(edit.model),
    "photograph": json_values.base64_png(edit.photograph),
    "steps": [step_form.written(one) for one in edit.steps],
  }
  return json.dumps(value, indent=1).encode("utf-8")
