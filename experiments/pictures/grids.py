"""Pictures for TensorBoard and for the samples folder."""

import io
import os
from collections.abc import Sequence

import numpy as np
from PIL import Image

from experiments.system import whole_files

_GAP = 2
_LARGE = 2**22


def to_pixels(image: np.ndarray) -> np.ndarray:
  """Turns floats in [-1, 1] into uint8, clipped and rounded.

  A band is a difference of images, so its zero becomes mid-grey.
  """
  pixels = (np.asarray(image, np.float64) + 1.0) * 127.5
  return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def enlarged(images: np.ndarray, factor: int) -> np.ndarray:
  """Repeats the pixels of `[count, height, width, 3]` in both directions."""
  return np.repeat(np.repeat(images, factor, axis=1), factor, axis=2)


def grid(rows: Sequence[np.ndarray], side: int | None = None) -> np.ndarray:
  """Tiles rows of images into one picture on white.

  Args:
    rows: The uint8 `[columns, height, width, 3]` images of every row; rows may
      have images of different sizes.
    side: The pixels a side that each image is enlarged to, about, by repeating
      its own; None takes the largest image's height.

  Returns:
    uint8 `[height, width, 3]`.
  """
  side = side or max(row.shape[1] for row in rows)
  strips = []
  for row in rows:
    big = enlarged(row, max(1, round(side / row.shape[1])))
    padding = ((0, 0), (_GAP, 0), (_GAP, 0), (0, 0))
    padded = np.pad(big, padding, constant_values=255)
    strips.append(np.concatenate(list(padded), axis=1))
  width = max(strip.shape[1] for strip in strips) + _GAP
  strips = [
    np.pad(
      strip,
      ((0, 0), (0, width - strip.shape[1]), (0, 0)),
      constant_values=255,
    )
    for strip in strips
  ]
  picture = np.concatenate(strips, axis=0)
  return np.pad(picture, ((0, _GAP), (0, 0), (0, 0)), constant_values=255)


def sheet(
  images: np.ndarray, columns: int | None = None, side: int | None = None
) -> np.ndarray:
  """Tiles images row by row.

  Args:
    images: uint8 `[count, height, width, 3]`.
    columns: The number of columns; None makes a nearly square picture.
    side: The pixels a side that each image is enlarged to, about.
  """
  columns = columns or int(np.ceil(np.sqrt(len(images))))
  rows = [images[i : i + columns] for i in range(0, len(images), columns)]
  return grid(rows, side)


def by_columns(
  images: np.ndarray, rows: int, side: int | None = None
) -> np.ndarray:
  """Tiles images into `rows` rows, column by column; see `sheet`."""
  return grid([images[i::rows] for i in range(rows)], side)


def save_png(path: str | os.PathLike, picture: np.ndarray) -> None:
  """Writes uint8 `[height, width, 3]` as PNG, whole or not at all."""
  os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
  with whole_files.replacing(path) as temporary:
    temporary.write_bytes(png(picture))


def png(picture: np.ndarray) -> bytes:
  """Returns uint8 `[height, width, 3]` as a PNG file."""
  # The usual level takes megapixels seconds, for a tenth of the bytes.
  level = 1 if picture.size > _LARGE else 6
  file = io.BytesIO()
  Image.fromarray(picture).save(file, format="PNG", compress_level=level)
  return file.getvalue()
