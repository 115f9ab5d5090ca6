"""Values of JSON objects, each checked to be of its kind; images are base64."""

import base64
import binascii
import contextlib
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from PIL import Image

from experiments.data import image_decoding

_NAMES = {
  int: "an integer",
  float: "a number",
  str: "text",
  bool: "true or false",
  list: "a list",
  dict: "an object",
}


def check_keys(value: Mapping[str, Any], known: tuple[str, ...]) -> None:
  """Checks that an object has known fields alone.

  Raises:
    ValueError: If it has another.
  """
  if unknown := sorted(set(value) - {*known}):
    raise ValueError(
      f"{unknown[0]!r} is none of its fields, which are {', '.join(known)}"
    )


def widened(found: Any, kind: type) -> Any:
  """Returns an integer as a float where one is asked for, other values as is.

  An integer beyond all floats stays one, for the caller to refuse.
  """
  if kind is float and type(found) is int:
    with contextlib.suppress(OverflowError):
      return float(found)
  return found


def of_kind(value: Mapping[str, Any], key: str, kind: type) -> Any:
  """Returns a field; an integer will do for a float.

  Raises:
    ValueError: If it is of another kind.
  """
  found = widened(value.get(key), kind)
  # A boolean is an integer to isinstance.
  if type(found) is not kind:
    raise ValueError(f"{key} is {_NAMES[kind]}, not {found!r:.80}")
  return found


def image_bytes(
  value: Mapping[str, Any], key: str, max_pixels: int
) -> bytes | None:
  """Returns the bytes of an image, its format and size checked; None without.

  Raises:
    ValueError: If it is no image, or too large.
  """
  if value.get(key) is None:
    return None
  try:
    encoded = base64.b64decode(of_kind(value, key, str), validate=True)
  except binascii.Error as error:
    raise ValueError(f"{key} is no image in base64") from error
  try:
    image_decoding.check_header(encoded, max_pixels)
  except ValueError as error:
    raise ValueError(f"{key} cannot be read: {error}") from error
  return encoded


def pixels(value: Mapping[str, Any], key: str, max_pixels: int) -> int:
  """Returns how many pixels an image has, of which none is decoded; 0 without.

  Raises:
    ValueError: If it is no image, or too large.
  """
  encoded = image_bytes(value, key, max_pixels)
  if encoded is None:
    return 0
  with Image.open(io.BytesIO(encoded)) as file:
    return file.width * file.height


def picture(
  value: Mapping[str, Any], key: str, max_pixels: int
) -> np.ndarray | None:
  """Returns an image, uint8 RGB `[height, width, 3]`; None without.

  Raises:
    ValueError: If it cannot be read.
  """
  encoded = image_bytes(value, key, max_pixels)
  if encoded is None:
    return None
  try:
    return image_decoding.decode_rgb(encoded)
  except ValueError as error:
    raise ValueError(f"{key} cannot be read: {error}") from error


def base64_png(image: np.ndarray) -> str:
  """Returns an image as `picture` reads it."""
  file = io.BytesIO()
  Image.fromarray(image).save(file, format="PNG", compress_level=4)
  return base64.b64encode(file.getvalue()).decode("ascii")
