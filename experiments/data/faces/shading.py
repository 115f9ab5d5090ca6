"""How light falls on round things."""

import dataclasses

import numpy as np

from experiments.data.faces import attributes

Array = np.ndarray


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


def light_of(face: attributes.Face) -> Light:
  """The light a face is seen in."""
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
  """The colour of a surface under light.

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
