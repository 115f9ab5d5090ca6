"""Signed distances of plane shapes, and their anti-aliased coverage.

Distances are negative inside and, near the outline, in the unit of the
coordinates, so that a coverage is as sharp as the pixels are small: a small
picture is close to the area mean of a large one.

Arguments `x` and `y` are arrays of equal shape; results have that shape.
"""

import numpy as np

Array = np.ndarray


def coverage(distance: Array, width: float) -> Array:
  """Returns the share of a pixel that a shape covers, in [0, 1].

  Args:
    distance: Signed distance of the pixel's centre.
    width: Width of the ramp: one pixel for a sharp outline, more for a blur.

  Returns:
    A smooth step from 1 inside to 0 outside, centred on the outline.
  """
  step = np.clip(0.5 - distance / width, 0.0, 1.0)
  return step * step * (3.0 - 2.0 * step)


def ellipse(
  x: Array, y: Array, cx: float, cy: float, rx: float, ry: float
) -> Array:
  """Returns an axis-aligned ellipse, exact to first order at the outline."""
  u, v = (x - cx) / rx, (y - cy) / ry
  radius = np.sqrt(u * u + v * v) + 1e-6
  slope = np.sqrt((u / rx) ** 2 + (v / ry) ** 2) + 1e-6
  return radius * (radius - 1.0) / slope


def superellipse(
  x: Array, y: Array, rx: float, ry: float, power: float
) -> Array:
  """Returns |x / rx|^power + |y / ry|^power = 1, an ellipse at power 2."""
  u, v = np.abs(x) / rx + 1e-6, np.abs(y) / ry + 1e-6
  level = u**power + v**power
  slope = np.sqrt(
    (u ** (power - 1.0) / rx) ** 2 + (v ** (power - 1.0) / ry) ** 2
  )
  radius = level ** (1.0 / power)
  return (radius - 1.0) * radius ** (power - 1.0) / (slope + 1e-6)


def rounded_box(
  x: Array,
  y: Array,
  cx: float,
  cy: float,
  rx: float,
  ry: float,
  corner: float,
) -> Array:
  """Returns a box of half sizes (rx, ry) whose corners have radius `corner`."""
  u = np.abs(x - cx) - (rx - corner)
  v = np.abs(y - cy) - (ry - corner)
  outside = np.sqrt(np.maximum(u, 0.0) ** 2 + np.maximum(v, 0.0) ** 2)
  return outside + np.minimum(np.maximum(u, v), 0.0) - corner


def polygon(
  x: Array, y: Array, corners: tuple[tuple[float, float], ...]
) -> Array:
  """Returns a convex polygon whose corners are given clockwise, as seen."""
  distance = np.full_like(x, -np.inf)
  for (ax, ay), (bx, by) in zip(
    corners, corners[1:] + corners[:1], strict=True
  ):
    dx, dy = bx - ax, by - ay
    away = (dy * (x - ax) - dx * (y - ay)) / float(np.hypot(dx, dy))
    distance = np.maximum(distance, away)
  return distance


def capsule(
  x: Array,
  y: Array,
  start: tuple[float, float],
  end: tuple[float, float],
  start_radius: float,
  end_radius: float,
) -> Array:
  """Returns a straight stroke whose radius changes along its length."""
  dx, dy = end[0] - start[0], end[1] - start[1]
  along = ((x - start[0]) * dx + (y - start[1]) * dy) / (dx * dx + dy * dy)
  along = np.clip(along, 0.0, 1.0)
  away = np.sqrt(
    (x - start[0] - along * dx) ** 2 + (y - start[1] - along * dy) ** 2
  )
  return away - (start_radius + along * (end_radius - start_radius))


def below_graph(y: Array, height: Array, slope: Array) -> Array:
  """Returns the half plane under (larger y than) the graph of a function of x.

  Args:
    y: Ordinates.
    height: The function at the abscissas.
    slope: Its derivative there.
  """
  return (height - y) / np.sqrt(1.0 + slope * slope)


def smooth_union(a: Array, b: Array, radius: float) -> Array:
  """Returns the union of two shapes, the seam filled to about `radius`."""
  blend = np.clip(0.5 + 0.5 * (b - a) / radius, 0.0, 1.0)
  return b + (a - b) * blend - radius * blend * (1.0 - blend)


def bump(
  x: Array, y: Array, cx: float, cy: float, rx: float, ry: float
) -> Array:
  """Returns a Gaussian bump of height 1 and standard deviations rx and ry."""
  u, v = (x - cx) / rx, (y - cy) / ry
  return np.exp(-0.5 * (u * u + v * v))
