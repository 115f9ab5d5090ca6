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

import base64
import binascii
import dataclasses
import io
import json
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from experiments.config.requests.edit import EditRequest
from experiments.data import image_decoding
from experiments.editing import material
from experiments.system import errors

FORMAT = "laplacian-pyramid-edit"
VERSION = 1
MAX_SCALE = 10.0
"""The most that a level's latent may be scaled by."""

_SETTINGS = {
  "level": int,
  "count": int,
  "seed": int,
  "temperature": float,
  "base": str,
  "fit": bool,
  "keep_coarse": bool,
  "blend": str,
  "onto": str,
}
_NAMES = {
  int: "an integer",
  float: "a number",
  str: "text",
  bool: "true or false",
  list: "a list",
  dict: "an object",
}
_OTHERS = ("box", "paint", "mask", "changes", "second", "chosen")


@dataclasses.dataclass(frozen=True)
class LevelChange:
  """What becomes of the latent of one level.

  Attributes:
    source: `own` for the photograph's, `second` for that of a second
      photograph, `drawn` for one drawn given the coarser levels.
    scale: A factor on how far it lies from what the coarser levels predict.
  """

  source: str = "own"
  scale: float = 1.0

  SOURCES = ("own", "second", "drawn")


@dataclasses.dataclass(frozen=True, eq=False)
class Step:
  """One step of an edit.

  Attributes:
    request: The settings; `box` is the window, and all paths are None.
    paint: uint8 RGBA of the photograph's size or the level's, or None.
    mask: uint8 `[height, width]`, not zero where the photograph may change, of
      its size, that of the window or the level's; None for wherever it is
      painted, or for the whole window if latents change.
    changes: What becomes of the latent of every level, finest first; None for
      a step that paints or draws a region anew.
    second: What the model sees of a second photograph, uint8 `[size, size, 3]`,
      if `changes` takes from it.
    chosen: The number of the variation that the next step goes on with.
  """

  request: EditRequest
  paint: np.ndarray | None = None
  mask: np.ndarray | None = None
  changes: tuple[LevelChange, ...] | None = None
  second: np.ndarray | None = None
  chosen: int | None = None


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
    UserError: If it holds no edit.
  """
  try:
    value = json.loads(content.decode("utf-8"))
    if not isinstance(value, dict) or value.get("format") != FORMAT:
      raise ValueError(f"its format is not {FORMAT}")
    if value.get("version") != VERSION:
      raise ValueError(
        f"its version is {value.get('version')!r}, and {VERSION} is read here"
      )
    _check_keys(value, ("format", "version", "model", "photograph", "steps"))
    model = _of_kind(value, "model", dict)
    steps = _of_kind(value, "steps", list)
    if not steps:
      raise ValueError("it has no steps")
    photograph = _picture(value, "photograph", max_pixels)
    if photograph is None:
      raise ValueError("it has no photograph")
    return EditFile(
      photograph, tuple(_step(step, max_pixels) for step in steps), model
    )
  except (ValueError, RecursionError) as error:
    raise errors.UserError(
      f"{name} holds no edit that can be read: {error}. Save it again in the "
      "studio."
    ) from error


def written(edit: EditFile) -> bytes:
  """The contents of an edit's file; `parse` reads them."""
  value = {
    "format": FORMAT,
    "version": VERSION,
    "model": dict(edit.model),
    "photograph": _base64_png(edit.photograph),
    "steps": [_step_values(step) for step in edit.steps],
  }
  return json.dumps(value, indent=1).encode("utf-8")


def parse_step(
  value: Any,
  max_pixels: int = image_decoding.MAX_PIXELS,
  second: np.ndarray | None = None,
) -> Step:
  """Reads a step out of JSON values.

  Args:
    value: The values.
    max_pixels: The most pixels that an image in it may have.
    second: What the model sees of a second photograph, if the step has none.

  Raises:
    UserError: If a value is unknown, of the wrong kind or out of its range.
  """
  try:
    return _step(value, max_pixels, second)
  except ValueError as error:
    raise errors.UserError(f"The step cannot be read: {error}.") from error


def _step(
  value: Any, max_pixels: int, second: np.ndarray | None = None
) -> Step:
  if not isinstance(value, dict):
    raise ValueError("a step is an object")
  _check_keys(value, (*_SETTINGS, *_OTHERS))
  settings = {
    key: _of_kind(value, key, kind)
    for key, kind in _SETTINGS.items()
    if value.get(key) is not None
  }
  box = value.get("box")
  if box is not None:
    if not isinstance(box, list) or [type(n) for n in box] != [int] * 3:
      raise ValueError("box is [LEFT, TOP, SIDE], three integers")
    settings["box"] = tuple(box)
  mask = _image_bytes(value, "mask", max_pixels)
  if mask is not None:
    mask = material.read_mask(pathlib.Path("The region"), mask)
  paint = _image_bytes(value, "paint", max_pixels)
  if paint is not None:
    paint = material.read_paint(
      pathlib.Path("The painting"), paint, mask is not None
    )
  changes = value.get("changes")
  if value.get("second") is not None:
    second = _picture(value, "second", max_pixels)
  if changes is not None:
    if paint is not None:
      raise ValueError("a step paints or changes latents, not both")
    changes = tuple(map(_change, _of_kind(value, "changes", list)))
    taken = any(change.source == "second" for change in changes)
    if taken and second is None:
      raise errors.UserError(
        "A level takes from a second photograph: open one first."
      )
  elif paint is None and mask is None:
    raise errors.UserError(
      "Nothing to change: paint on the coarse image, or select a region."
    )
  if settings.get("fit") and paint is None:
    raise errors.UserError(
      "Fitted detail goes with a painting: paint on the coarse image, or "
      "switch it off."
    )
  request = EditRequest(**settings)
  chosen = value.get("chosen")
  if chosen is not None:
    chosen = _of_kind(value, "chosen", int)
    if not 0 <= chosen < request.count:
      raise ValueError(f"chosen lies in 0 to {request.count - 1}")
  return Step(request, paint, mask, changes, second, chosen)


def _change(value: Any) -> LevelChange:
  if not isinstance(value, dict):
    raise ValueError("a change is an object")
  _check_keys(value, ("source", "scale"))
  source = value.get("source", LevelChange.source)
  if source not in LevelChange.SOURCES:
    raise ValueError(
      f"source is one of {', '.join(LevelChange.SOURCES)}, not {source!r}"
    )
  scale = LevelChange.scale
  if "scale" in value:
    scale = _of_kind(value, "scale", float)
  # Written so that NaN is refused.
  if not 0.0 <= scale <= MAX_SCALE:
    raise ValueError(f"a scale lies in [0, {MAX_SCALE:g}], not {scale!r}")
  return LevelChange(source, scale)


def _step_values(step: Step) -> dict[str, Any]:
  """The JSON values of a step, without those that are the default."""
  default = EditRequest()
  values: dict[str, Any] = {
    key: getattr(step.request, key)
    for key in (*_SETTINGS, "box")
    if getattr(step.request, key) != getattr(default, key)
  }
  for key in ("paint", "mask", "second"):
    image = getattr(step, key)
    if image is not None:
      values[key] = _base64_png(image)
  if step.changes is not None:
    values["changes"] = [dataclasses.asdict(c) for c in step.changes]
  if step.chosen is not None:
    values["chosen"] = step.chosen
  return values


def _check_keys(value: Mapping[str, Any], known: tuple[str, ...]) -> None:
  if unknown := sorted(set(value) - {*known}):
    raise ValueError(
      f"{unknown[0]!r} is none of its fields, which are {', '.join(known)}"
    )


def _of_kind(value: Mapping[str, Any], key: str, kind: type) -> Any:
  found = value.get(key)
  if kind is float and type(found) is int:
    found = float(found)
  # A boolean is an integer to isinstance.
  if type(found) is not kind:
    raise ValueError(f"{key} is {_NAMES[kind]}, not {found!r:.80}")
  return found


def _image_bytes(
  value: Mapping[str, Any], key: str, max_pixels: int
) -> bytes | None:
  """The bytes of an image, its format and size checked."""
  if value.get(key) is None:
    return None
  try:
    encoded = base64.b64decode(_of_kind(value, key, str), validate=True)
  except binascii.Error as error:
    raise ValueError(f"{key} is no image in base64") from error
  try:
    image_decoding.check_header(encoded, max_pixels)
  except ValueError as error:
    raise ValueError(f"{key} cannot be read: {error}") from error
  return encoded


def _picture(
  value: Mapping[str, Any], key: str, max_pixels: int
) -> np.ndarray | None:
  encoded = _image_bytes(value, key, max_pixels)
  if encoded is None:
    return None
  try:
    return image_decoding.decode_rgb(encoded)
  except ValueError as error:
    raise ValueError(f"{key} cannot be read: {error}") from error


def _base64_png(image: np.ndarray) -> str:
  file = io.BytesIO()
  Image.fromarray(image).save(file, format="PNG", compress_level=4)
  return base64.b64encode(file.getvalue()).decode("ascii")
