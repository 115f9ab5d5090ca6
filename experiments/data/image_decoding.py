"""From the bytes of an image file to RGB pixels."""

import io

import numpy as np
from PIL import Image, ImageOps

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif")
"""File names with these endings, in either case, are taken for images."""


def decode_rgb(encoded: bytes) -> np.ndarray:
  """Decodes one image file, whatever its colour mode.

  An orientation stored by the camera is applied, transparency is laid over
  white, 16-bit greys keep their high byte, and of an animation the first frame
  is taken.

  Args:
    encoded: Contents of a file of one of the formats of `SUFFIXES`.

  Returns:
    uint8 `[height, width, 3]`.

  Raises:
    ValueError: If the file is empty, truncated, damaged or no image.
  """
  if not encoded:
    raise ValueError("the file is empty")
  try:
    with Image.open(io.BytesIO(encoded)) as file:
      file.load()
      image = ImageOps.exif_transpose(file)
    return np.asarray(_to_rgb(image))
  # Pillow's decoders raise OSError, SyntaxError, struct.error, zlib.error and
  # more on damaged files, and a class of their own on absurdly large ones.
  except Exception as error:
    message = str(error) or type(error).__name__
    if isinstance(error, Image.UnidentifiedImageError):
      message = "not an image of a known format"
    raise ValueError(message) from error


def _to_rgb(image: Image.Image) -> Image.Image:
  if image.mode == "RGB":
    return image
  if image.mode.startswith("I") or image.mode == "F":
    # `convert` would clip these greys at 255 rather than scale them.
    high_byte = np.asarray(image).astype(np.int64) // 256
    grey = Image.fromarray(np.clip(high_byte, 0, 255).astype(np.uint8))
    return grey.convert("RGB")
  if image.has_transparency_data:
    image = image.convert("RGBA")
    white = Image.new("RGBA", image.size, "white")
    image = Image.alpha_composite(white, image)
  return image.convert("RGB")
