"""One step of an edit, and its form in JSON. Needs no TensorFlow."""

import dataclasses
import pathlib
from typing import Any

import numpy as np

from experiments.config.requests.edit import EditRequest
from experiments.data import image_decoding
from experiments.editing import json_values, material
from experiments.system import errors

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

  @property
  def arrays(self) -> list[np.ndarray]:
    """All arrays that it holds."""
    images = (self.paint, self.mask, self.second)
    return [image for image in images if image is not None]


def parse(
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
    return read(value, max_pixels, second)
  except ValueError as error:
    raise errors.UserError(f"The step cannot be read: {error}.") from error


def read(value: Any, max_pixels: int, second: np.ndarray | None = None) -> Step:
  """Reads a step as part of a file; `parse` has the arguments.

  Raises:
    ValueError: If a value is unknown or of the wrong kind.
    UserError: If one is out of its range.
  """
  if not isinstance(value, dict):
    raise ValueError("a step is an object")
  json_values.check_keys(value, (*_SETTINGS, *_OTHERS))
  settings = {
    key: json_values.of_kind(value, key, kind)
    for key, kind in _SETTINGS.items()
    if value.get(key) is not None
  }
  box = value.get("box")
  if box is not None:
    if not isinstance(box, list) or [type(n) for n in box] != [int] * 3:
      raise ValueError("box is [LEFT, TOP, SIDE], three integers")
    settings["box"] = tuple(box)
  mask = json_values.image_bytes(value, "mask", max_pixels)
  if mask is not None:
    mask = material.read_mask(pathlib.Path("The region"), mask)
  paint = json_values.image_bytes(value, "paint", max_pixels)
  if paint is not None:
    paint = material.read_paint(
      pathlib.Path("The painting"), paint, mask is not None
    )
  changes = value.get("changes")
  if value.get("second") is not None:
    second = json_values.picture(value, "second", max_pixels)
  if changes is not None:
    if paint is not None:
      raise ValueError("a step paints or changes latents, not both")
    changes = tuple(map(_change, json_values.of_kind(value, "changes", list)))
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
    chosen = json_values.of_kind(value, "chosen", int)
    if not 0 <= chosen < request.count:
      raise ValueError(f"chosen lies in 0 to {request.count - 1}")
  return Step(request, paint, mask, changes, second, chosen)


def _change(value: Any) -> LevelChange:
  if not isinstance(value, dict):
    raise ValueError("a change is an object")
  json_values.check_keys(value, ("source", "scale"))
  source = value.get("source", LevelChange.source)
  if source not in LevelChange.SOURCES:
    raise ValueError(
      f"source is one of {', '.join(LevelChange.SOURCES)}, not {source!r}"
    )
  scale = LevelChange.scale
  if "scale" in value:
    scale = json_values.of_kind(value, "scale", float)
  # Written so that NaN is refused.
  if not 0.0 <= scale <= MAX_SCALE:
    raise ValueError(f"a scale lies in [0, {MAX_SCALE:g}], not {scale!r}")
  return LevelChange(source, scale)


def written(step: Step) -> dict[str, Any]:
  """Returns the JSON values of a step, without those that are the default."""
  default = EditRequest()
  values: dict[str, Any] = {
    key: getattr(step.request, key)
    for key in (*_SETTINGS, "box")
    if getattr(step.request, key) != getattr(default, key)
  }
  for key in ("paint", "mask", "second"):
    image = getattr(step, key)
    if image is not None:
      values[key] = json_values.base64_png(image)
  if step.changes is not None:
    values["changes"] = [dataclasses.asdict(c) for c in step.changes]
  if step.chosen is not None:
    values["chosen"] = step.chosen
  return values
