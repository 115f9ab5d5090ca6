"""Eyes and lashes."""

import dataclasses

import numpy as np

from experiments.data.faces import anatomy, attributes, palette, shading, shapes
from experiments.data.faces import canvas as canvas_lib


@dataclasses.dataclass(frozen=True)
class EyeShape:
  """Measures of both eyes.

  Attributes:
    centre: Distance of the eyes from the middle of the face.
    width: Half the width of an opening.
    upper: Height of the upper lid above the corners.
    lower: Depth of the lower lid below the corners.
    iris: Radius of the iris.
  """

  centre: float
  width: float
  upper: float
  lower: float
  iris: float


def shape_of(face: attributes.Face) -> EyeShape:
  """The measures of a face's eyes."""
  width = 0.104 + 0.009 * face.eye_size
  squint = 0.16 * max(0.0, face.smile)
  lift = 1.0 + 0.26 * face.eye_openness
  return EyeShape(
    centre=0.203 + 0.014 * face.eye_spacing,
    width=width,
    upper=width * 0.50 * lift,
    lower=width * 0.33 * (lift - squint),
    iris=width * 0.485,
  )


def paint(
  canvas: canvas_lib.Canvas, face: attributes.Face, light: shading.Light
) -> None:
  """Paints both eyes."""
  for side in (-1.0, 1.0):
    _paint_eye(canvas, face, light, side)


def _paint_eye(canvas, face, light, side):
  """One eye; side is -1 on the left and 1 on the right."""
  shape = shape_of(face)
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


def _paint_iris(canvas, face, light, plane, x, y, within, side):
  """The iris, the pupil and the lamp's reflection, inside the opening."""
  shape = shape_of(face)
  crisp = 1.5 * plane.pixel + 0.002
  x = x - side * (0.030 * face.gaze_x + 0.014 * face.yaw)
  y = y - 0.012 * face.gaze_y + 0.10 * shape.upper
  radius = np.sqrt(x * x + y * y)
  color = palette.iris(face)
  limbus = color * np.float32(0.38)
  core = palette.mix(color, (0.95, 0.75, 0.45), 0.18) * np.float32(1.12)
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


def _paint_lids(canvas, face, plane, shape, u, y, upper, lower, side):
  """The lash line, the fold above it and the rim below."""
  skin = palette.skin(face)
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
