"""What is worn: headwear, earrings, spectacles and sunglasses."""

import numpy as np

from experiments.data.faces import anatomy, colors, hair, head, shapes
from experiments.data.faces.attributes import Face
from experiments.data.faces.canvas import Canvas, Plane
from experiments.data.faces.colors import Light

Array = np.ndarray

_EYEWEAR_TOP, _EYEWEAR_BOTTOM = -0.23, 0.22
_SHADOW = np.array([0.40, 0.40, 0.48], np.float32)


def paint_scarf_back(canvas: Canvas, face: Face, light: Light) -> None:
  """Paints the part of a headscarf that is behind the face."""
  if face.headwear == "headscarf":
    plane = canvas.over(-1.0, -1.2, 1.0, 1.4)
    color = _cloth(face) * np.float32(0.55) * light.color[:, 0, 0]
    canvas.fill(plane, _scarf(face, plane), color)


def paint_headwear(canvas: Canvas, face: Face, light: Light) -> None:
  """Paints what is worn on the head."""
  if face.headwear == "none":
    return
  plane = canvas.over(-1.0, -1.2, 1.0, 1.4)
  u = plane.head_x / (anatomy.half_width(face) + 0.1)
  v = (plane.head_y - anatomy.MIDDLE) / 0.75
  diffuse, _ = colors.lit(light, 1.1 * u, 0.9 * v)
  if face.headwear == "beanie":
    _paint_beanie(canvas, face, light, plane, diffuse)
  elif face.headwear == "headband":
    cut = anatomy.cut_of(face)
    under = head.outline(face, plane)
    if cut is not None:
      under = np.minimum(under, hair.outer(face, cut, plane))
    line = -0.455 + 0.30 * plane.x**2
    band = np.abs(plane.y - line) - 0.055
    band = np.maximum(band, under - 0.012)
    color = colors.tone(light, diffuse, _cloth(face), _SHADOW)
    canvas.fill(plane, band, color)
  else:
    _paint_scarf(canvas, face, light, plane, diffuse)


def _cloth(face: Face) -> Array:
  """Returns the colour of the headwear, which goes with the clothes."""
  lightness = 0.25 + 0.40 * face.clothing_lightness
  return colors.hls(face.clothing_hue + 0.42, lightness, 0.38)


def _skull(face: Face, plane: Plane, swell: float) -> Array:
  """Returns the signed distance of a cap, `swell` away from the skull."""
  return shapes.superellipse(
    plane.head_x + 0.02 * face.yaw,
    plane.head_y - anatomy.MIDDLE,
    anatomy.half_width(face) + swell,
    anatomy.SKULL + 1.3 * swell,
    2.3,
  )


def _paint_beanie(
  canvas: Canvas, face: Face, light: Light, plane: Plane, diffuse: Array
) -> None:
  """Paints a ribbed cap with a folded brim."""
  skull = _skull(face, plane, 0.065)
  brim = plane.y + 0.335 - 0.10 * plane.x**2
  _cast(canvas, plane, brim - 0.05, face)
  fine = float(np.exp(-((plane.pixel / 0.02) ** 2)))
  rib = 0.05 * fine * np.sin(75.0 * plane.x)
  color = _cloth(face)
  cap = colors.tone(light, np.clip(diffuse + rib, 0, 1), color, _SHADOW)
  canvas.fill(plane, np.maximum(skull, brim), cap)
  fold = np.maximum(np.maximum(skull - 0.016, brim), -0.165 - brim)
  color = color * np.float32(0.86)
  cuff = colors.tone(light, np.clip(diffuse + 2 * rib, 0, 1), color, _SHADOW)
  canvas.fill(plane, fold, cuff)


def _cast(canvas: Canvas, plane: Plane, distance: Array, face: Face) -> None:
  """Paints the shadow of a brim on the forehead."""
  skin = shapes.coverage(head.outline(face, plane) + 0.02, 0.05)
  canvas.tint(
    plane, 0.45 * skin * shapes.coverage(distance, 0.10), (0.50, 0.38, 0.40)
  )


def _scarf(face: Face, plane: Plane) -> Array:
  """Returns the signed distance of a scarf without its opening."""
  width = anatomy.half_width(face)
  crown = shapes.superellipse(
    plane.head_x, plane.head_y - anatomy.MIDDLE, width + 0.10, 0.72, 2.3
  )
  flare = 0.35 * np.clip(plane.head_y - 0.45, 0.0, 1.0)
  drape = np.abs(plane.head_x) - (width + 0.04 + flare)
  drape = np.maximum(drape, anatomy.MIDDLE - plane.head_y)
  return shapes.smooth_union(crown, drape, 0.08)


def _paint_scarf(
  canvas: Canvas, face: Face, light: Light, plane: Plane, diffuse: Array
) -> None:
  """Paints a scarf that frames the face and covers hair, ears and neck."""
  hole = shapes.superellipse(
    plane.x, plane.y - 0.08, 0.410 + 0.025 * face.face_width, 0.530, 2.2
  )
  skin = shapes.coverage(head.outline(face, plane), 0.05)
  edge = skin * shapes.coverage(-hole - 0.035, 0.09)
  canvas.tint(plane, 0.42 * edge, (0.50, 0.38, 0.40))
  phase = float(np.random.default_rng([face.texture, 8]).uniform(0.0, 6.28))
  folds = np.sin(16.0 * hole + 3.0 * plane.head_x + phase)
  diffuse = np.clip(diffuse + 0.10 * folds, 0.0, 1.0)
  cloth = colors.tone(light, diffuse, _cloth(face), _SHADOW)
  canvas.fill(plane, np.maximum(_scarf(face, plane), -hole), cloth)


def paint_earrings(canvas: Canvas, face: Face, light: Light) -> None:
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


def eyewear_region(canvas: Canvas) -> Plane:
  """Returns a plane over everything that eyewear of any kind may paint."""
  return canvas.over(
    -0.56,
    anatomy.EYE_LINE + _EYEWEAR_TOP,
    0.56,
    anatomy.EYE_LINE + _EYEWEAR_BOTTOM,
  )


def _lens(face: Face, plane: Plane, sign: float) -> Array:
  """Returns the signed distance of one lens."""
  centre = anatomy.eye_shape(face).centre + 0.012
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


def _rim(face: Face) -> float:
  """Returns half the thickness of the frame; metal is thinner."""
  return 0.0095 if _is_metal(face) else 0.016


def _is_metal(face: Face) -> bool:
  return face.eyewear_color in ("gold", "silver")


def paint_eyewear(canvas: Canvas, face: Face, light: Light) -> None:
  """Paints the eyewear, if any, inside `eyewear_region` only."""
  if face.eyewear == "none":
    return
  plane = eyewear_region(canvas)
  left, right = _lens(face, plane, -1.0), _lens(face, plane, 1.0)
  lens = np.where(plane.x < 0.0, left, right)
  _paint_frame_shadow(canvas, face, plane, lens)
  _paint_glass(canvas, face, light, plane, lens)
  color = colors.frame(face) * light.color[:, 0, 0]
  canvas.fill(plane, _frame(face, plane, lens), color)
  rim = _rim(face)
  ridge = np.abs(lens + 0.3 * rim) - 0.3 * rim
  top = np.clip(0.6 - 1.6 * _height(plane), 0.0, 1.0)
  gloss = 0.55 if _is_metal(face) else 0.30
  canvas.glow(plane, gloss * top * shapes.coverage(ridge, 0.012))


def _height(plane: Plane) -> Array:
  """Returns heights, 0 at the top of the lenses and 1 at their bottom."""
  return np.clip((plane.y - anatomy.EYE_LINE + 0.14) / 0.28, 0.0, 1.0)


def _frame(face: Face, plane: Plane, lens: Array) -> Array:
  """Returns the signed distance of the rims, the bridge and the arms."""
  x, y, rim = plane.x, plane.y - anatomy.EYE_LINE, _rim(face)
  centre = anatomy.eye_shape(face).centre
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


def _ears_covered(face: Face) -> bool:
  """Returns whether the arms vanish under hair or cloth."""
  cut = anatomy.cut_of(face)
  return face.headwear == "headscarf" or (cut is not None and cut.stop > 0.05)


def _paint_frame_shadow(
  canvas: Canvas, face: Face, plane: Plane, lens: Array
) -> None:
  """Paints what the frame throws on the skin, faded out within the region."""
  y = plane.y - anatomy.EYE_LINE
  skin = shapes.coverage(head.outline(face, plane) + 0.02, 0.03)
  fade = np.clip((0.20 - y) / 0.05, 0.0, 1.0)
  edge = np.abs(lens + 0.018 + 0.1 * (y + 0.035)) - _rim(face)
  cast = shapes.coverage(edge, 0.035) * skin * fade
  canvas.tint(plane, 0.28 * cast, (0.55, 0.42, 0.42))


def _paint_glass(
  canvas: Canvas, face: Face, light: Light, plane: Plane, lens: Array
) -> None:
  """Paints clear or graduated dark glass, with two slanted reflections."""
  x, y = plane.x, plane.y - anatomy.EYE_LINE
  glass = shapes.coverage(lens, 1.5 * plane.pixel)
  height = _height(plane)
  strength = 0.20
  if face.eyewear == "sunglasses":
    strength = 0.30
    tint = colors.mix((0.045, 0.045, 0.055), colors.frame(face), 0.12)
    pale = colors.mix(tint, (0.36, 0.30, 0.27), 0.55)
    shade = tint[:, None, None] + height * (pale - tint)[:, None, None]
    canvas.paint(plane, glass * 0.95, shade)
  else:
    canvas.tint(plane, 0.25 * glass, (0.93, 0.96, 1.0))
  side = 1.0 if light.x > 0 else -1.0
  centre = np.where(x < 0.0, -1.0, 1.0) * anatomy.eye_shape(face).centre
  slant = side * (x - centre) + 0.75 * y
  streak = shapes.coverage(np.abs(slant + 0.055) - 0.026, 0.03)
  streak += 0.7 * shapes.coverage(np.abs(slant + 0.105) - 0.008, 0.02)
  inside = shapes.coverage(lens + 0.02, 0.03)
  canvas.glow(plane, strength * streak * inside * (1.0 - height))
