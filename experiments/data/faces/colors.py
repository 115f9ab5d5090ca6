"""Colours, as sRGB triples in [0, 1], and the light they are seen in."""

import colorsys
import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from experiments.data.faces.attributes import Face

Array = np.ndarray

SKIN_SHADOW = np.array([0.42, 0.285, 0.275], np.float32)
"""What the deepest shadow leaves of the colour of skin."""

_SKIN = np.array(
  [
    (0.992, 0.878, 0.800),
    (0.972, 0.816, 0.706),
    (0.929, 0.741, 0.608),
    (0.868, 0.664, 0.528),
    (0.770, 0.563, 0.428),
    (0.642, 0.447, 0.332),
    (0.510, 0.335, 0.235),
    (0.390, 0.255, 0.185),
    (0.300, 0.196, 0.150),
  ],
  np.float32,
)
_HAIR = {
  "black": (0.105, 0.090, 0.095),
  "dark_brown": (0.215, 0.145, 0.110),
  "brown": (0.390, 0.255, 0.165),
  "auburn": (0.450, 0.200, 0.120),
  "red": (0.720, 0.340, 0.150),
  "blonde": (0.840, 0.670, 0.400),
  "platinum": (0.920, 0.860, 0.740),
  "grey": (0.560, 0.555, 0.560),
  "white": (0.880, 0.875, 0.865),
  "pink": (0.870, 0.480, 0.610),
  "teal": (0.180, 0.520, 0.560),
}
_EYES = {
  "brown": (0.450, 0.270, 0.140),
  "dark_brown": (0.240, 0.140, 0.085),
  "hazel": (0.530, 0.420, 0.200),
  "green": (0.330, 0.520, 0.300),
  "blue": (0.290, 0.520, 0.740),
  "grey": (0.500, 0.570, 0.620),
}
_FRAMES = {
  "black": (0.070, 0.070, 0.080),
  "tortoise": (0.370, 0.200, 0.090),
  "gold": (0.800, 0.620, 0.280),
  "silver": (0.690, 0.710, 0.740),
  "red": (0.660, 0.120, 0.140),
  "navy": (0.110, 0.170, 0.370),
}
_LIPSTICK = {
  "rose": (0.800, 0.340, 0.390),
  "red": (0.760, 0.090, 0.130),
  "plum": (0.440, 0.110, 0.230),
}


def mix(a: ArrayLike, b: ArrayLike, share: float) -> np.ndarray:
  """Returns `a` with a share of `b` in [0, 1], float32 `[3]`."""
  a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
  return a + (b - a) * share


def hls(hue: float, lightness: float, saturation: float) -> np.ndarray:
  """Returns a colour by its hue (modulo 1), lightness and saturation."""
  rgb = colorsys.hls_to_rgb(hue % 1.0, lightness, saturation)
  return np.array(rgb, np.float32)


def skin(face: Face) -> np.ndarray:
  """Returns the skin's colour in full light."""
  position = face.skin_tone * (len(_SKIN) - 1)
  low = min(int(position), len(_SKIN) - 2)
  color = mix(_SKIN[low], _SKIN[low + 1], position - low)
  olive = np.array([-0.012, 0.012, -0.020], np.float32) * face.undertone
  return np.clip(color + olive, 0.0, 1.0)


def hair(face: Face) -> np.ndarray:
  """Returns the hair's colour in full light."""
  return np.array(_HAIR[face.hair_color], np.float32)


def brows(face: Face) -> np.ndarray:
  """Returns the brows' colour: a darker hair's, natural where it is dyed."""
  if face.hair_color in ("pink", "teal"):
    return np.array(_HAIR["dark_brown"], np.float32)
  if face.hair_color in ("blonde", "platinum", "white"):
    return mix(_HAIR[face.hair_color], (0.36, 0.25, 0.16), 0.60)
  return hair(face) * np.float32(0.72)


def iris(face: Face) -> np.ndarray:
  """Returns the colour of the iris."""
  return np.array(_EYES[face.eye_color], np.float32)


def lips(face: Face) -> np.ndarray:
  """Returns the colour of the lips, painted or not."""
  natural = skin(face) * np.array([0.86, 0.60, 0.58], np.float32)
  natural = mix(natural, (0.66, 0.30, 0.29), 0.35)
  if face.lipstick == "none":
    return natural
  return mix(natural, _LIPSTICK[face.lipstick], 0.82)


def frame(face: Face) -> np.ndarray:
  """Returns the colour of the eyewear's frame."""
  return np.array(_FRAMES[face.eyewear_color], np.float32)


def clothing(face: Face) -> np.ndarray:
  """Returns the colour of the clothes."""
  saturation = 0.20 + 0.45 * ((face.clothing_hue * 7.0) % 1.0)
  return hls(
    face.clothing_hue, 0.16 + 0.66 * face.clothing_lightness, saturation
  )


@dataclasses.dataclass(frozen=True)
class Light:
  """A soft lamp with a fill.

  Attributes:
    x: Rightward part of the unit vector towards the lamp.
    y: Downward part.
    z: Part towards the viewer.
    color: RGB factor of lit surfaces, `[3, 1, 1]`.
    ambient: Light in the shadows, in [0, 1].
  """

  x: float
  y: float
  z: float
  color: Array
  ambient: float


def light_of(face: Face) -> Light:
  """Returns the light a face is seen in."""
  level = np.cos(face.light_elevation)
  warm = np.array([0.045, 0.005, -0.065], np.float32) * face.light_warmth
  return Light(
    x=float(np.sin(face.light_azimuth) * level),
    y=float(-np.sin(face.light_elevation)),
    z=float(np.cos(face.light_azimuth) * level),
    color=(1.0 + warm)[:, None, None].astype(np.float32),
    ambient=0.80 - 0.52 * face.light_contrast,
  )


def lit(light: Light, slope_x: Array, slope_y: Array) -> tuple[Array, Array]:
  """Lights a surface that recedes at the given slopes.

  Args:
    light: The lamp.
    slope_x: Recession per unit rightwards: minus the derivative of height.
    slope_y: Recession per unit downwards.

  Returns:
    Diffuse light in [0, 1] and the cosine between the normal and the half
    vector, from which gloss follows.
  """
  norm = 1.0 / np.sqrt(1.0 + slope_x * slope_x + slope_y * slope_y)
  facing = (slope_x * light.x + slope_y * light.y + light.z) * norm
  # Skin and hair scatter light past the terminator.
  diffuse = np.clip((facing + 0.30) / 1.20, 0.0, 1.0)
  half_z = light.z + 1.0
  half = (slope_x * light.x + slope_y * light.y + half_z) * norm
  length = np.sqrt(light.x**2 + light.y**2 + half_z**2)
  return diffuse, np.clip(half / float(length), 0.0, 1.0)


def tone(light: Light, diffuse: Array, color: Array, shadow: Array) -> Array:
  """Returns the colour of a surface under light.

  Args:
    light: The lamp.
    diffuse: Light received in [0, 1], `[height, width]`.
    color: In full light, `[3]` or `[3, height, width]`.
    shadow: RGB factor of the deepest shadow, `[3]`.

  Returns:
    `[3, height, width]`.
  """
  if color.ndim == 1:
    color = color[:, None, None]
  amount = light.ambient + (1.0 - light.ambient) * diffuse
  factor = shadow[:, None, None] ** (1.0 - amount)
  return color * factor * light.color
