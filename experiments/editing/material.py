"""What is edited and where, from files; needs no TensorFlow."""

import hashlib
import io
import json
import pathlib
from typing import NamedTuple

import numpy as np
from absl import logging
from PIL import Image, ImageOps

from experiments.config.requests.edit import FILES, EditRequest
from experiments.data import image_decoding
from experiments.editing import strokes
from experiments.system import errors

BLACK = 32
"""Brightnesses of a mask, or opacities, below this of 255 count as zero.

JPEG files and soft brushes leave such traces of black; taken for a region, they
would let all of the photograph change.
"""


class Material(NamedTuple):
  """What is edited, and where; without `paint` the coarse image is kept.

  Attributes:
    photograph: uint8 RGB `[height, width, 3]`.
    paint: uint8 RGBA of the photograph's size or the painted level's, or None.
    mask: The region, uint8 `[height, width]`, not zero where the photograph may
      change; None for wherever it is painted.
    digests: A digest of the contents of every file, by its field of the
      request.
  """

  photograph: np.ndarray
  paint: np.ndarray | None
  mask: np.ndarray | None
  digests: dict[str, str]


def read(request: EditRequest) -> Material:
  """Reads the files of an edit.

  Raises:
    UserError: If one cannot be read, or nothing says what to change.
  """
  if not request.image:
    raise errors.UserError("--image= names no photograph to edit.")
  if not (request.paint or request.strokes or request.mask):
    raise errors.UserError(
      "Nothing to change: give --paint or --strokes, or select a region with "
      "--mask."
    )
  files = {
    name: pathlib.Path(getattr(request, name)).expanduser()
    for name in FILES
    if getattr(request, name)
  }
  contents = {name: _contents(path) for name, path in files.items()}
  photograph = _decoded(files["image"], contents["image"])
  mask = paint = None
  if request.mask:
    mask = read_mask(files["mask"], contents["mask"])
  if request.paint:
    paint = read_paint(files["paint"], contents["paint"], mask is not None)
  elif request.strokes:
    paint = read_strokes(
      files["strokes"], contents["strokes"], *photograph.shape[:2]
    )
  digests = {
    name: hashlib.sha256(content).hexdigest()[:16]
    for name, content in contents.items()
  }
  return Material(photograph, paint, mask, digests)


def read_paint(path: pathlib.Path, content: bytes, masked: bool) -> np.ndarray:
  """Reads a painting with transparency.

  Args:
    path: Its name, for messages.
    content: The bytes of the image file.
    masked: Whether a mask says where it was painted.

  Returns:
    uint8 RGBA `[height, width, 4]`.

  Raises:
    UserError: If it is no image, or nothing in it is transparent and no mask
      says where it was painted, or all of it is transparent.
  """
  image = np.array(_rgba(path, content))
  alpha = _without_traces(path, image[:, :, 3], "transparent")
  if not alpha.any():
    raise errors.UserError(
      f"{path} is transparent all over: nothing is painted."
    )
  if alpha.min() == 255 and not masked:
    raise errors.UserError(
      f"{path} has no transparent pixel, so it does not say where it paints. "
      "Save the strokes on a transparent layer, or add --mask."
    )
  return image


def read_mask(path: pathlib.Path, content: bytes) -> np.ndarray:
  """Reads a mask: white changes, black does not, nor what is transparent.

  Args:
    path: Its name, for messages.
    content: The bytes of the image file.

  Returns:
    uint8 `[height, width]`, with 0 for all that is darker than `BLACK`.

  Raises:
    UserError: If it is no image, or black all over.
  """
  grey, alpha = _rgba(path, content).convert("LA").split()
  mask = np.asarray(grey).astype(np.uint16) * np.asarray(alpha)
  mask = ((mask + 127) // 255).astype(np.uint8)
  mask = _without_traces(path, mask, "black")
  if not mask.any():
    raise errors.UserError(
      f"{path} is black or transparent all over; paint the region to change "
      "white."
    )
  return mask


def read_strokes(
  path: pathlib.Path, content: bytes, height: int, width: int
) -> np.ndarray:
  """Draws the strokes of a JSON file.

  Args:
    path: Its name, for messages.
    content: The bytes of the file.
    height: The height of the photograph.
    width: The width of the photograph.

  Returns:
    uint8 RGBA `[height, width, 4]`.

  Raises:
    UserError: If it holds no strokes, or none inside the photograph.
  """
  try:
    parsed = strokes.parse(json.loads(content.decode("utf-8")))
  except (ValueError, RecursionError) as error:
    raise errors.UserError(
      f"{path} holds no strokes ({error}). The form is {strokes.FORM}."
    ) from error
  painting = strokes.draw(parsed, height, width)
  # As in the other kinds of files, and at the edges of strokes.
  painting[painting[:, :, 3] < BLACK] = 0
  if not painting[:, :, 3].any():
    raise errors.UserError(f"{path}: no stroke lies inside the image.")
  return painting


def _without_traces(
  path: pathlib.Path, values: np.ndarray, name: str
) -> np.ndarray:
  """Sets uint8 values below `BLACK` to zero, in place, and says so."""
  traces = (values > 0) & (values < BLACK)
  if traces.any():
    logging.info(
      "%s: %d pixels are nearly %s (1 to %d of 255) and count as %s, so they "
      "do not change.",
      path,
      traces.sum(),
      name,
      BLACK - 1,
      name,
    )
    values[traces] = 0
  return values


def _contents(path: pathlib.Path) -> bytes:
  try:
    return path.read_bytes()
  except OSError as error:
    raise errors.UserError(
      f"{path} cannot be read: {error.strerror}."
    ) from error


def _decoded(path: pathlib.Path, content: bytes) -> np.ndarray:
  try:
    return image_decoding.decode_rgb(content)
  except ValueError as error:
    raise errors.UserError(f"{path} cannot be read: {error}.") from error


def _rgba(path: pathlib.Path, content: bytes) -> Image.Image:
  """The image with its transparency, turned as the camera says."""
  image = _opened(path, content)
  if image.mode.startswith("I") or image.mode == "F":
    # `convert` would clip these greys at 255 rather than scale them.
    image = Image.fromarray(_decoded(path, content))
  return image.convert("RGBA")


def _opened(path: pathlib.Path, content: bytes) -> Image.Image:
  """The image in its own mode, turned as the camera says."""
  try:
    with Image.open(io.BytesIO(content)) as file:
      file.load()
      return ImageOps.exif_transpose(file)
  # Pillow's decoders raise exceptions of many kinds on damaged files.
  except Exception as error:
    raise errors.UserError(f"{path} cannot be read: {error}.") from error
