"""Stubble, moustaches and beards."""

import numpy as np

from experiments.data.faces import (
  anatomy,
  attributes,
  head,
  mouth,
  palette,
  shading,
  shapes,
  strands,
)
from experiments.data.faces import canvas as canvas_lib

Array = np.ndarray


def paint(
  canvas: canvas_lib.Canvas, face: attributes.Face, light: shading.Light
) -> None:
  """Paints the facial hair, if any; the mouth goes over it."""
  if face.facial_hair == "none":
    return
  plane = canvas.over(-0.60, 0.0, 0.60, 0.86)
  x, y = plane.x, plane.y
  side = np.abs(x)
  outline = head.outline(face, plane)
  lift = 0.035 * max(0.0, face.smile)
  tip = anatomy.nose_tip(face)
  # Upper edge of a beard: from the sideburns down the cheek to the moustache.
  edge = 0.46 - lift - 0.92 * np.maximum(side - 0.13, 0.0) ** 1.15
  edge = np.where(side < 0.13, 0.46, edge)
  jaw = shapes.coverage(edge - y, 0.10)
  lip = _moustache(face, x, y, tip, lift)
  clear = shapes.coverage(
    shapes.ellipse(x, y, 0.0, mouth.LINE + 0.01, 0.15, 0.045), 0.05
  )
  soul = shapes.bump(x, y, 0.0, 0.53, 0.05, 0.05)
  bare = 0.55 * shapes.bump(side, y, 0.115, 0.505, 0.045, 0.025)
  texture = strands.waves(face, x, 9.0 * y, plane.pixel, salt=7, coarsest=50.0)
  inside = shapes.coverage(outline, 0.02)
  color = palette.mix(palette.hair(face), palette.brows(face), 0.5)
  if face.facial_hair == "stubble":
    alpha = 0.34 * inside * np.maximum(jaw, lip * 0.9) * (1.0 - 0.6 * clear)
    shade = palette.mix(color, palette.skin(face), 0.15)
    canvas.paint(plane, alpha * (1.0 + 0.4 * texture), shade * np.float32(0.7))
    return
  if face.facial_hair == "moustache":
    alpha = lip
  elif face.facial_hair == "goatee":
    chin = anatomy.chin_line(face)
    patch = shapes.ellipse(x, y, 0.0, chin - 0.045, 0.135, 0.095)
    sides = np.abs(shapes.ellipse(x, y, 0.0, 0.46, 0.185, 0.16)) - 0.018
    sides = np.maximum(sides, 0.40 - y)
    ring = shapes.coverage(shapes.smooth_union(patch, sides, 0.06), 0.05)
    ring = np.maximum(ring, 0.7 * soul)
    alpha = np.maximum(ring, lip) * shapes.coverage(outline - 0.02, 0.03)
  else:
    full = shapes.coverage(outline - 0.035 * jaw, 0.022)
    alpha = full * np.maximum(jaw, lip) * (1.0 - bare * (1 - soul))
  alpha = np.clip(alpha * (0.93 + 0.25 * texture), 0.0, 0.96)
  slope_y = 1.9 * (y - 0.42)
  diffuse, _ = shading.lit(light, 1.7 * plane.head_x, slope_y)
  diffuse = np.clip(diffuse + 0.30 * texture, 0.0, 1.0)
  canvas.paint(
    plane, alpha, shading.tone(light, diffuse, color, strands.SHADOW)
  )


def _moustache(face, x, y, tip, lift) -> Array:
  """Coverage of the hair on the upper lip."""
  del face
  side = np.abs(x)
  droop = np.clip((side - 0.10) / 0.10, 0.0, 1.0) ** 2 * (0.075 - lift)
  line = tip + 0.128 - 0.015 + droop + 0.06 * side * side
  thick = 0.030 * np.clip(1.12 - side / 0.21, 0.0, 1.0) ** 0.6
  notch = 0.010 * np.exp(-((side / 0.02) ** 2))
  shape = np.maximum(np.abs(y - line) - thick + notch, side - 0.215)
  return shapes.coverage(shape, 0.030)
