"""Beanies, headbands and headscarves, and earrings."""

import numpy as np

from experiments.data.faces import (
  anatomy,
  attributes,
  cuts,
  hair,
  head,
  palette,
  shading,
  shapes,
)
from experiments.data.faces import canvas as canvas_lib

_SHADOW = np.array([0.40, 0.40, 0.48], np.float32)


def paint_back(
  canvas: canvas_lib.Canvas, face: attributes.Face, light: shading.Light
) -> None:
  """Paints the part of a headscarf that is behind the face."""
  if face.headwear == "headscarf":
    plane = canvas.over(-1.0, -1.2, 1.0, 1.4)
    color = _cloth(face) * np.float32(0.55) * light.color[:, 0, 0]
    canvas.fill(plane, _scarf(face, plane), color)


def paint(
  canvas: canvas_lib.Canvas, face: attributes.Face, light: shading.Light
) -> None:
  """Paints what is worn on the head."""
  if face.headwear == "none":
    return
  plane = canvas.over(-1.0, -1.2, 1.0, 1.4)
  u = plane.head_x / (anatomy.half_width(face) + 0.1)
  v = (plane.head_y - anatomy.MIDDLE) / 0.75
  diffuse, _ = shading.lit(light, 1.1 * u, 0.9 * v)
  if face.headwear == "beanie":
    _paint_beanie(canvas, face, light, plane, diffuse)
  elif face.headwear == "headband":
    cut = cuts.cut_of(face)
    under = head.outline(face, plane)
    if cut is not None:
      under = np.minimum(under, hair.outer(face, cut, plane))
    line = -0.455 + 0.30 * plane.x**2
    band = np.abs(plane.y - line) - 0.055
    band = np.maximum(band, under - 0.012)
    color = shading.tone(light, diffuse, _cloth(face), _SHADOW)
    canvas.fill(plane, band, color)
  else:
    _paint_scarf(canvas, face, light, plane, diffuse)


def _cloth(face):
  """Colour of the headwear, which goes with the clothes."""
  lightness = 0.25 + 0.40 * face.clothing_lightness
  return palette.hls(face.clothing_hue + 0.42, lightness, 0.38)


def _skull(face, plane, swell):
  """Signed distance of a cap that stands off the skull by `swell`."""
  return shapes.superellipse(
    plane.head_x + 0.02 * face.yaw,
    plane.head_y - anatomy.MIDDLE,
    anatomy.half_width(face) + swell,
    anatomy.SKULL + 1.3 * swell,
    2.3,
  )


def _paint_beanie(canvas, face, light, plane, diffuse):
  """A ribbed cap with a folded brim."""
  skull = _skull(face, plane, 0.065)
  brim = plane.y + 0.335 - 0.10 * plane.x**2
  _cast(canvas, plane, brim - 0.05, face)
  fine = float(np.exp(-((plane.pixel / 0.02) ** 2)))
  rib = 0.05 * fine * np.sin(75.0 * plane.x)
  color = _cloth(face)
  cap = shading.tone(light, np.clip(diffuse + rib, 0, 1), color, _SHADOW)
  canvas.fill(plane, np.maximum(skull, brim), cap)
  fold = np.maximum(np.maximum(skull - 0.016, brim), -0.165 - brim)
  color = color * np.float32(0.86)
  cuff = shading.tone(light, np.clip(diffuse + 2 * rib, 0, 1), color, _SHADOW)
  canvas.fill(plane, fold, cuff)


def _cast(canvas, plane, distance, face):
  """The shadow of a brim on the forehead."""
  skin = shapes.coverage(head.outline(face, plane) + 0.02, 0.05)
  canvas.tint(
    plane, 0.45 * skin * shapes.coverage(distance, 0.10), (0.50, 0.38, 0.40)
  )


def _scarf(face, plane):
  """Signed distance of a scarf, the opening for the face included."""
  width = anatomy.half_width(face)
  crown = shapes.superellipse(
    plane.head_x, plane.head_y - anatomy.MIDDLE, width + 0.10, 0.72, 2.3
  )
  flare = 0.35 * np.clip(plane.head_y - 0.45, 0.0, 1.0)
  drape = np.abs(plane.head_x) - (width + 0.04 + flare)
  drape = np.maximum(drape, anatomy.MIDDLE - plane.head_y)
  return shapes.smooth_union(crown, drape, 0.08)


def _paint_scarf(canvas, face, light, plane, diffuse):
  """A scarf that frames the face and covers hair, ears and neck."""
  hole = shapes.superellipse(
    plane.x, plane.y - 0.08, 0.410 + 0.025 * face.face_width, 0.530, 2.2
  )
  skin = shapes.coverage(head.outline(face, plane), 0.05)
  edge = skin * shapes.coverage(-hole - 0.035, 0.09)
  canvas.tint(plane, 0.42 * edge, (0.50, 0.38, 0.40))
  phase = float(np.random.default_rng([face.texture, 8]).uniform(0.0, 6.28))
  folds = np.sin(16.0 * hole + 3.0 * plane.head_x + phase)
  diffuse = np.clip(diffuse + 0.10 * folds, 0.0, 1.0)
  cloth = shading.tone(light, diffuse, _cloth(face), _SHADOW)
  canvas.fill(plane, np.maximum(_scarf(face, plane), -hole), cloth)


def paint_earrings(
  canvas: canvas_lib.Canvas, face: attributes.Face, light: shading.Light
) -> None:
  """Paints studs or hoops on the lobes; hair and scarves go over them."""
  if face.earrings == "none":
    return
  gold = np.array([0.86, 0.70, 0.36], np.float32) * light.color[:, 0, 0]
  for sign in (-1.0, 1.0):
    cx = sign * (anatomy.half_width(face) - 0.018) - 0.035 * face.yaw
    cy = anatomy.EAR_LINE + 0.12
    plane = canvas.over(cx - 0.15, cy - 0.1, cx + 0.15, cy + 0.25)
    x, y = plane.head_x, plane.head_y
    if face.earrings == "studs":
      shape = shapes.ellipse(x, y, cx, cy, 0.020, 0.020)
    else:
      shape = np.abs(shapes.ellipse(x, y, cx, cy + 0.075, 0.058, 0.075)) - 0.009
    canvas.fill(plane, shape, gold)
    spark = shapes.bump(x, y, cx - 0.006, cy - 0.006, 0.007, 0.007)
    canvas.glow(plane, 0.7 * spark)
