"""The surface of the face: flush, freckles, nostrils, folds, lines."""

import numpy as np

from experiments.data.faces import anatomy, attributes, palette, shading, shapes
from experiments.data.faces import canvas as canvas_lib


def color(face: attributes.Face, plane: canvas_lib.Plane) -> np.ndarray:
  """Colour of the skin in full light, `[3, height, width]`."""
  x, y = plane.x, plane.y
  side = np.abs(x)
  skin = palette.skin(face)
  flush = 0.16 + 0.34 * face.blush
  red = flush * shapes.bump(side, y, 0.265, 0.185, 0.105, 0.075)
  red += 0.30 * shapes.bump(x, y, 0.0, anatomy.nose_tip(face), 0.07, 0.05)
  red += 0.12 * shapes.bump(x, y, 0.0, 0.56, 0.14, 0.09)
  rosy = skin * np.array([0.97, 0.70, 0.68], np.float32)
  dark = skin * np.array([0.80, 0.68, 0.70], np.float32)
  hollow = 0.42 * shapes.bump(side, y, 0.205, anatomy.EYE_LINE, 0.11, 0.055)
  result = skin[:, None, None] + red * (rosy - skin)[:, None, None]
  result = result + hollow * (dark[:, None, None] - result)
  if face.freckles > 0.0:
    rng = np.random.default_rng([face.texture, 2])
    spots = np.zeros_like(x)
    for _ in range(54):
      cx = float(rng.normal(0.0, 0.17))
      cy = float(rng.normal(0.13, 0.055)) + 0.2 * abs(cx) * 0.3
      radius = float(rng.uniform(0.0045, 0.009))
      shade = float(rng.uniform(0.4, 1.0))
      spots += shade * shapes.bump(x, y, cx, cy, radius, radius)
    brown = skin * np.array([0.70, 0.52, 0.42], np.float32)
    spots = 0.75 * face.freckles * np.minimum(spots, 1.0)
    result = result + spots * (brown[:, None, None] - result)
  return result


def paint_nose(
  canvas: canvas_lib.Canvas, face: attributes.Face, light: shading.Light
) -> None:
  """Paints nostrils, and the shadow that the nose casts on the lip."""
  tip = anatomy.nose_tip(face)
  wing = anatomy.nose_wing(face)
  plane = canvas.over(-0.22, tip - 0.1, 0.22, tip + 0.18)
  x, y = plane.x, plane.y
  under = shapes.ellipse(
    x, y, -0.05 * light.x, tip + 0.062, wing + 0.035, 0.030
  )
  canvas.tint(plane, 0.42 * shapes.coverage(under, 0.055), (0.62, 0.42, 0.40))
  side = np.abs(x)
  hole = shapes.ellipse(
    side, y + 0.25 * (side - 0.04), 0.56 * wing, tip + 0.044, 0.025, 0.011
  )
  canvas.tint(plane, 0.75 * shapes.coverage(hole, 0.020), (0.35, 0.20, 0.19))
  crease = np.abs(shapes.ellipse(side, y, wing, tip + 0.014, 0.034, 0.036))
  outer = shapes.coverage(wing + 0.012 - side, 0.02)
  fold = shapes.coverage(crease - 0.004, 0.016) * outer
  canvas.tint(plane, 0.40 * fold, (0.55, 0.36, 0.34))


def paint_lines(canvas: canvas_lib.Canvas, face: attributes.Face) -> None:
  """Paints folds from the nose to the mouth, and lines of age."""
  plane = canvas.over(-0.45, -0.55, 0.45, 0.62)
  side, y = np.abs(plane.x), plane.y
  smile = max(0.0, face.smile)
  strength = min(1.0, 0.20 * smile + 0.55 * face.age)
  along = np.clip((y - 0.23) / 0.22, 0.0, 1.0)
  path = 0.125 + (0.10 + 0.045 * smile) * along**0.8
  fold = np.abs(side - path) - 0.004
  ends = np.clip(np.minimum(y - 0.22, 0.46 - y) / 0.08, 0.0, 1.0)
  lines = 0.6 * shapes.coverage(fold, 0.030) * ends
  if face.age > 0.5:
    brow = -0.32 - 0.035 * np.cos(5.0 * plane.x)
    fade = np.clip((0.27 - side) / 0.12, 0.0, 1.0)
    for row in (0.0, -0.075):
      furrow = np.abs(y - brow - row) - 0.003
      lines += 0.55 * (face.age - 0.5) * shapes.coverage(furrow, 0.022) * fade
  canvas.tint(plane, strength * np.minimum(lines, 1.0), (0.58, 0.40, 0.38))
