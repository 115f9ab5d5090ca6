"""Where the parts of a head are."""

from experiments.data.faces import attributes

MIDDLE = -0.12
"""Ordinate of the widest part of the skull."""
SKULL = 0.585
"""Height of the skull above its widest part."""
EYE_LINE = -0.03
EAR_LINE = 0.045


def half_width(face: attributes.Face) -> float:
  """Half the width of the skull."""
  return 0.488 + 0.042 * face.face_width


def chin_line(face: attributes.Face) -> float:
  """Ordinate of the lowest point of the chin."""
  return 0.63 + 0.035 * face.chin


def nose_tip(face: attributes.Face) -> float:
  """Ordinate of the tip of the nose."""
  return 0.215 + 0.028 * face.nose_length


def nose_wing(face: attributes.Face) -> float:
  """Distance of the nostrils' wings from the middle of the face."""
  return 0.066 + 0.014 * face.nose_width
