"""Neck, shoulders and clothes. They face forward whatever the head does."""

import numpy as np

from experiments.data.faces import anatomy, attributes, palette, shading, shapes
from experiments.data.faces import canvas as canvas_lib

_CLOTH_SHADOW = np.array([0.42, 0.42, 0.50], np.float32)


def paint(
  canvas: canvas_lib.Canvas, face: attributes.Face, light: shading.Light
) -> None:
  """Paints everything under the head."""
  plane = canvas.over(-1.6, 0.3, 1.6, 1.4)
  x = plane.frame_x / face.scale - 0.6 * face.shift_x
  y = plane.frame_y / face.scale - face.shift_y
  width = 0.275 + 0.03 * face.face_width + 0.05 * face.jaw
  drop = 0.745 + 0.26 * np.abs(x) ** 2.0
  shoulders = (drop - y) / np.sqrt(1.0 + (0.52 * x) ** 2)
  _paint_neck(canvas, face, light, plane, x, y, width)

  color = palette.clothing(face)
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
  diffuse, _ = shading.lit(light, 0.75 * x, np.full_like(x, -0.35))
  fold = 0.04 * np.sin(9.0 * np.abs(x) + 5.0 * y)
  diffuse = np.clip(diffuse + fold, 0.0, 1.0)
  canvas.fill(plane, shape, shading.tone(light, diffuse, color, _CLOTH_SHADOW))
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
      lighter = palette.mix(color, (1.0, 1.0, 1.0), 0.35)
      canvas.fill(
        plane, leaf, shading.tone(light, diffuse, lighter, _CLOTH_SHADOW)
      )
  elif face.clothing == "crew":
    band = (
      np.abs(shapes.ellipse(x, y, 0.0, 0.705, width + 0.045, 0.165)) - 0.018
    )
    seam = shapes.coverage(np.maximum(band, shoulders), 2 * plane.pixel)
    canvas.tint(plane, 0.25 * seam, (0.3, 0.3, 0.3))


def _paint_neck(canvas, face, light, plane, x, y, width):
  """A column of skin with the shadow of the chin on it."""
  flare = width + 0.16 * np.clip((y - 0.66) / 0.3, 0.0, 1.0) ** 2
  neck = np.maximum(np.abs(x) - flare, 0.2 - y)
  base = np.maximum(neck, y - 1.3)
  diffuse, _ = shading.lit(light, 1.2 * (x / width) ** 3, 0.2 * np.ones_like(x))
  color = shading.tone(light, diffuse, palette.skin(face), palette.SKIN_SHADOW)
  canvas.fill(plane, base, color)
  chin = anatomy.chin_line(face)
  cast = shapes.ellipse(
    x, y, -0.16 * light.x + 0.10 * face.yaw, chin - 0.02, 0.44, 0.20
  )
  shadow = shapes.coverage(cast, 0.16) * shapes.coverage(neck, 0.04)
  canvas.tint(plane, 0.72 * shadow, (0.58, 0.44, 0.44))
