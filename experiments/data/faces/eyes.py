"""Eyes, lashes and eyebrows."""

import numpy as np

from experiments.data.faces import anatomy, colors, shapes
from experiments.data.faces.attributes import Face
from experiments.data.faces.canvas import Canvas, Plane
from experiments.data.faces.colors import Light

Array = np.ndarray


def paint(canvas: Canvas, face: Face, light: Light) -> None:
  """Paints both eyes."""
  for side in (-1.0, 1.0):
    _paint_eye(canvas, face, light, side)


def _paint_eye(canvas: Canvas, face: Face, light: Light, side: float) -> None:
  """Paints one eye; side is -1 on the left and 1 on the right."""
  shape = anatomy.eye_shape(face)
  middle = side * shape.centre
  plane = canvas.over(
    middle - 0.19,
    anatomy.EYE_LINE - 0.16,
    middle + 0.19,
    anatomy.EYE_LINE + 0.13,
  )
  # u runs from the inner corner (-1) to the outer (1).
  x = side * (plane.x - middle)
  u = x / shape.width
  tilt = 0.016 * (face.eye_tilt + 0.35)
  y = plane.y - anatomy.EYE_LINE + tilt * u
  arch = np.clip(1.0 - u * u, 0.0, 1.0)
  # The upper lid is highest towards the nose, the lower lid away from it.
  upper = -shape.upper * arch**0.72 * (1.0 - 0.10 * u)
  lower = shape.lower * arch**0.85 * (1.0 + 0.16 * u)
  slant = 1.0 + 0.55 * np.abs(u) ** 3
  ends = (np.abs(u) - 1.0) * shape.width
  opening = np.maximum(np.maximum(upper - y, y - lower) / slant, ends)
  crisp = 1.5 * plane.pixel + 0.002
  within = shapes.coverage(opening, crisp)

  white = np.array([0.925, 0.915, 0.905], np.float32) * (
    0.80 + 0.20 * light.ambient
  )
  canvas.paint(plane, within, white)
  # The ball is round, and the upper lid shades it.
  canvas.tint(
    plane, within * np.clip(np.abs(u), 0, 1) ** 2 * 0.5, (0.66, 0.52, 0.52)
  )
  _paint_iris(canvas, face, light, plane, x, y, within, side)
  lid = shapes.coverage(y - upper - 0.016, 0.030)
  canvas.tint(plane, 0.55 * within * lid, (0.42, 0.36, 0.40))
  _paint_lids(canvas, face, plane, shape, u, y, upper, lower, side)


def _paint_iris(
  canvas: Canvas,
  face: Face,
  light: Light,
  plane: Plane,
  x: Array,
  y: Array,
  within: Array,
  side: float,
) -> None:
  """Paints iris, pupil and the lamp's reflection, inside the opening."""
  shape = anatomy.eye_shape(face)
  crisp = 1.5 * plane.pixel + 0.002
  x = x - side * (0.030 * face.gaze_x + 0.014 * face.yaw)
  y = y - 0.012 * face.gaze_y + 0.10 * shape.upper
  radius = np.sqrt(x * x + y * y)
  color = colors.iris(face)
  limbus = color * np.float32(0.38)
  core = colors.mix(color, (0.95, 0.75, 0.45), 0.18) * np.float32(1.12)
  ring = np.clip(radius / shape.iris, 0.0, 1.0)[None] ** 2.2
  disc = core[:, None, None] + ring * (limbus - core)[:, None, None]
  disc = disc * (1.0 + 0.30 * np.clip(y / shape.iris, -1.0, 1.0))
  iris = shapes.coverage(radius - shape.iris, crisp)
  canvas.paint(plane, within * iris, disc)
  pupil = shapes.coverage(radius - 0.46 * shape.iris, crisp)
  canvas.paint(plane, within * pupil, (0.02, 0.015, 0.02))
  glint_x = side * 0.36 * shape.iris * float(np.clip(3.0 * light.x, -1.0, 1.0))
  glint = np.sqrt((x - glint_x) ** 2 + (y + 0.36 * shape.iris) ** 2)
  spot = shapes.coverage(glint - 0.22 * shape.iris, crisp + 0.004)
  canvas.glow(plane, 0.95 * within * spot)


def _paint_lids(
  canvas: Canvas,
  face: Face,
  plane: Plane,
  shape: anatomy.EyeShape,
  u: Array,
  y: Array,
  upper: Array,
  lower: Array,
  side: float,
) -> None:
  """Paints the lash line, the fold above it and the rim below."""
  skin = colors.skin(face)
  near = np.clip(1.12 - np.abs(u), 0.0, 0.2) / 0.2
  fold_y = upper - 0.026 - 0.006 * face.eye_openness
  fold = np.abs(y - fold_y) - 0.003
  canvas.tint(
    plane, 0.50 * near * shapes.coverage(fold, 0.017), (0.50, 0.34, 0.33)
  )
  if face.lipstick != "none":
    shade = shapes.coverage(np.maximum(fold_y - 0.012 - y, y - upper), 0.03)
    hue = (0.62, 0.42, 0.46) if face.lipstick == "plum" else (0.78, 0.58, 0.52)
    canvas.tint(plane, 0.55 * near * shade, hue)
  rim = np.abs(y - lower - 0.003) - 0.002
  canvas.tint(
    plane, 0.45 * near * shapes.coverage(rim, 0.012), (0.60, 0.40, 0.40)
  )
  # Lashes thicken towards the outer corner and sweep past it.
  thick = 0.0050 + 0.0075 * face.lashes * (0.55 + 0.45 * u)
  sweep = 1.0 + 0.22 * face.lashes
  lash = np.abs(y - upper + 0.3 * thick) - thick
  lash = np.maximum(lash, (u - 1.02) * shape.width)
  lash = np.maximum(lash, (-1.0 - u) * shape.width)
  dark = skin * np.float32(0.16) * (1.0 - 0.4 * face.lashes)
  canvas.paint(plane, shapes.coverage(lash, 1.5 * plane.pixel + 0.004), dark)
  if face.lashes > 0.4:
    tip = shapes.capsule(
      u * shape.width,
      y,
      (0.90 * shape.width, -0.008),
      (sweep * shape.width, -0.036 * face.lashes),
      0.006,
      0.001,
    )
    canvas.paint(plane, shapes.coverage(tip, 1.5 * plane.pixel + 0.003), dark)


def paint_brows(canvas: Canvas, face: Face, light: Light) -> None:
  """Paints both brows."""
  for side in (-1.0, 1.0):
    _paint_brow(canvas, face, light, side)


def _paint_brow(canvas: Canvas, face: Face, light: Light, side: float) -> None:
  """Paints one brow; side is -1 on the left and 1 on the right."""
  shape = anatomy.eye_shape(face)
  middle = side * (shape.centre + 0.008)
  line = anatomy.EYE_LINE - 0.122 - 0.020 * face.brow_height
  plane = canvas.over(middle - 0.2, line - 0.12, middle + 0.2, line + 0.12)
  length = 0.136
  u = side * (plane.x - middle) / length
  arch = 0.020 + 0.014 * face.brow_arch
  bend = (u - 0.10) ** 2 - 0.4
  path = line + (0.006 - 0.018 * face.brow_tilt) * u + arch * bend
  # Full at the inner end, pointed at the outer one.
  taper = np.clip(1.0 - np.clip(u, 0.0, 1.0) ** 1.7, 0.0, 1.0)
  thick = (0.0190 + 0.0070 * face.brow_thickness) * (0.18 + 0.82 * taper)
  thick = thick * np.clip((u + 1.15) / 0.3, 0.35, 1.0)
  brow = np.maximum(np.abs(plane.y - path) - thick, (np.abs(u) - 1.0) * length)
  grain = 0.06 * np.sin(u * 55.0 + 260.0 * (plane.y - path))
  fine = float(np.exp(-((plane.pixel / 0.010) ** 2)))
  color = colors.brows(face)
  alpha = shapes.coverage(brow, 0.016 + plane.pixel) * (0.84 + fine * grain)
  canvas.paint(plane, alpha, color * light.color[:, 0, 0])
