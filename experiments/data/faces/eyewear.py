"""Spectacles and sunglasses."""

import numpy as np

from experiments.data.faces import (
  anatomy,
  attributes,
  cuts,
  eyes,
  head,
  palette,
  shading,
  shapes,
)
from experiments.data.faces import canvas as canvas_lib

_TOP, _BOTTOM = -0.23, 0.22


def region(canvas: canvas_lib.Canvas) -> canvas_lib.Plane:
  """Everywhere that eyewear of any kind may paint."""
  return canvas.over(
    -0.56, anatomy.EYE_LINE + _TOP, 0.56, anatomy.EYE_LINE + _BOTTOM
  )


def _lens(face, plane, sign):
  """Signed distance of one lens."""
  centre = eyes.shape_of(face).centre + 0.012
  x = sign * plane.x - centre
  y = plane.y - anatomy.EYE_LINE - 0.012
  if face.eyewear_shape == "round":
    return shapes.ellipse(x, y, 0.0, 0.004, 0.158, 0.150)
  if face.eyewear_shape == "square":
    return shapes.rounded_box(x, y, 0.0, 0.0, 0.172, 0.118, 0.050)
  if face.eyewear_shape == "aviator":
    lean = x + 0.10 * (y + 0.02)
    narrow = 0.172 - 0.20 * np.clip(y, 0.0, 0.2)
    return shapes.superellipse(
      lean * (0.172 / narrow), y - 0.014, 0.172, 0.146, 2.5
    )
  rise = y + 0.26 * np.clip(x, -0.06, 0.2)
  return shapes.superellipse(x, rise, 0.174, 0.112, 2.7)


def _rim(face):
  """Half the thickness of the frame; metal is thinner."""
  return 0.0095 if _is_metal(face) else 0.016


def _is_metal(face):
  return face.eyewear_color in ("gold", "silver")


def paint(
  canvas: canvas_lib.Canvas, face: attributes.Face, light: shading.Light
) -> None:
  """Paints the eyewear, if any, inside `region` only."""
  if face.eyewear == "none":
    return
  plane = region(canvas)
  left, right = _lens(face, plane, -1.0), _lens(face, plane, 1.0)
  lens = np.where(plane.x < 0.0, left, right)
  _paint_shadow(canvas, face, plane, lens)
  _paint_glass(canvas, face, light, plane, lens)
  color = palette.frame(face) * light.color[:, 0, 0]
  canvas.fill(plane, _frame(face, plane, lens), color)
  rim = _rim(face)
  ridge = np.abs(lens + 0.3 * rim) - 0.3 * rim
  top = np.clip(0.6 - 1.6 * _height(plane), 0.0, 1.0)
  gloss = 0.55 if _is_metal(face) else 0.30
  canvas.glow(plane, gloss * top * shapes.coverage(ridge, 0.012))


def _height(plane):
  """From 0 at the top of the lenses to 1 at their bottom."""
  return np.clip((plane.y - anatomy.EYE_LINE + 0.14) / 0.28, 0.0, 1.0)


def _frame(face, plane, lens):
  """Signed distance of the rims, the bridge and the arms."""
  x, y, rim = plane.x, plane.y - anatomy.EYE_LINE, _rim(face)
  centre = eyes.shape_of(face).centre
  rims = np.abs(lens) - rim
  bridge = np.abs(y + 0.057 - 1.6 * x * x) - 0.95 * rim
  bridge = np.maximum(bridge, np.abs(x) - centre + 0.128)
  frame = np.minimum(rims, np.maximum(bridge, -lens - rim))
  if face.eyewear_shape == "aviator":
    bar = np.maximum(np.abs(y + 0.110) - 0.8 * rim, np.abs(x) - 0.09)
    frame = np.minimum(frame, np.maximum(bar, -lens))
  arm = np.abs(y + 0.055) - 1.1 * rim
  ear = np.abs(plane.head_x) - anatomy.half_width(face) - 0.005
  if _ears_covered(face):
    ear = np.abs(x) - 0.40
  arm = np.maximum(np.maximum(arm, ear), centre + 0.10 - np.abs(x))
  return np.minimum(frame, np.maximum(arm, -lens))


def _ears_covered(face):
  """Whether the arms vanish under hair or cloth."""
  cut = cuts.cut_of(face)
  return face.headwear == "headscarf" or (cut is not None and cut.stop > 0.05)


def _paint_shadow(canvas, face, plane, lens):
  """What the frame throws on the skin, fading out before `region` ends."""
  y = plane.y - anatomy.EYE_LINE
  skin = shapes.coverage(head.outline(face, plane) + 0.02, 0.03)
  fade = np.clip((0.20 - y) / 0.05, 0.0, 1.0)
  edge = np.abs(lens + 0.018 + 0.1 * (y + 0.035)) - _rim(face)
  cast = shapes.coverage(edge, 0.035) * skin * fade
  canvas.tint(plane, 0.28 * cast, (0.55, 0.42, 0.42))


def _paint_glass(canvas, face, light, plane, lens):
  """Clear or graduated dark glass, with two slanted reflections."""
  x, y = plane.x, plane.y - anatomy.EYE_LINE
  glass = shapes.coverage(lens, 1.5 * plane.pixel)
  height = _height(plane)
  strength = 0.20
  if face.eyewear == "sunglasses":
    strength = 0.30
    tint = palette.mix((0.045, 0.045, 0.055), palette.frame(face), 0.12)
    pale = palette.mix(tint, (0.36, 0.30, 0.27), 0.55)
    shade = tint[:, None, None] + height * (pale - tint)[:, None, None]
    canvas.paint(plane, glass * 0.95, shade)
  else:
    canvas.tint(plane, 0.25 * glass, (0.93, 0.96, 1.0))
  side = 1.0 if light.x > 0 else -1.0
  centre = np.where(x < 0.0, -1.0, 1.0) * eyes.shape_of(face).centre
  slant = side * (x - centre) + 0.75 * y
  streak = shapes.coverage(np.abs(slant + 0.055) - 0.026, 0.03)
  streak += 0.7 * shapes.coverage(np.abs(slant + 0.105) - 0.008, 0.02)
  inside = shapes.coverage(lens + 0.02, 0.03)
  canvas.glow(plane, strength * streak * inside * (1.0 - height))
