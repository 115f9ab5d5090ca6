"""The head: outline, relief of the face, skin, ears."""

import numpy as np

from experiments.data.faces import (
  anatomy,
  attributes,
  complexion,
  palette,
  shading,
  shapes,
)
from experiments.data.faces import canvas as canvas_lib

Array = np.ndarray


def outline(face: attributes.Face, plane: canvas_lib.Plane) -> Array:
  """Signed distance of the head without hair and ears."""
  width = anatomy.half_width(face)
  height = anatomy.chin_line(face) - anatomy.MIDDLE
  y = plane.head_y - anatomy.MIDDLE
  below = np.clip(y / height, 0.0, 1.2)
  # The jaw leads the turn of the head.
  x = plane.head_x - 0.065 * face.yaw * below * below
  jaw = width * (1.0 - (0.165 - 0.10 * face.jaw) * below**1.6)
  upper = shapes.superellipse(x, y, width, anatomy.SKULL, 2.3)
  lower = shapes.superellipse(
    x * (width / jaw), y, width, height, 2.12 + 0.20 * face.jaw
  )
  return np.where(y < 0.0, upper, lower)


def _relief(face):
  """Bumps of the face: (x, y, standard deviations, height) on the right."""
  tip = anatomy.nose_tip(face)
  wing = anatomy.nose_wing(face)
  bridge = 0.040 + 0.007 * face.nose_width
  lined = face.age
  smile = max(0.0, face.smile)
  chin = anatomy.chin_line(face)
  paired = (
    (0.215, anatomy.EYE_LINE, 0.105, 0.060, -0.050),
    (0.190, anatomy.EYE_LINE - 0.135, 0.130, 0.045, 0.022),
    (0.260, 0.165, 0.115, 0.090, 0.030 + 0.022 * smile),
    (wing, tip + 0.018, 0.030, 0.030, 0.034),
    (0.225, anatomy.EYE_LINE + 0.095, 0.075, 0.020, -0.005 - 0.012 * lined),
    (0.330, 0.420, 0.090, 0.130, 0.012),
  )
  single = (
    (0.0, 0.060, bridge, 0.130, 0.050),
    (0.0, tip, 0.052 + 0.008 * face.nose_width, 0.050, 0.085),
    (0.0, 0.400, 0.150, 0.080, 0.022),
    (0.0, 0.515, 0.070, 0.024, -0.016),
    (0.0, chin - 0.075, 0.085 + 0.02 * face.jaw, 0.055, 0.034),
    (0.0, -0.400, 0.220, 0.120, 0.030),
    (0.0, tip + 0.085, 0.014, 0.030, -0.010),
  )
  mirrored = tuple((-x, *rest) for x, *rest in paired)
  return paired + mirrored + single


def _slopes(face, plane):
  """Recession of the head's surface rightwards and downwards."""
  width = anatomy.half_width(face) * 1.02
  y = plane.head_y - anatomy.MIDDLE
  height = (
    np.where(y < 0.0, anatomy.SKULL, anatomy.chin_line(face) - anatomy.MIDDLE)
    * 1.04
  )
  u, v = plane.head_x / width, y / height
  depth = np.sqrt(np.maximum(1.10 - u * u - v * v, 0.10))
  slope_x = 0.95 * u / depth
  slope_y = 0.80 * v / depth
  for cx, cy, rx, ry, tall in _relief(face):
    dx, dy = (plane.x - cx) / rx, (plane.y - cy) / ry
    lump = tall * np.exp(-0.5 * (dx * dx + dy * dy))
    slope_x += lump * dx / rx
    slope_y += lump * dy / ry
  return slope_x, slope_y


def paint(
  canvas: canvas_lib.Canvas, face: attributes.Face, light: shading.Light
) -> None:
  """Paints the skin of the head, modelled by light; no eyes, mouth or hair."""
  plane = canvas.over(-0.62, -0.80, 0.62, 0.74)
  slope_x, slope_y = _slopes(face, plane)
  diffuse, gloss = shading.lit(light, slope_x, slope_y)
  shape = shapes.coverage(outline(face, plane), 1.5 * plane.pixel)
  color = complexion.color(face, plane)
  canvas.paint(
    plane, shape, shading.tone(light, diffuse, color, palette.SKIN_SHADOW)
  )
  shine = 0.16 + 0.14 * face.skin_tone
  canvas.glow(plane, shine * shape * gloss**14, (1.0, 0.93, 0.86))
  complexion.paint_nose(canvas, face, light)
  complexion.paint_lines(canvas, face)


def paint_ears(
  canvas: canvas_lib.Canvas, face: attributes.Face, light: shading.Light
) -> None:
  """Paints the ears, which the head and the hair will partly cover."""
  size = 1.0 + 0.15 * face.ear_size
  width = anatomy.half_width(face)
  for sign in (-1.0, 1.0):
    # The far ear disappears behind a turning head.
    centre = sign * (width - 0.012) - 0.035 * face.yaw
    plane = canvas.over(centre - 0.2, -0.25, centre + 0.2, 0.42)
    x, y = sign * (plane.head_x - centre), plane.head_y - anatomy.EAR_LINE
    lean = x - 0.22 * (-y) * 0.6
    shape = shapes.ellipse(lean, y, 0.008, 0.0, 0.058 * size, 0.118 * size)
    lobe = shapes.ellipse(x, y, -0.012, 0.090 * size, 0.036, 0.045)
    shape = shapes.smooth_union(shape, lobe, 0.04)
    diffuse, _ = shading.lit(
      light, sign * (0.6 + 4.0 * lean), np.clip(3.0 * y, -0.6, 0.6)
    )
    rosy = palette.skin(face) * np.array([0.97, 0.84, 0.82], np.float32)
    canvas.fill(
      plane, shape, shading.tone(light, diffuse, rosy, palette.SKIN_SHADOW)
    )
    inner = shapes.ellipse(lean, y, 0.014, -0.010, 0.028 * size, 0.072 * size)
    canvas.tint(plane, 0.5 * shapes.coverage(inner, 0.035), (0.66, 0.44, 0.42))
