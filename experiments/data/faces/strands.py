"""The tonal texture of hair."""

import numpy as np

from experiments.data.faces import attributes
from experiments.data.faces import canvas as canvas_lib

Array = np.ndarray

SHADOW = np.array([0.26, 0.23, 0.25], np.float32)
"""What the deepest shadow leaves of the colour of hair."""


def waves(
  face: attributes.Face,
  across: Array,
  along: Array,
  pixel: float,
  salt: int,
  coarsest: float = 0.0,
) -> Array:
  """Tonal variation of hair, about [-1, 1], mean zero.

  A sum of waves across the strands that drift along them. Waves finer than the
  pixels are left out, as averaging would.

  Args:
    face: Whose hair.
    across: Coordinate that tells strands apart, about half frames.
    along: Coordinate along the strands.
    pixel: Side of a pixel.
    salt: Tells apart the hair of different parts.
    coarsest: Least frequency to keep, in radians per half frame.

  Returns:
    An array of the shape of `across`.
  """
  rng = np.random.default_rng([face.texture, salt])
  total = np.zeros_like(across)
  for frequency in (9.0, 17.0, 31.0, 57.0, 103.0, 190.0):
    phase, drift, bend = (float(value) for value in rng.uniform(0, 6.28, 3))
    keep = float(np.exp(-((0.35 * frequency * pixel) ** 2)))
    if keep < 0.05 or frequency < coarsest:
      continue
    wave = np.sin(
      frequency * across + phase + 1.3 * np.sin(3.0 * along + drift) + bend
    )
    total += (0.40 * keep) * wave
  return total * 0.6


def coils(face: attributes.Face, plane: canvas_lib.Plane) -> Array:
  """Blotches the size of curls, about [-1, 1]."""
  rng = np.random.default_rng([face.texture, 4])
  total = np.zeros_like(plane.x)
  warp_x, warp_y = plane.head_x, plane.head_y
  for frequency in (17.0, 29.0, 53.0):
    a, b, turn = (float(value) for value in rng.uniform(0.0, 6.28, 3))
    u = np.cos(turn) * warp_x + np.sin(turn) * warp_y
    v = np.cos(turn) * warp_y - np.sin(turn) * warp_x
    keep = float(np.exp(-((0.35 * frequency * plane.pixel) ** 2)))
    wave_u, wave_v = np.sin(frequency * u + a), np.sin(frequency * v + b)
    total += 0.8 * keep * wave_u * wave_v
    warp_x = warp_x + (0.9 / frequency) * wave_v
    warp_y = warp_y + (0.9 / frequency) * wave_u
  return total
