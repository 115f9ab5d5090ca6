"""Draws a face: `render(face, size)`, in NumPy alone."""

import numpy as np

from experiments.config.data_config import MIN_FACE_SIZE
from experiments.data.faces import colors, eyes, hair, head, mouth, scene, worn
from experiments.data.faces.attributes import Face
from experiments.data.faces.canvas import Canvas

_DRAWN_SIZE = 64


def check_size(size: int) -> None:
  """Raises a ValueError unless `size` is an integer that can be drawn."""
  if not isinstance(size, int | np.integer) or isinstance(size, bool):
    raise ValueError(
      f"The side of a picture is an integer number of pixels, got {size!r}. "
      "Pass an int, such as 64."
    )
  if size < MIN_FACE_SIZE:
    raise ValueError(
      f"A face needs at least {MIN_FACE_SIZE} pixels a side, got {size}. "
      "Render it larger and shrink the picture."
    )


def _drawn_side(size: int) -> int:
  """Returns the side that is drawn: lashes need more than 32 pixels."""
  return size * max(1 if size > 128 else 2, -(-_DRAWN_SIZE // size))


def render(face: Face, size: int) -> np.ndarray:
  """Draws a face.

  Args:
    face: The person, the pose, the light and the surroundings.
    size: Side of the picture in pixels, at least 8.

  Returns:
    uint8 `[size, size, 3]`, equal for equal arguments. Pictures of different
    sizes show the same, so a small one is near the area mean of a large one.

  Raises:
    ValueError: If `size` is no integer or is below 8.
  """
  check_size(size)
  canvas = Canvas(face, _drawn_side(size))
  light = colors.light_of(face)
  scene.paint_background(canvas, face)
  hair.paint_back(canvas, face, light)
  worn.paint_scarf_back(canvas, face, light)
  scene.paint_body(canvas, face, light)
  head.paint_ears(canvas, face, light)
  head.paint(canvas, face, light)
  mouth.paint_facial_hair(canvas, face, light)
  mouth.paint(canvas, face, light)
  eyes.paint(canvas, face, light)
  eyes.paint_brows(canvas, face, light)
  worn.paint_earrings(canvas, face, light)
  hair.paint_front(canvas, face, light)
  worn.paint_headwear(canvas, face, light)
  worn.paint_eyewear(canvas, face, light)
  return _quantised(_area_mean(canvas.rgb, size))


def eyewear_mask(face: Face, size: int) -> np.ndarray:
  """Returns where `face.eyewear` may change a picture.

  Args:
    face: The person; its own `eyewear` is ignored.
    size: Side of the picture in pixels, at least 8.

  Returns:
    bool `[size, size]`. Outside of it, faces that differ in eyewear alone have
    bit-equal pictures.

  Raises:
    ValueError: If `size` is no integer or is below 8.
  """
  check_size(size)
  side = _drawn_side(size)
  drawn = np.zeros((1, side, side), np.float32)
  window = worn.eyewear_region(Canvas(face, side)).window
  drawn[:, window[0], window[1]] = 1.0
  return _area_mean(drawn, size)[0] > 0.0


def _area_mean(rgb: np.ndarray, size: int) -> np.ndarray:
  factor = rgb.shape[1] // size
  if factor == 1:
    return rgb
  blocks = rgb.reshape(rgb.shape[0], size, factor, size, factor)
  return blocks.mean(axis=(2, 4))


def _quantised(rgb: np.ndarray) -> np.ndarray:
  scaled = np.clip(rgb, 0.0, 1.0) * 255.0 + 0.5
  return np.ascontiguousarray(scaled.astype(np.uint8).transpose(1, 2, 0))
