"""The backdrop, and neck, shoulders and clothes in front of it."""

import math

import numpy as np

from experiments.data.faces import anatomy, colors, shapes
from experiments.data.faces.attributes import Face
from experiments.data.faces.canvas import Canvas, Plane
from experiments.data.faces.colors import Light

Array = np.ndarray

_CLOTH_SHADOW = np.array([0.42, 0.42, 0.50], np.float32)


def paint_background(canvas: Canvas, face: Face) -> None:
  """Fills the whole canvas."""
  plane = canvas.plane
  x, y = plane.frame_x, plane.frame_y
  rng = np.random.default_rng([face.texture, 1])
  hue, lightness = face.background_hue, 0.22 + 0.58 * face.background_lightness
  saturation = float(rng.uniform(0.10, 0.40))
  base = colors.hls(hue, lightness, saturation)
  other_hue = hue + float(rng.choice([-0.12, 0.09, 0.45]))
  other = colors.hls(other_hue, min(0.92, lightness + 0.14), saturation)
  dark = base * np.float32(0.62)
  # Studio light: brighter behind the shoulder that the lamp is opposite to.
  side = -0.6 * math.sin(face.light_azimuth)
  pool = shapes.bump(x, y, side, -0.15, 0.85, 0.95)
  canvas.paint(plane, np.ones_like(x), dark)
  canvas.paint(plane, pool, colors.mix(base, (1.0, 1.0, 1.0), 0.10))
  if face.background == "gradient":
    angle = float(rng.uniform(0.0, 2.0 * np.pi))
    ramp = 0.5 + 0.5 * (np.cos(angle) * x + np.sin(angle) * y)
    canvas.paint(plane, np.clip(ramp, 0.0, 1.0), other)
  elif face.background == "two_tone":
    tilt, offset = float(rng.uniform(-0.8, 0.8)), float(rng.uniform(-0.3, 0.3))
    distance = (x + tilt * y - offset) / np.sqrt(1.0 + tilt * tilt)
    canvas.paint(plane, 0.85 * shapes.coverage(distance, 0.10), other)
  elif face.background == "bokeh":
    _paint_bokeh(canvas, rng, hue, lightness)
  elif face.background == "window":
    _paint_window(canvas, rng, face)


def _paint_bokeh(
  canvas: Canvas, rng: np.random.Generator, hue: float, lightness: float
) -> None:
  """Paints blurred lights."""
  plane = canvas.plane
  for _ in range(11):
    cx, cy = (float(value) for value in rng.uniform(-1.1, 1.1, 2))
    radius = float(rng.uniform(0.10, 0.26))
    color = colors.hls(
      hue + float(rng.uniform(-0.12, 0.16)), min(0.9, lightness + 0.25), 0.65
    )
    distance = (
      np.sqrt((plane.frame_x - cx) ** 2 + (plane.frame_y - cy) ** 2) - radius
    )
    disc = shapes.coverage(distance, 0.05)
    rim = np.exp(-((distance / 0.03) ** 2))
    strength = float(rng.uniform(0.10, 0.40))
    canvas.glow(plane, strength * (disc * 0.8 + rim * 0.25), color)


def _paint_window(canvas: Canvas, rng: np.random.Generator, face: Face) -> None:
  """Paints a room out of focus: a bright window on one side, a shelf line."""
  plane = canvas.plane
  side = 0.72 if face.light_azimuth > 0 else -0.72
  top, height = float(rng.uniform(-0.75, -0.45)), float(rng.uniform(0.5, 0.75))
  light = colors.hls(0.12 if face.light_warmth > 0 else 0.57, 0.88, 0.45)
  for column in (-0.17, 0.17):
    for row in (-0.5, 0.5):
      distance = shapes.rounded_box(
        plane.frame_x,
        plane.frame_y,
        side + column,
        top + height / 2.0 + row * height,
        0.15,
        height * 0.46,
        0.03,
      )
      canvas.paint(plane, 0.85 * shapes.coverage(distance, 0.09), light)
  shelf = np.abs(plane.frame_y - 0.55) - 0.03
  canvas.tint(plane, 0.6 * shapes.coverage(shelf, 0.08), (0.6, 0.58, 0.56))


def paint_body(canvas: Canvas, face: Face, light: Light) -> None:
  """Paints everything under the head."""
  plane = canvas.over(-1.6, 0.3, 1.6, 1.4)
  x = plane.frame_x / face.scale - 0.6 * face.shift_x
  y = plane.frame_y / face.scale - face.shift_y
  width = 0.275 + 0.03 * face.face_width + 0.05 * face.jaw
  drop = 0.745 + 0.26 * np.abs(x) ** 2.0
  shoulders = (drop - y) / np.sqrt(1.0 + (0.52 * x) ** 2)
  _paint_neck(canvas, face, light, plane, x, y, width)

  color = colors.clothing(face)
  if face.clothing == "v_neck":
    opening = 0.78 * (y - 1.06 + 1.0 * np.abs(x))
    shape = np.maximum(shoulders, -opening)
  elif face.clothing == "turtleneck":
    collar = shapes.rounded_box(x, y, 0.0, 0.93, width + 0.02, 0.24, 0.06)
    shape = shapes.smooth_union(shoulders, collar, 0.06)
  elif face.clothing == "collar":
    shape = np.maximum(shoulders, 0.8 * (0.93 - y - 0.8 * np.abs(x)))
  else:
    scoop = shapes.ellipse(x, y, 0.0, 0.705, width + 0.02, 0.14)
    shape = np.maximum(shoulders, -scoop)
  diffuse, _ = colors.lit(light, 0.75 * x, np.full_like(x, -0.35))
  fold = 0.04 * np.sin(9.0 * np.abs(x) + 5.0 * y)
  diffuse = np.clip(diffuse + fold, 0.0, 1.0)
  canvas.fill(plane, shape, colors.tone(light, diffuse, color, _CLOTH_SHADOW))
  if face.clothing == "collar":
    for side in (-1.0, 1.0):
      u = side * x
      leaf = shapes.polygon(
        u,
        y,
        (
          (0.0, 0.93),
          (width - 0.01, 0.69),
          (width + 0.04, 0.72),
          (width + 0.02, 0.90),
          (0.13, 1.02),
        ),
      )
      canvas.tint(plane, 0.3 * shapes.coverage(leaf - 0.02, 0.06), (0, 0, 0))
      lighter = colors.mix(color, (1.0, 1.0, 1.0), 0.35)
      canvas.fill(
        plane, leaf, colors.tone(light, diffuse, lighter, _CLOTH_SHADOW)
      )
  elif face.clothing == "crew":
    band = (
      np.abs(shapes.ellipse(x, y, 0.0, 0.705, width + 0.045, 0.165)) - 0.018
    )
    seam = shapes.coverage(np.maximum(band, shoulders), 2 * plane.pixel)
    canvas.tint(plane, 0.25 * seam, (0.3, 0.3, 0.3))


def _paint_neck(
  canvas: Canvas,
  face: Face,
  light: Light,
  plane: Plane,
  x: Array,
  y: Array,
  width: float,
) -> None:
  """Paints a column of skin with the shadow of the chin on it."""
  flare = width + 0.16 * np.clip((y - 0.66) / 0.3, 0.0, 1.0) ** 2
  neck = np.maximum(np.abs(x) - flare, 0.2 - y)
  base = np.maximum(neck, y - 1.3)
  diffuse, _ = colors.lit(light, 1.2 * (x / width) ** 3, 0.2 * np.ones_like(x))
  color = colors.tone(light, diffuse, colors.skin(face), colors.SKIN_SHADOW)
  canvas.fill(plane, base, color)
  chin = anatomy.chin_line(face)
  cast = shapes.ellipse(
    x, y, -0.16 * light.x + 0.10 * face.yaw, chin - 0.02, 0.44, 0.20
  )
  shadow = shapes.coverage(cast, 0.16) * shapes.coverage(neck, 0.04)
  canvas.tint(plane, 0.72 * shadow, (0.58, 0.44, 0.44))
