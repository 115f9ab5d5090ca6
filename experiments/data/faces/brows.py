"""Eyebrows."""

import numpy as np

from experiments.data.faces import (
  anatomy,
  attributes,
  eyes,
  palette,
  shading,
  shapes,
)
from experiments.data.faces import canvas as canvas_lib


def paint(
  canvas: canvas_lib.Canvas, face: attributes.Face, light: shading.Light
) -> None:
  """Paints both brows."""
  for side in (-1.0, 1.0):
    _paint_brow(canvas, face, light, side)


def _paint_brow(canvas, face, light, side):
  """One brow; side is -1 on the left and 1 on the right."""
  shape = eyes.shape_of(face)
  middle = side * (shape.centre + 0.008)
  line = anatomy.EYE_LINE - 0.122 - 0.020 * face.brow_height
  plane = canvas.over(middle - 0.2, line - 0.12, middle + 0.2, line + 0.12)
  length = 0.136
  u = side * (plane.x - middle) / length
  arch = 0.020 + 0.014 * face.brow_arch
  bend = (u - 0.10) ** 2 - 0.4
  path = line + (0.006 - 0.018 * face.brow_tilt) * u + arch * bend
  # Full at the inner end, pointed at the outer one.
  taper = np.clip(1.0 - np.clip(u, 0.0, 1.0) ** 1.7, 0.0, 1.0)
  thick = (0.0190 + 0.0070 * face.brow_thickness) * (0.18 + 0.82 * taper)
  thick = thick * np.clip((u + 1.15) / 0.3, 0.35, 1.0)
  brow = np.maximum(np.abs(plane.y - path) - thick, (np.abs(u) - 1.0) * length)
  grain = 0.06 * np.sin(u * 55.0 + 260.0 * (plane.y - path))
  fine = float(np.exp(-((plane.pixel / 0.010) ** 2)))
  color = palette.brows(face)
  alpha = shapes.coverage(brow, 0.016 + plane.pixel) * (0.84 + fine * grain)
  canvas.paint(plane, alpha, color * light.color[:, 0, 0])
