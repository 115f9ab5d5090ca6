"""Images in a file, read when they are asked for."""

import copy
import os

import numpy as np

from experiments.config import data_config


class ImageRows:
  """An array-like of the uint8 `[N, height, width, channels]` of a npy file.

  A slice is a view; an array of indices, or NumPy, reads. Unlike a memory map
  it keeps nothing in memory that was read, and a file that is cut short while
  in use is an error, where a memory map would end the process without a word.
  The file may be deleted meanwhile: it is read through its open descriptor.

  Attributes:
    shape: `(N, height, width, channels)`.
  """

  def __init__(self, path: str | os.PathLike):
    """Opens a file.

    Raises:
      ValueError: If it holds no such images, or not all of them.
      OSError: If it cannot be read.
    """
    self._path = path
    # Open as long as any view is.
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

  def __len__(self):
    return self.shape[0]

  def __getitem__(self, indices):
    """A view of a slice of step 1; the images at integers `[count]`, read."""
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

  def __array__(self, dtype=None, copy=None):
    """Reads everything."""
    del copy
    return self._read(np.arange(len(self))).astype(dtype or np.uint8)

  def _read(self, indices):
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

  def _damaged(self, why):
    return data_config.DatasetUnavailable(
      f"Cannot read {self._path}: {why}. Delete the folder it is in, to have "
      "the images decoded again, and repeat the command; a training goes on "
      "with --resume."
    )
