"""Array-likes of images: rows of a file, and windows of such rows.

Each has a `shape` and a length, and reads nothing before it is indexed by an
array of integers or turned into an array by NumPy.
"""

import copy
import os
from typing import Any

import numpy as np

from experiments.config.data_config import DatasetUnavailable

_CORNERS = 4

Indices = slice | np.ndarray


class ImageRows:
  """The uint8 images `[N, height, width, channels]` of an npy file.

  A slice is a view, and an array of indices reads. Unlike a memory map, an
  object keeps nothing in memory that was read, and a file that is cut short
  while in use is an error, where a memory map would end the process without a
  word. The file may be deleted meanwhile: it is read through its open
  descriptor.

  Attributes:
    shape: `(N, height, width, channels)`.
  """

  def __init__(self, path: str | os.PathLike):
    """Opens a file.

    Raises:
      ValueError: If the file holds no such images, or not all of them.
      OSError: If it cannot be read.
    """
    self._path = path
    # The file stays open as long as any view of it exists.
    self._file = open(path, "rb", buffering=0)  # noqa: SIM115
    np.lib.format.read_magic(self._file)
    self.shape, fortran, dtype = np.lib.format.read_array_header_1_0(self._file)
    if len(self.shape) != 4 or dtype != np.uint8 or fortran:
      raise ValueError(f"{path} holds no bytes of images")
    self._start = self._file.tell()
    self._row_size = int(np.prod(self.shape[1:]))
    size = os.fstat(self._file.fileno()).st_size
    if size < self._start + len(self) * self._row_size:
      raise ValueError(f"{path} ends before its last image")

  def __len__(self) -> int:
    return self.shape[0]

  def __getitem__(self, indices: Indices) -> "ImageRows | np.ndarray":
    """Returns a view for a slice, which has step 1, and images for integers."""
    if isinstance(indices, slice):
      first, stop, step = indices.indices(len(self))
      if step != 1:
        raise ValueError(f"Images are read in order, got a step of {step}.")
      view = copy.copy(self)
      view._start += first * self._row_size
      view.shape = (max(stop - first, 0), *self.shape[1:])
      return view
    indices = np.asarray(indices, np.int64)
    if indices.size and not 0 <= indices.min() <= indices.max() < len(self):
      raise IndexError(f"Images are 0 to {len(self) - 1}, got {indices}.")
    return self._read(indices)

  def __array__(self, dtype: Any = None, copy: bool | None = None):
    """Reads everything."""
    del copy
    return self._read(np.arange(len(self))).astype(dtype or np.uint8)

  def _read(self, indices: np.ndarray) -> np.ndarray:
    rows = np.empty((len(indices), *self.shape[1:]), np.uint8)
    pixels, descriptor = memoryview(rows.reshape(-1)), self._file.fileno()
    # Neighbours in the file are read at once.
    starts = np.flatnonzero(np.diff(indices, prepend=-2) != 1)
    ends = np.append(starts, len(indices))[1:] * self._row_size
    positions = self._start + indices[starts] * self._row_size
    begin = 0
    try:
      for end, position in zip(ends.tolist(), positions.tolist(), strict=True):
        while begin < end:
          count = os.preadv(descriptor, [pixels[begin:end]], position)
          if not count:
            raise self._damaged("it was cut short while in use")
          begin, position = begin + count, position + count
    except OSError as error:
      raise self._damaged(error.strerror) from error
    return rows

  def _damaged(self, reason: str) -> DatasetUnavailable:
    return DatasetUnavailable(
      f"Cannot read {self._path}: {reason}. Delete the folder it is in, "
      "so that the images are decoded again, and repeat the command; a "
      "training goes on with --resume."
    )


class CornerCrops:
  """The corner windows of images, four of each (Denton et al., 2015).

  Entry 4 i + j is corner j of image i: top left, top right, bottom left, bottom
  right.

  Attributes:
    shape: `(4 N, size, size, channels)`.
  """

  def __init__(self, images: np.ndarray, size: int):
    """Wraps images `[N, height, width, channels]`."""
    self._images = images
    self._size = size
    self.shape = (_CORNERS * len(images), size, size, images.shape[3])

  def __len__(self) -> int:
    return self.shape[0]

  def __getitem__(self, indices: Indices) -> np.ndarray:
    """Returns a copy of the windows of a slice or of an integer array."""
    if isinstance(indices, slice):
      indices = np.arange(*indices.indices(len(self)))
    images = self._images[indices // _CORNERS]
    down = images.shape[1] - self._size
    right = images.shape[2] - self._size
    windows = np.empty((len(indices), *self.shape[1:]), images.dtype)
    for corner in range(_CORNERS):
      top, left = down * (corner // 2), right * (corner % 2)
      chosen = indices % _CORNERS == corner
      windows[chosen] = images[
        chosen, top : top + self._size, left : left + self._size
      ]
    return windows


class CentreCrops:
  """The centred windows of images.

  Attributes:
    shape: `(N, size, size, channels)`.
  """

  def __init__(self, images: np.ndarray, size: int):
    """Wraps images `[N, height, width, channels]`."""
    self._images = images
    top = (images.shape[1] - size) // 2
    left = (images.shape[2] - size) // 2
    self._window = (slice(top, top + size), slice(left, left + size))
    self.shape = (len(images), size, size, images.shape[3])

  def __len__(self) -> int:
    return self.shape[0]

  def __getitem__(self, indices: Indices) -> np.ndarray:
    """Returns a copy of the windows of a slice or of an integer array."""
    images = np.asarray(self._images[indices])
    return np.array(images[:, *self._window])
