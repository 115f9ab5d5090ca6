"""What is behind the person: five kinds of softly lit backdrop."""

import math

import numpy as np

from experiments.data.faces import attributes, palette, shapes
from experiments.data.faces import canvas as canvas_lib


def paint(canvas: canvas_lib.Canvas, face: attributes.Face) -> None:
  """Fills the whole canvas."""
  plane = canvas.plane
  x, y = plane.frame_x, plane.frame_y
  rng = np.random.default_rng([face.texture, 1])
  hue, lightness = face.background_hue, 0.22 + 0.58 * face.background_lightness
  saturation = float(rng.uniform(0.10, 0.40))
  base = palette.hls(hue, lightness, saturation)
  other_hue = hue + float(rng.choice([-0.12, 0.09, 0.45]))
  other = palette.hls(other_hue, min(0.92, lightness + 0.14), saturation)
  dark = base * np.float32(0.62)
  # Studio light: brighter behind the shoulder that the lamp is opposite to.
  side = -0.6 * math.sin(face.light_azimuth)
  pool = shapes.bump(x, y, side, -0.15, 0.85, 0.95)
  canvas.paint(plane, np.ones_like(x), dark)
  canvas.paint(plane, pool, palette.mix(base, (1.0, 1.0, 1.0), 0.10))
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


def _paint_bokeh(canvas, rng, hue, lightness):
  """Blurred lights."""
  plane = canvas.plane
  for _ in range(11):
    cx, cy = (float(value) for value in rng.uniform(-1.1, 1.1, 2))
    radius = float(rng.uniform(0.10, 0.26))
    color = palette.hls(
      hue + float(rng.uniform(-0.12, 0.16)), min(0.9, lightness + 0.25), 0.65
    )
    distance = (
      np.sqrt((plane.frame_x - cx) ** 2 + (plane.frame_y - cy) ** 2) - radius
    )
    disc = shapes.coverage(distance, 0.05)
    rim = np.exp(-((distance / 0.03) ** 2))
    strength = float(rng.uniform(0.10, 0.40))
    canvas.glow(plane, strength * (disc * 0.8 + rim * 0.25), color)


def _paint_window(canvas, rng, face):
  """A room out of focus: a bright window on one side, a shelf line."""
  plane = canvas.plane
  side = 0.72 if face.light_azimuth > 0 else -0.72
  top, height = float(rng.uniform(-0.75, -0.45)), float(rng.uniform(0.5, 0.75))
  light = palette.hls(0.12 if face.light_warmth > 0 else 0.57, 0.88, 0.45)
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
