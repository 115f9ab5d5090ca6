"""Turns the bytes of an image file into RGB pixels."""

import io
import warnings

import numpy as np
from PIL import Image, ImageCms, ImageOps

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif")
"""File names with these endings, in either case, are taken for images."""
MAX_PIXELS = 2**27
"""The most pixels an image may have; decoded, they take 400 MB."""
MAX_ASPECT = 50
"""The longer side may be at most this many times the shorter one."""
DECODING = 2
"""This number is raised whenever the same file would yield other pixels."""

# Pillow warns of images that are read here, and refuses only larger ones.
warnings.simplefilter("ignore", Image.DecompressionBombWarning)


_FORMATS = ("BMP", "GIF", "JPEG", "PNG", "WEBP")


def check_header(encoded: bytes, max_pixels: int = MAX_PIXELS) -> None:
  """Checks the format and the size of an image file, and decodes nothing.

  For files of strangers: other formats have slow or dangerous readers.

  Args:
    encoded: The contents of a file.
    max_pixels: The most pixels that it may have.

  Raises:
    ValueError: If it is no image of `SUFFIXES`, or too large.
  """
  try:
    with Image.open(io.BytesIO(encoded), formats=_FORMATS) as file:
      sides = file.size
  except Exception as error:
    raise ValueError(_reason(error)) from error
  _check_sides(*sides, max_pixels)


def decode_rgb(encoded: bytes) -> np.ndarray:
  """Decodes one image file, whatever its colour mode.

  An orientation stored by the camera is applied, colours of an embedded profile
  become sRGB, transparency is laid over white, 16-bit greys keep their high
  byte, and of an animation the first frame is taken.

  Args:
    encoded: The contents of a file in one of the formats of `SUFFIXES`.

  Returns:
    uint8 `[height, width, 3]`.

  Raises:
    ValueError: If the file is empty, truncated, damaged or no image, or if the
      image exceeds `MAX_PIXELS` or `MAX_ASPECT`. Nothing is decoded then.
  """
  if not encoded:
    raise ValueError("the file is empty")
  try:
    with Image.open(io.BytesIO(encoded)) as file:
      _check_sides(*file.size)
      file.load()
      image = ImageOps.exif_transpose(file)
    return np.asarray(_to_srgb(image))
  # Pillow's decoders raise OSError, SyntaxError, struct.error, zlib.error and
  # more on damaged files, and a class of their own on absurdly large ones.
  except Exception as error:
    raise ValueError(_reason(error)) from error


def _reason(error: Exception) -> str:
  if isinstance(error, Image.UnidentifiedImageError):
    return "not an image of a known format"
  if isinstance(error, Image.DecompressionBombError):
    return f"it has more than {MAX_PIXELS:,} pixels; shrink it first"
  return str(error) or type(error).__name__


def _check_sides(width: int, height: int, max_pixels: int = MAX_PIXELS) -> None:
  if width * height > max_pixels:
    raise ValueError(
      f"it has {width}x{height} pixels, and at most {max_pixels:,} are read; "
      "shrink it first"
    )
  if max(width, height) > MAX_ASPECT * min(width, height):
    raise ValueError(
      f"it has {width}x{height} pixels, and no side may be more than "
      f"{MAX_ASPECT} times the other; crop it first"
    )


def _to_srgb(image: Image.Image) -> Image.Image:
  """Returns RGB that looks the same without the profile as it did with it."""
  rgb, profile = _to_rgb(image), image.info.get("icc_profile")
  if not profile:
    return rgb
  try:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    if "sRGB" in ImageCms.getProfileDescription(source):
      return rgb
    # Inks and greys have profiles of their own.
    coloured = image if image.mode in ("CMYK", "L") else rgb
    return ImageCms.profileToProfile(
      coloured,
      source,
      ImageCms.createProfile("sRGB"),
      ImageCms.Intent.RELATIVE_COLORIMETRIC,
      outputMode="RGB",
    )
  except (ImageCms.PyCMSError, OSError):
    # Viewers, too, leave a damaged profile aside.
    return rgb


def _to_rgb(image: Image.Image) -> Image.Image:
  if image.mode == "RGB" and not image.has_transparency_data:
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
