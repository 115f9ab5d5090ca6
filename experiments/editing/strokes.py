"""Strokes of a brush: lists such as JSON holds, drawn as a painting."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from PIL import Image, ImageColor, ImageDraw

FORM = (
  '[{"color": "#c89070", "width": 12, "points": [[30, 40], [60, 40]]}]: '
  "a list of strokes, each with a color (a CSS name or three numbers from 0 to "
  "255), a width and points in pixels of the image, and maybe an opacity from "
  "0 to 1"
)
"""What strokes look like, for messages."""

_KEYS = ("color", "width", "points", "opacity")
# Pixels; a brush beyond them has slipped.
_FARTHEST = 100_000
_SUPERSAMPLED = 4
_THINNEST = 0.1
# Rows of the image that are drawn at a time.
_ROWS = 32


class Stroke(NamedTuple):
  """A stroke.

  Attributes:
    fill: RGBA of 0 to 255.
    radius: Half the width in pixels.
    points: (x, y) in pixels.
  """

  fill: tuple[int, ...]
  radius: float
  points: list[tuple[float, float]]


def parse(value: Any) -> list[Stroke]:
  """Reads strokes out of JSON values of the `FORM`.

  Raises:
    ValueError: If a value is missing, unknown or out of its range.
  """
  if not isinstance(value, list):
    raise ValueError(f"a list is expected, not {value!r}")
  return [_stroke(stroke) for stroke in value]


def draw(strokes: Sequence[Stroke], height: int, width: int) -> np.ndarray:
  """Draws strokes on a transparent image; later ones replace earlier ones.

  Returns:
    uint8 RGBA `[height, width, 4]`.
  """
  painting = np.zeros((height, width, 4), np.uint8)
  for top in range(0, height, _ROWS):
    rows = painting[top : top + _ROWS]
    reached = [s for s in strokes if _reaches(s, top, top + len(rows))]
    if reached:
      columns = _columns(reached, width)
      rows[:, columns] = _drawn(reached, top, rows.shape[:2], columns)
  return painting


def _stroke(value: Any) -> Stroke:
  if not isinstance(value, dict):
    raise ValueError(f"a stroke is an object, not {value!r}")
  if missing := sorted({*_KEYS} - {"opacity"} - set(value)):
    raise ValueError(f"a stroke has no {missing[0]}")
  if unknown := sorted(set(value) - {*_KEYS}):
    raise ValueError(
      f"a stroke has {unknown[0]!r}, which is none of {', '.join(_KEYS)}"
    )
  opacity = _number("opacity", value.get("opacity", 1.0), 0.0, 1.0)
  *color, alpha = _color(value["color"])
  points = value["points"]
  if not isinstance(points, list) or not points:
    raise ValueError(f"points is a list of [x, y], not {points!r}")
  return Stroke(
    (*color, round(alpha * opacity)),
    _number("width", value["width"], _THINNEST, _FARTHEST) / 2.0,
    [_point(point) for point in points],
  )


def _color(value: Any) -> tuple[int, int, int, int]:
  """Red, green, blue and alpha of 0 to 255."""
  if isinstance(value, str):
    color = ImageColor.getrgb(value)
    return (*color, 255) if len(color) == 3 else color
  if not isinstance(value, list) or len(value) != 3:
    raise ValueError(
      f"color is a CSS name or three numbers, not {value!r}; transparency is "
      "an opacity"
    )
  red, green, blue = (round(_number("color", c, 0, 255)) for c in value)
  return red, green, blue, 255


def _point(value: Any) -> tuple[float, float]:
  if not isinstance(value, list) or len(value) != 2:
    raise ValueError(f"a point is [x, y], not {value!r}")
  x, y = (_number("points", c, -_FARTHEST, _FARTHEST) for c in value)
  return x, y


def _number(name: str, value: Any, least: float, most: float) -> float:
  is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
  # Written so that NaN is refused.
  if not is_number or not least <= value <= most:
    raise ValueError(
      f"{name} takes numbers from {least:g} to {most:g}, not {value!r}"
    )
  return float(value)


def _reaches(stroke: Stroke, top: int, bottom: int) -> bool:
  reach = stroke.radius + 2.0
  rows = [y for _, y in stroke.points]
  return min(rows) - reach < bottom and max(rows) + reach > top


def _columns(strokes: Sequence[Stroke], width: int) -> slice:
  """The columns of the image that strokes reach."""
  left = min(x - s.radius for s in strokes for x, _ in s.points) - 2.0
  right = max(x + s.radius for s in strokes for x, _ in s.points) + 3.0
  return slice(*np.clip((int(left), int(right)), 0, width))


def _drawn(
  strokes: Sequence[Stroke],
  top: int,
  shape: tuple[int, int],
  columns: slice,
) -> np.ndarray:
  """The strokes in rows from `top` on and in some columns, uint8 RGBA."""
  scale = _SUPERSAMPLED
  height, width = (scale * side for side in shape)
  # It is as wide as the image: Pillow rounds slopes in a way that depends on x.
  layer = Image.new("RGBA", (width, height))
  pen = ImageDraw.Draw(layer)
  for fill, radius, points in strokes:
    radius = scale * radius
    points = [(scale * x, scale * (y - top)) for x, y in points]
    if len(points) > 1:
      pen.line(points, fill, width=max(1, round(2 * radius)), joint="curve")
    for x, y in (points[0], points[-1]):
      pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill)
  box = (scale * columns.start, 0, scale * columns.stop, height)
  values = np.asarray(layer.crop(box), np.float32)
  # Colours are weighted by their opacity, so that they are pure to the edge.
  values = np.concatenate(
    [values[:, :, :3] * values[:, :, 3:] / 255.0, values[:, :, 3:]], axis=-1
  )
  values = values.reshape(shape[0], scale, -1, scale, 4).mean((1, 3))
  opacity = values[:, :, 3:] / 255.0
  values[:, :, :3] /= np.where(opacity > 0, opacity, 1.0)
  return np.rint(values).astype(np.uint8)
