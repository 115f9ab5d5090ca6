"""Where the parts of a face are, and how its hair is cut."""

import dataclasses

from experiments.data.faces.attributes import Face

MIDDLE = -0.12
"""Ordinate of the widest part of the skull."""
SKULL = 0.585
"""Height of the skull above its widest part."""
EYE_LINE = -0.03
EAR_LINE = 0.045


def half_width(face: Face) -> float:
  """Returns half the width of the skull."""
  return 0.488 + 0.042 * face.face_width


def chin_line(face: Face) -> float:
  """Returns the ordinate of the lowest point of the chin."""
  return 0.63 + 0.035 * face.chin


def nose_tip(face: Face) -> float:
  """Returns the ordinate of the tip of the nose."""
  return 0.215 + 0.028 * face.nose_length


def nose_wing(face: Face) -> float:
  """Returns the distance of the nostrils' wings from the middle of the face."""
  return 0.066 + 0.014 * face.nose_width


@dataclasses.dataclass(frozen=True)
class EyeShape:
  """Measures of both eyes.

  Attributes:
    centre: Distance of the eyes from the middle of the face.
    width: Half the width of an opening.
    upper: Height of the upper lid above the corners.
    lower: Depth of the lower lid below the corners.
    iris: Radius of the iris.
  """

  centre: float
  width: float
  upper: float
  lower: float
  iris: float


def eye_shape(face: Face) -> EyeShape:
  """Returns the measures of a face's eyes."""
  width = 0.104 + 0.009 * face.eye_size
  squint = 0.16 * max(0.0, face.smile)
  lift = 1.0 + 0.26 * face.eye_openness
  return EyeShape(
    centre=0.203 + 0.014 * face.eye_spacing,
    width=width,
    upper=width * 0.50 * lift,
    lower=width * 0.33 * (lift - squint),
    iris=width * 0.485,
  )


FRINGED = ("short", "bob", "long", "wavy", "bun", "ponytail", "quiff", "curly")
"""Styles on which `Face.fringe` shows."""


@dataclasses.dataclass(frozen=True)
class Cut:
  """Measures of a haircut.

  Attributes:
    top: Thickness above the skull.
    side: Thickness beside it.
    hairline: Ordinate of the hairline over the nose.
    recession: How fast the hairline falls sideways; larger stays up longer.
    width: Half the width of bare face between the hair on both sides.
    stop: Ordinate where hair in front of the ears ends.
    back: Ordinate where hair behind the head ends; None for none.
    curl: Size of the curls on the outline.
    opacity: How much of the skin it hides.
  """

  top: float
  side: float
  hairline: float = -0.455
  recession: float = 4.0
  width: float = 0.465
  stop: float = 0.0
  back: float | None = None
  curl: float = 0.0
  opacity: float = 1.0


_CUTS = {
  "buzz": Cut(top=0.012, side=0.006, stop=-0.02, opacity=0.82),
  "receding": Cut(
    top=0.03, side=0.022, hairline=-0.60, recession=3.2, stop=0.0
  ),
  "short": Cut(top=0.095, side=0.028, stop=0.02),
  "quiff": Cut(top=0.135, side=0.022, stop=0.0, recession=4.6),
  "curly": Cut(top=0.125, side=0.085, stop=0.12, curl=0.035, back=0.20),
  "afro": Cut(top=0.235, side=0.215, stop=0.10, curl=0.020, back=0.30),
  "bob": Cut(top=0.075, side=0.085, stop=0.46, width=0.440, back=0.50),
  "long": Cut(top=0.070, side=0.080, stop=1.3, width=0.445, back=1.3),
  "wavy": Cut(
    top=0.085, side=0.100, stop=1.3, width=0.440, back=1.3, curl=0.022
  ),
  "bun": Cut(top=0.055, side=0.012, hairline=-0.48, stop=-0.02),
  "ponytail": Cut(top=0.060, side=0.014, hairline=-0.48, stop=0.0),
}


def cut_of(face: Face) -> Cut | None:
  """Returns the cut, thickened by the face's volume; None for a bald head."""
  if face.hair_style == "bald":
    return None
  cut = _CUTS[face.hair_style]
  swell = 0.75 + 0.5 * face.hair_volume
  top, side = cut.top * swell, cut.side * swell
  if face.headwear == "beanie":
    top, side = min(top, 0.03), min(side, 0.06)
  return dataclasses.replace(cut, top=top, side=side)
