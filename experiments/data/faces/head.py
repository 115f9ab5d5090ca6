"""The head: its outline, the relief of the face, skin and ears."""

import numpy as np

from experiments.data.faces import anatomy, colors, shapes
from experiments.data.faces.attributes import Face
from experiments.data.faces.canvas import Canvas, Plane
from experiments.data.faces.colors import Light

Array = np.ndarray


def outline(face: Face, plane: Plane) -> Array:
  """Returns the signed distance of the head without hair and ears."""
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


def _relief(face: Face) -> tuple[tuple[float, ...], ...]:
  """Returns bumps of the face as (x, y, two standard deviations, height)."""
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


def _slopes(face: Face, plane: Plane) -> tuple[Array, Array]:
  """Returns the recession of the head's surface rightwards and downwards."""
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


def paint(canvas: Canvas, face: Face, light: Light) -> None:
  """Paints the skin of the head, modelled by light; no eyes, mouth or hair."""
  plane = canvas.over(-0.62, -0.80, 0.62, 0.74)
  slope_x, slope_y = _slopes(face, plane)
  diffuse, gloss = colors.lit(light, slope_x, slope_y)
  shape = shapes.coverage(outline(face, plane), 1.5 * plane.pixel)
  color = _skin_color(face, plane)
  canvas.paint(
    plane, shape, colors.tone(light, diffuse, color, colors.SKIN_SHADOW)
  )
  shine = 0.16 + 0.14 * face.skin_tone
  canvas.glow(plane, shine * shape * gloss**14, (1.0, 0.93, 0.86))
  _paint_nose(canvas, face, light)
  _paint_lines(canvas, face)


def paint_ears(canvas: Canvas, face: Face, light: Light) -> None:
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
    diffuse, _ = colors.lit(
      light, sign * (0.6 + 4.0 * lean), np.clip(3.0 * y, -0.6, 0.6)
    )
    rosy = colors.skin(face) * np.array([0.97, 0.84, 0.82], np.float32)
    canvas.fill(
      plane, shape, colors.tone(light, diffuse, rosy, colors.SKIN_SHADOW)
    )
    inner = shapes.ellipse(lean, y, 0.014, -0.010, 0.028 * size, 0.072 * size)
    canvas.tint(plane, 0.5 * shapes.coverage(inner, 0.035), (0.66, 0.44, 0.42))


def _skin_color(face: Face, plane: Plane) -> np.ndarray:
  """Returns the colour of the skin in full light, `[3, height, width]`."""
  x, y = plane.x, plane.y
  side = np.abs(x)
  skin = colors.skin(face)
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


def _paint_nose(canvas: Canvas, face: Face, light: Light) -> None:
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


def _paint_lines(canvas: Canvas, face: Face) -> None:
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
