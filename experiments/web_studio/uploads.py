"""What a page sends, bounded in bytes and in pixels before it is decoded."""

import asyncio
import base64
import binascii
import io
import json
from typing import Any

import numpy as np
from fastapi import Request
from PIL import Image

from experiments.data import image_decoding
from experiments.system import errors

MAX_BYTES = 48 * 2**20
"""The most bytes of a photograph."""
MAX_EDIT_BYTES = 144 * 2**20
"""The most bytes of an edit's file, which has a photograph of `MAX_PIXELS`."""
MAX_PIXELS = 24_000_000
"""The most pixels of a photograph; a drawing composites all of them."""
_LONGEST_PAUSE = 30.0


class TooLarge(errors.UserError):
  """More bytes than are read."""


async def body(request: Request, max_bytes: int = MAX_BYTES) -> bytes:
  """Reads a request's body, and stops where it is too large.

  Raises:
    TooLarge: If it has more bytes.
    UserError: If it stops arriving.
  """
  told = request.headers.get("content-length", "0")
  if told.isdecimal() and int(told) > max_bytes:
    raise _too_large(max_bytes)
  parts, size = [], 0
  stream = request.stream().__aiter__()
  while True:
    try:
      part = await asyncio.wait_for(anext(stream), _LONGEST_PAUSE)
    except StopAsyncIteration:
      return b"".join(parts)
    except TimeoutError as error:
      raise errors.UserError(
        "The upload stopped half way. Send it again."
      ) from error
    size += len(part)
    if size > max_bytes:
      raise _too_large(max_bytes)
    parts.append(part)


async def json_body(request: Request, max_bytes: int = MAX_BYTES) -> dict:
  """Reads a JSON object.

  Raises:
    UserError: If the body is none.
  """
  content = await body(request, max_bytes)
  try:
    value = json.loads(content or b"{}")
  except (ValueError, RecursionError) as error:
    raise errors.UserError(f"The request is no JSON: {error}.") from error
  if not isinstance(value, dict):
    raise errors.UserError("The request is no JSON object.")
  return value


def photograph(content: bytes) -> np.ndarray:
  """Decodes a photograph, turned as the camera says, transparency on white.

  Raises:
    UserError: If it is no image, damaged or too large.
  """
  try:
    image_decoding.check_header(content, MAX_PIXELS)
    return image_decoding.decode_rgb(content)
  except ValueError as error:
    raise errors.UserError(
      f"The photograph cannot be read: {error}. JPEG, PNG, WebP, BMP and GIF "
      f"files of up to {MAX_PIXELS / 1e6:g} megapixels can be opened."
    ) from error


def small_picture(value: Any, name: str) -> np.ndarray:
  """Decodes a picture of a level, in base64.

  Raises:
    UserError: If it is none.
  """
  try:
    encoded = base64.b64decode(value, validate=True)
    image_decoding.check_header(encoded, 2**20)
    return image_decoding.decode_rgb(encoded)
  except (ValueError, TypeError, binascii.Error) as error:
    raise errors.UserError(f"{name} cannot be read: {error}.") from error


def png(pixels: np.ndarray) -> bytes:
  """An image as a PNG file; large ones are compressed quickly."""
  file = io.BytesIO()
  level = 1 if pixels.size > 2**20 else 6
  Image.fromarray(pixels).save(file, format="PNG", compress_level=level)
  return file.getvalue()


def strip(images: np.ndarray) -> np.ndarray:
  """Images `[count, side, side, 3]` side by side."""
  return np.concatenate(list(images), axis=1)


def base64_png(pixels: np.ndarray) -> str:
  """An image as a PNG file in base64, for JSON."""
  return base64.b64encode(png(pixels)).decode("ascii")


def _too_large(max_bytes: int) -> TooLarge:
  return TooLarge(
    f"More than {max_bytes / 2**20:g} MB are not read. Shrink the picture "
    "first."
  )
