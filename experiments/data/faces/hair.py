"""Hair: what hangs behind the head, what grows over it, its texture."""

import numpy as np

from experiments.data.faces import anatomy, colors, head, shapes
from experiments.data.faces.attributes import Face
from experiments.data.faces.canvas import Canvas, Plane
from experiments.data.faces.colors import Light

Array = np.ndarray

SHADOW = np.array([0.26, 0.23, 0.25], np.float32)
"""What the deepest shadow leaves of the colour of hair."""

# The box that hair may cover: left, top, right and bottom.
_WINDOW = (-0.95, -1.2, 0.95, 1.4)


def outer(face: Face, cut: anatomy.Cut, plane: Plane) -> Array:
  """Returns the signed distance of the hair's outline around the skull."""
  width = anatomy.half_width(face) + cut.side
  height = anatomy.SKULL + cut.top
  x = plane.head_x + 0.03 * face.yaw
  y = plane.head_y - anatomy.MIDDLE
  if face.hair_style == "quiff":
    side = 1.0 if face.hair_part > 0 else -1.0
    height = height + 0.05 * np.exp(-(((x - 0.16 * side) / 0.24) ** 2)) - 0.03
  if cut.stop > 1.0:
    down = 3.0
  elif cut.back is not None:
    down = cut.back - anatomy.MIDDLE
  else:
    down = 0.72
  power = 2.6 if face.hair_style in ("short", "quiff") else 2.3
  distance = shapes.superellipse(
    x, y, width, np.where(y < 0.0, height, down), power
  )
  return distance - _curls(face, cut, x, y)


def _curls(face: Face, cut: anatomy.Cut, x: Array, y: Array) -> Array | float:
  """Returns how far curls stand out of an outline."""
  if cut.curl == 0.0:
    return 0.0
  rng = np.random.default_rng([face.texture, 3])
  phases = [float(value) for value in rng.uniform(0.0, 6.28, 3)]
  if face.hair_style == "wavy":
    fade = np.clip((y + 0.15) / 0.4, 0.0, 1.0) * np.tanh(8.0 * x)
    return cut.curl * fade * np.sin(9.0 * y + phases[0] + np.tanh(8.0 * x))
  turn = np.arctan2(y, x)
  waves = np.sin(13.0 * turn + phases[0]) + 0.7 * np.sin(
    23.0 * turn + phases[1]
  )
  return 0.45 * cut.curl * waves


def _hairline(face: Face, cut: anatomy.Cut, plane: Plane) -> Array:
  """Returns the signed distance to the hairline, negative on the bare face."""
  x, y = plane.x, plane.y
  part = 0.20 * face.hair_part
  reach = np.where(x < part, cut.width + part, cut.width - part)
  u = np.clip(np.abs(x - part) / reach, 0.0, 1.35)
  power = cut.recession
  drop = 0.55
  slope = drop * power * u ** (power - 1.0) / reach
  height = cut.hairline + drop * u**power
  if cut.stop > 0.3:
    # Hair that falls beside the face hangs straight down its edge.
    u4 = np.clip((np.abs(x) - 0.80 * cut.width) / (0.2 * cut.width), 0.0, 3.0)
    height = height + 0.5 * u4**2
    slope = slope + u4 / (0.2 * cut.width)
  bare = shapes.below_graph(y, height, slope)
  if face.fringe == "none" or face.hair_style not in anatomy.FRINGED:
    return bare
  if face.fringe == "straight":
    locks = 0.010 * np.abs(np.sin(26.0 * x + 6.28 * (face.texture % 97) / 97))
    edge = -0.185 - locks + 0.10 * np.abs(x) ** 2
    cover = np.maximum(y - edge, np.abs(x) - 0.40)
  else:
    sign = 1.0 if face.hair_part > 0 else -1.0
    v = sign * x
    edge = -0.43 + 0.30 * np.clip((0.28 - v) / 0.62, 0.0, 1.0) ** 1.15
    edge = edge - 0.008 * np.abs(np.sin(20.0 * x))
    cover = np.maximum((y - edge) * 0.9, np.abs(x) - 0.42)
  return np.maximum(bare, -cover)


def _color(
  face: Face,
  cut: anatomy.Cut,
  plane: Plane,
  light: Light,
  depth: float,
  salt: int,
) -> tuple[Array, Array]:
  """Returns the texture `[height, width]` and colour `[3, height, width]`."""
  crown_x, crown_y = 0.16 * face.hair_part, -0.66
  dx, dy = plane.x - crown_x, plane.y - crown_y
  radius = np.sqrt(dx * dx + dy * dy) + 0.05
  # Never negative, so that strands bend over the crown without a kink.
  down = 0.5 * (dy + np.sqrt(dy * dy + 0.10))
  if face.hair_style == "wavy":
    dx = dx + 0.030 * np.sin(11.0 * dy + 4.0 * np.abs(dx)) * np.tanh(3.0 * dy)
  across = np.arctan2(dx, down) * (0.25 + 0.40 * radius)
  texture = strand_texture(face, across, radius, plane.pixel, salt)
  if face.hair_style in ("curly", "afro"):
    texture = 0.3 * texture + 0.6 * _coils(face, plane)
  width = anatomy.half_width(face) + cut.side
  slope_x = 0.9 * plane.head_x / width
  slope_y = 0.9 * (plane.head_y - anatomy.MIDDLE) / (anatomy.SKULL + cut.top)
  diffuse, gloss = colors.lit(light, slope_x, np.minimum(slope_y, 0.35))
  diffuse = np.clip(diffuse * depth + 0.20 * texture, 0.0, 1.0)
  color = colors.tone(light, diffuse, colors.hair(face), SHADOW)
  ring = np.exp(-(((radius - 0.27) / 0.10) ** 2)) if cut.curl == 0.0 else 0.5
  sheen = depth * 0.30 * ring * gloss**6 * np.clip(0.65 + 0.7 * texture, 0, 1.5)
  glow = colors.mix(colors.hair(face), (1.0, 0.95, 0.88), 0.55)
  return texture, color + sheen * glow[:, None, None] * (1.0 - color)


def _visible_cut(face: Face) -> anatomy.Cut | None:
  """Returns the cut; None where there is no hair, or a headscarf hides it."""
  return None if face.headwear == "headscarf" else anatomy.cut_of(face)


def paint_back(canvas: Canvas, face: Face, light: Light) -> None:
  """Paints the hair that hangs behind the head and neck."""
  cut = _visible_cut(face)
  if cut is None:
    return
  plane = canvas.over(*_WINDOW)
  if face.hair_style == "bun":
    if face.headwear == "beanie":
      return
    x, y = plane.head_x + 0.05 * face.yaw, plane.head_y
    shape, depth = shapes.ellipse(x, y, 0.0, -0.80, 0.19, 0.155), 0.75
  elif face.hair_style == "ponytail":
    shape, depth = _tail(face, plane), 0.55
  elif cut.back is not None:
    shape, depth = _curtain(face, cut, plane), 0.50
  else:
    return
  canvas.fill(plane, shape, _color(face, cut, plane, light, depth, 5)[1])


def _tail(face: Face, plane: Plane) -> Array:
  """Returns the signed distance of a tail that falls behind one shoulder."""
  side = 1.0 if face.hair_part > 0 else -1.0
  x, y = side * plane.head_x, plane.head_y
  fall = np.clip((y + 0.42) / 0.55, 0.0, 1.0)
  middle = 0.30 + 0.24 * np.sqrt(fall) - 0.06 * np.clip(y - 0.2, 0.0, 1.0)
  half = 0.15 * np.sqrt(fall) * (1.0 - 0.55 * np.clip(y, 0.0, 1.0))
  ends = np.maximum(-0.42 - y, y - 0.96)
  return np.maximum(np.abs(x - middle) - half, ends)


def _curtain(face: Face, cut: anatomy.Cut, plane: Plane) -> Array:
  """Returns the signed distance of hair that hangs behind the whole head."""
  x, y = plane.head_x + 0.05 * face.yaw, plane.head_y
  # Kept inside the outline of the front hair around the crown.
  top = anatomy.MIDDLE - anatomy.SKULL - cut.top + 0.12
  width = anatomy.half_width(face) + cut.side
  half = (cut.back - top) / 2.0
  if cut.back < 0.7:
    shape = shapes.superellipse(x, y - top - half, width, half, 2.6)
  else:
    shape = shapes.rounded_box(
      x, y, 0.0, top + half, width, half, min(width, 0.45)
    )
  return shape - _curls(face, cut, x, y - anatomy.MIDDLE)


def paint_front(canvas: Canvas, face: Face, light: Light) -> None:
  """Paints the hair over the skull, and its shadow on the forehead."""
  cut = _visible_cut(face)
  if cut is None:
    return
  plane = canvas.over(*_WINDOW)
  texture, color = _color(face, cut, plane, light, 1.0, 6)
  # Strands end at different heights, on the forehead more than at the top.
  bare = _hairline(face, cut, plane) - 0.010 * texture
  outline = head.outline(face, plane)
  around = np.minimum(outer(face, cut, plane) - 0.007 * texture, outline)
  grown = np.maximum(around, -bare)
  soft = 1.5 * plane.pixel + (0.03 if cut.opacity < 1.0 else 0.008)
  end = 1.0
  if cut.back is None:
    end = shapes.coverage(plane.head_y - cut.stop - 0.02 * texture, 0.09)
  alpha = shapes.coverage(grown, soft) * end * cut.opacity
  skin = shapes.coverage(outline + 0.02, 0.04)
  fall = shapes.coverage(grown - 0.025, 0.075) * skin * end
  canvas.tint(plane, 0.42 * fall, (0.55, 0.40, 0.40))
  canvas.paint(plane, alpha, color)


def strand_texture(
  face: Face,
  across: Array,
  along: Array,
  pixel: float,
  salt: int,
  coarsest: float = 0.0,
) -> Array:
  """Returns the tonal variation of hair, about [-1, 1], of mean zero.

  A sum of waves across the strands that drift along them. Waves finer than the
  pixels are left out, as averaging would.

  Args:
    face: The person whose hair it is.
    across: The coordinate that tells strands apart, about half frames.
    along: The coordinate along the strands.
    pixel: Side of a pixel.
    salt: An integer that tells the parts of the hair apart.
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


def _coils(face: Face, plane: Plane) -> Array:
  """Returns blotches the size of curls, about [-1, 1]."""
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
