"""Painting and masks for an edit, from files."""

import json
import pathlib

import numpy as np
from PIL import Image, ImageColor, ImageDraw

from experiments.harness import errors

_SUPERSAMPLED = 4

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
    scale = _SUPERSAMPLED
    layer = Image.new("RGBA", (scale * width, scale * height))
    pen = ImageDraw.Draw(layer)
    for stroke in strokes:
      _draw(pen, stroke, scale)
  except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
    raise errors.UserError(
      f"{path} holds no strokes ({error}). The form is {_FORM}."
    ) from error
  # Reduced with colours weighted by their opacity.
  values = np.asarray(layer, np.float64) / 255.0
  values[:, :, :3] *= values[:, :, 3:]
  values = values.reshape(height, scale, width, scale, 4).mean((1, 3))
  opacity = values[:, :, 3:]
  values[:, :, :3] /= np.where(opacity > 0, opacity, 1.0)
  if opacity.max() == 0.0:
    raise errors.UserError(f"{path}: no stroke lies inside the image.")
  return values


def _draw(pen, stroke, scale):
  color = stroke["color"]
  if isinstance(color, str):
    color = ImageColor.getrgb(color)
  opacity = float(stroke.get("opacity", 1.0))
  fill = (*(int(c) for c in color[:3]), round(255 * opacity))
  radius = scale * float(stroke["width"]) / 2.0
  points = [(scale * float(x), scale * float(y)) for x, y in stroke["points"]]
  if len(points) > 1:
    pen.line(points, fill, width=max(1, round(2 * radius)), joint="curve")
  for x, y in (points[0], points[-1]):
    pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill)


def _open(path):
  try:
    with Image.open(path) as file:
      file.load()
      return file.copy()
  # Pillow's decoders raise exceptions of many kinds on damaged files.
  except Exception as error:
    raise errors.UserError(f"{path} cannot be read: {error}.") from error
