"""The mouth, and the hair around it."""

import numpy as np

from experiments.data.faces import anatomy, colors, hair, head, shapes
from experiments.data.faces.attributes import Face
from experiments.data.faces.canvas import Canvas, Plane
from experiments.data.faces.colors import Light

Array = np.ndarray

LINE = 0.400
"""Ordinate of the closed mouth."""


def paint(canvas: Canvas, face: Face, light: Light) -> None:
  """Paints the mouth: shadow, inside, teeth, lips and gloss."""
  smile = face.smile
  width = 0.158 + 0.020 * face.mouth_width + 0.030 * max(smile, 0.0)
  fullness = 1.0 + 0.32 * face.lip_fullness - 0.12 * max(smile, 0.0)
  plane = canvas.over(-width - 0.1, LINE - 0.15, width + 0.1, LINE + 0.28)
  u = plane.x / width
  inside = np.clip(1.0 - u * u, 0.0, 1.0)
  # Corners rise with a smile, and the line dips a little under the middle.
  bend = 0.012 + 0.056 * smile
  line = LINE - bend * (u * u - 0.55) + 0.006 * np.exp(-((u / 0.16) ** 2))
  opening = 0.085 * face.mouth_open**0.75
  top = line - 0.35 * opening * inside**0.8
  bottom = line + 0.65 * opening * inside**0.8
  bow = 1.0 - 0.26 * np.exp(-((u / 0.15) ** 2)) + 0.10 * np.cos(2.6 * u)
  peak = top - 0.040 * fullness * bow * inside**0.85
  belly = bottom + 0.057 * fullness * inside**0.62 * (0.55 + 0.45 * inside)
  y = plane.y
  edge = 1.0 + 0.45 * np.abs(u) ** 3
  ends = (np.abs(u) - 1.0) * width

  under = shapes.ellipse(
    plane.x, y, -0.03 * light.x, LINE + 0.112 + 0.65 * opening, 0.11, 0.028
  )
  canvas.tint(plane, 0.38 * shapes.coverage(under, 0.07), (0.64, 0.48, 0.46))

  color = colors.lips(face)
  shadow = np.array([0.42, 0.28, 0.30], np.float32)
  upper = np.maximum(np.maximum((peak - y), (y - top)) / edge, ends)
  lower = np.maximum(np.maximum((bottom - y), (y - belly)) / edge, ends)
  roll = (y - bottom) / 0.05 - 0.45
  up, _ = colors.lit(light, 0.7 * u, np.full_like(u, 0.75))
  down, gloss = colors.lit(light, 0.7 * u, 0.95 * roll)
  if opening > 0.0:
    _paint_inside(canvas, plane, u, top, bottom, ends, opening)
  soft = 2.0 * plane.pixel + 0.006
  canvas.paint(
    plane,
    0.94 * shapes.coverage(upper, soft),
    colors.tone(light, 0.85 * up, color, shadow),
  )
  canvas.paint(
    plane,
    0.94 * shapes.coverage(lower, soft),
    colors.tone(light, down, colors.mix(color, (1, 0.9, 0.88), 0.06), shadow),
  )
  sheen = 0.14 if face.lipstick == "none" else 0.34
  spot = shapes.bump(u, y - bottom, 0.18 * light.x, 0.022, 0.34, 0.010)
  canvas.glow(plane, sheen * spot * gloss * shapes.coverage(lower, soft))
  closed = max(0.0, 1.0 - opening / 0.015)
  if closed > 0.0:
    seam = np.maximum(np.abs(y - line) - 0.005 * inside - 0.001, ends)
    dark = color * np.array([0.36, 0.27, 0.28], np.float32)
    canvas.paint(plane, 0.85 * closed * shapes.coverage(seam, soft), dark)
  corner = shapes.bump(
    np.abs(plane.x), y, width, LINE - bend * 0.45, 0.014, 0.014
  )
  canvas.tint(plane, 0.5 * corner, (0.45, 0.30, 0.29))


def _paint_inside(
  canvas: Canvas,
  plane: Plane,
  u: Array,
  top: Array,
  bottom: Array,
  ends: Array,
  opening: float,
) -> None:
  """Paints the dark of the mouth, the upper teeth and the tongue."""
  y = plane.y
  gap = np.maximum(np.maximum(top - y, y - bottom), ends)
  canvas.fill(plane, gap - 0.004, (0.20, 0.055, 0.060))
  tongue = np.maximum(
    gap, shapes.ellipse(u, y, 0.0, float(bottom.max()) + 0.012, 0.55, 0.035)
  )
  canvas.paint(plane, 0.8 * shapes.coverage(tongue, 0.02), (0.62, 0.25, 0.26))
  depth = min(0.042, 0.030 + 0.25 * opening)
  biting = y - (top + depth * np.sqrt(np.clip(1.0 - 0.9 * u * u, 0.0, 1.0)))
  teeth = np.maximum(np.maximum(gap, biting), (np.abs(u) - 0.86) * 0.15)
  canvas.paint(
    plane,
    shapes.coverage(teeth, 1.5 * plane.pixel + 0.004),
    (0.965, 0.945, 0.915),
  )
  shade = shapes.coverage(teeth, 0.01) * (0.10 + 0.45 * u * u)
  canvas.tint(plane, shade, (0.60, 0.48, 0.48))
  # Gaps between the teeth, which only large pictures resolve.
  fine = float(np.exp(-((plane.pixel / 0.012) ** 2)))
  if fine > 0.02:
    gaps = np.exp(-((np.sin(u * 11.0) / 0.16) ** 2))
    canvas.tint(
      plane, 0.22 * fine * gaps * shapes.coverage(teeth, 0.01), (0.5, 0.4, 0.4)
    )


def paint_facial_hair(canvas: Canvas, face: Face, light: Light) -> None:
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
  lip = _moustache(x, y, tip, lift)
  clear = shapes.coverage(
    shapes.ellipse(x, y, 0.0, LINE + 0.01, 0.15, 0.045), 0.05
  )
  soul = shapes.bump(x, y, 0.0, 0.53, 0.05, 0.05)
  bare = 0.55 * shapes.bump(side, y, 0.115, 0.505, 0.045, 0.025)
  texture = hair.strand_texture(
    face, x, 9.0 * y, plane.pixel, salt=7, coarsest=50.0
  )
  inside = shapes.coverage(outline, 0.02)
  color = colors.mix(colors.hair(face), colors.brows(face), 0.5)
  if face.facial_hair == "stubble":
    alpha = 0.34 * inside * np.maximum(jaw, lip * 0.9) * (1.0 - 0.6 * clear)
    shade = colors.mix(color, colors.skin(face), 0.15)
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
  diffuse, _ = colors.lit(light, 1.7 * plane.head_x, slope_y)
  diffuse = np.clip(diffuse + 0.30 * texture, 0.0, 1.0)
  canvas.paint(plane, alpha, colors.tone(light, diffuse, color, hair.SHADOW))


def _moustache(x: Array, y: Array, tip: float, lift: float) -> Array:
  """Returns the coverage of the hair on the upper lip."""
  side = np.abs(x)
  droop = np.clip((side - 0.10) / 0.10, 0.0, 1.0) ** 2 * (0.075 - lift)
  line = tip + 0.128 - 0.015 + droop + 0.06 * side * side
  thick = 0.030 * np.clip(1.12 - side / 0.21, 0.0, 1.0) ** 0.6
  notch = 0.010 * np.exp(-((side / 0.02) ** 2))
  shape = np.maximum(np.abs(y - line) - thick + notch, side - 0.215)
  return shapes.coverage(shape, 0.030)
