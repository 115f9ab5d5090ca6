"""A picture painted in layers, and the coordinates that layers are drawn in."""

import dataclasses
import math

import numpy as np
from numpy.typing import ArrayLike

from experiments.data.faces import shapes
from experiments.data.faces.attributes import Face

Array = np.ndarray
Window = tuple[slice, slice]

TURN = 0.27
"""How far the middle of the face moves at yaw 1, in half widths of the head."""
NOD = 0.10
"""The same for pitch 1, in half heights."""
HEAD_WIDTH = 0.52
HEAD_HEIGHT = 0.74


@dataclasses.dataclass(frozen=True)
class Plane:
  """A rectangle of pixels and their coordinates.

  Attributes:
    window: Rows and columns of the rectangle.
    frame_x: Abscissas in the picture, `[height, width]`.
    frame_y: Ordinates in the picture.
    head_x: Abscissas on the head seen flat: upright, centred, of average size.
    head_y: Ordinates on the head.
    x: Abscissas on the face, which slides over the head as it turns.
    y: Ordinates on the face.
    pixel: Side of a pixel in these units.
  """

  window: Window
  frame_x: Array
  frame_y: Array
  head_x: Array
  head_y: Array
  x: Array
  y: Array
  pixel: float

  def part(self, window: Window) -> "Plane":
    """Returns the coordinates of a rectangle given in this plane's pixels."""
    rows, columns = window
    top, left = self.window[0].start, self.window[1].start
    return Plane(
      (
        slice(top + rows.start, top + rows.stop),
        slice(left + columns.start, left + columns.stop),
      ),
      self.frame_x[window],
      self.frame_y[window],
      self.head_x[window],
      self.head_y[window],
      self.x[window],
      self.y[window],
      self.pixel,
    )


class Canvas:
  """A square picture in the making.

  Attributes:
    rgb: `[3, side, side]` float32 in [0, 1].
    plane: Coordinates of all its pixels.
  """

  def __init__(self, face: Face, side: int):
    """Lays the coordinates of a face's pose over `side` by `side` pixels."""
    self._face = face
    self._side = side
    self._turn = face.yaw * TURN * HEAD_WIDTH
    self._nod = face.pitch * NOD * HEAD_HEIGHT
    centres = ((np.arange(side) + 0.5) * (2.0 / side) - 1.0).astype(np.float32)
    frame_x, frame_y = np.meshgrid(centres, centres)
    u = (frame_x - face.shift_x) / face.scale
    v = (frame_y - face.shift_y) / face.scale
    # The head tilts about the neck, so that it stays on the shoulders.
    cos, sin = math.cos(face.roll), math.sin(face.roll)
    v = v - _PIVOT
    head_x = cos * u + sin * v
    head_y = cos * v - sin * u + _PIVOT
    # On a rounded head the middle slides most and the rim not at all.
    across = np.clip(head_x / HEAD_WIDTH, -1.0, 1.0)
    along = np.clip((head_y - _CENTRE) / HEAD_HEIGHT, -1.0, 1.0)
    x = head_x - self._turn * (1.0 - across * across)
    y = head_y - self._nod * (1.0 - along * along)
    self.rgb = np.zeros((3, side, side), np.float32)
    self.plane = Plane(
      (slice(0, side), slice(0, side)),
      frame_x,
      frame_y,
      head_x,
      head_y,
      x,
      y,
      2.0 / side / face.scale,
    )

  def over(self, left: float, top: float, right: float, bottom: float) -> Plane:
    """Returns the smallest plane that covers a box of the face or of the head.

    Args:
      left: Least abscissa, in the coordinates `x` (or `head_x`).
      top: Least ordinate, in the coordinates `y` (or `head_y`).
      right: Greatest abscissa.
      bottom: Greatest ordinate.

    Returns:
      A plane of at least one pixel; boxes outside the picture are clipped.
    """
    face = self._face
    left, right = left + min(0.0, self._turn), right + max(0.0, self._turn)
    top, bottom = top + min(0.0, self._nod), bottom + max(0.0, self._nod)
    cos, sin = math.cos(face.roll), math.sin(face.roll)
    corners = [(x, y - _PIVOT) for x in (left, right) for y in (top, bottom)]
    across = [
      face.shift_x + face.scale * (cos * x - sin * y) for x, y in corners
    ]
    down = [
      face.shift_y + face.scale * (sin * x + cos * y + _PIVOT)
      for x, y in corners
    ]
    return self.plane.part((self._pixels(down), self._pixels(across)))

  def _pixels(self, coordinates: list[float]) -> slice:
    scale = self._side / 2.0
    start = math.floor((min(coordinates) + 1.0) * scale) - 1
    start = min(max(start, 0), self._side - 1)
    stop = math.ceil((max(coordinates) + 1.0) * scale) + 1
    return slice(start, min(max(stop, start + 1), self._side))

  def paint(self, plane: Plane, alpha: Array, color: ArrayLike) -> None:
    """Lays a colour over a plane.

    Args:
      plane: The pixels to paint.
      alpha: Opacity in [0, 1], `[height, width]`.
      color: An RGB triple or an array `[3, height, width]`.
    """
    below = self.rgb[:, plane.window[0], plane.window[1]]
    color = np.asarray(color, np.float32)
    if color.ndim == 1:
      color = color[:, None, None]
    below += alpha * (color - below)

  def tint(self, plane: Plane, alpha: Array, factor: ArrayLike) -> None:
    """Multiplies what is there by an RGB factor, as shadows and glass do."""
    below = self.rgb[:, plane.window[0], plane.window[1]]
    change = np.asarray(factor, np.float32)[:, None, None] - 1.0
    below *= 1.0 + alpha * change

  def glow(
    self, plane: Plane, alpha: Array, color: ArrayLike = (1.0, 1.0, 1.0)
  ) -> None:
    """Adds light where there is room for it, as reflections do."""
    below = self.rgb[:, plane.window[0], plane.window[1]]
    light = np.asarray(color, np.float32)[:, None, None] * alpha
    below += light * (1.0 - below)

  def fill(
    self, plane: Plane, distance: Array, color: ArrayLike, opacity: float = 1.0
  ) -> None:
    """Paints a shape, given by its signed distance, with a crisp outline."""
    alpha = shapes.coverage(distance, 1.5 * plane.pixel)
    self.paint(plane, alpha if opacity == 1.0 else alpha * opacity, color)


_PIVOT = 0.75
_CENTRE = -0.02
