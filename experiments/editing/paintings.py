"""Painting and masks for an edit, from files."""

import json
import pathlib
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from experiments.system import errors

_SUPERSAMPLED = 4
# Of the image, reduced at a time.
_ROWS = 64

_FORM = (
  '[{"color": "#c89070", "width": 12, "points": [[30, 40], [60, 40]]}]: '
  "a list of strokes, each with a colour, a width and points in pixels of the "
  'image, and if wanted an "opacity" up to 1'
)


def read_paint(path: str, masked: bool = False) -> np.ndarray:
  """A painting with transparency, float RGBA `[height, width, 4]` in [0, 1].

  Args:
    path: The image.
    masked: Whether a mask says where it was painted.

  Raises:
    UserError: If the file is no image, or nothing in it is transparent, so that
      nothing says where it was painted, or all of it is.
  """
  image = np.asarray(_open(path).convert("RGBA"), np.float64) / 255.0
  if image[:, :, 3].max() == 0.0:
    raise errors.UserError(
      f"{path} is transparent all over: nothing is painted."
    )
  if image[:, :, 3].min() >= 1.0 and not masked:
    raise errors.UserError(
      f"{path} has no transparent pixel, so it does not say where it paints. "
      "Save the strokes on a transparent layer, or add --mask."
    )
  return image


def read_mask(path: str) -> np.ndarray:
  """A mask, float `[height, width]`: white is 1, the region to change.

  Raises:
    UserError: If the file is no image, or black all over.
  """
  mask = np.asarray(_open(path).convert("L"), np.float64) / 255.0
  if mask.max() == 0.0:
    raise errors.UserError(
      f"{path} is black all over; paint the region to change white."
    )
  return mask


def draw_strokes(path: str, height: int, width: int) -> np.ndarray:
  """Strokes of a JSON file as a painting, as `read_paint` returns it.

  Raises:
    UserError: If the file does not hold strokes.
  """
  try:
    strokes = json.loads(pathlib.Path(path).read_text(encoding="utf-8"))
    strokes = [_read_stroke(stroke) for stroke in strokes]
    box = _box(strokes, height, width)
    drawn = _drawn(strokes, box, width)
  except (
    OSError,
    ArithmeticError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
  ) as error:
    raise errors.UserError(
      f"{path} holds no strokes ({error}). The form is {_FORM}."
    ) from error
  if not drawn.size or drawn[:, :, 3].max() == 0.0:
    raise errors.UserError(f"{path}: no stroke lies inside the image.")
  left, top, right, bottom = box
  painting = np.zeros((height, width, 4))
  painting[top:bottom, left:right] = drawn
  return painting


class _Stroke(NamedTuple):
  """Colour and opacity as RGBA of 0 to 255, half the width, and points."""

  fill: tuple[int, ...]
  radius: float
  points: list[tuple[float, float]]


def _read_stroke(stroke):
  color = stroke["color"]
  if isinstance(color, str):
    color = ImageColor.getrgb(color)
  opacity = float(stroke.get("opacity", 1.0))
  fill = (*(int(c) for c in color[:3]), round(255 * opacity))
  radius = float(stroke["width"]) / 2.0
  points = [(float(x), float(y)) for x, y in stroke["points"]]
  if not points:
    raise ValueError("a stroke has no points")
  return _Stroke(fill, radius, points)


def _box(strokes, height, width):
  """The part of the image that strokes reach: left, top, right, bottom."""
  low = np.full(2, np.inf)
  high = np.full(2, -np.inf)
  for stroke in strokes:
    reach = abs(stroke.radius) + 2.0
    low = np.minimum(low, np.min(stroke.points, axis=0) - reach)
    high = np.maximum(high, np.max(stroke.points, axis=0) + reach)
  left, top = (int(x) for x in np.clip(np.floor(low), 0, (width, height)))
  right, bottom = (int(x) for x in np.clip(np.ceil(high), 0, (width, height)))
  return left, top, max(left, right), max(top, bottom)


def _drawn(strokes, box, width):
  """The strokes inside the box, RGBA in [0, 1]."""
  left, top, right, bottom = box
  scale = _SUPERSAMPLED
  # As wide as the image: Pillow rounds slopes in a way that depends on x.
  layer = Image.new("RGBA", (scale * width, scale * (bottom - top)))
  pen = ImageDraw.Draw(layer)
  for fill, radius, points in strokes:
    radius = scale * radius
    points = [(scale * x, scale * (y - top)) for x, y in points]
    if len(points) > 1:
      pen.line(points, fill, width=max(1, round(2 * radius)), joint="curve")
    for x, y in (points[0], points[-1]):
      pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill)
  drawn = np.zeros((bottom - top, right - left, 4))
  for start in range(0, len(drawn), _ROWS):
    rows = drawn[start : start + _ROWS]
    part = (left, start, right, start + len(rows))
    rows[:] = _reduced(layer.crop([scale * edge for edge in part]))
  return drawn


def _reduced(layer):
  """RGBA of 0 to 255 -> [0, 1]; colours are weighted by their opacity."""
  values = np.asarray(layer, np.float64) / 255.0
  values[:, :, :3] *= values[:, :, 3:]
  height, width = (side // _SUPERSAMPLED for side in values.shape[:2])
  values = values.reshape(height, _SUPERSAMPLED, width, _SUPERSAMPLED, 4)
  values = values.mean((1, 3))
  opacity = values[:, :, 3:]
  values[:, :, :3] /= np.where(opacity > 0, opacity, 1.0)
  return values


def _open(path):
  try:
    with Image.open(path) as file:
      file.load()
      return file.copy()
  # Pillow's decoders raise exceptions of many kinds on damaged files.
  except Exception as error:
    raise errors.UserError(f"{path} cannot be read: {error}.") from error
