"""The forms in which a shard keeps what was made: images, arrays, a table."""

import abc
import pathlib

import numpy as np

from experiments.batch_work.tasks import Result
from experiments.pictures import grids

_ROWS = 64
"""Rows of a Parquet file that are written together."""


class Writer(abc.ABC):
  """Keeps the results of one shard in its folder."""

  def __init__(self, folder: pathlib.Path):
    """Writes nothing yet."""
    self._folder = folder

  @abc.abstractmethod
  def add(self, result: Result) -> str:
    """Keeps one result; returns the name of its file.

    Raises:
      OSError: If it cannot be written, as does `close`.
    """

  @abc.abstractmethod
  def close(self) -> None:
    """Writes what is left."""


class Pngs(Writer):
  """A PNG file for each image, named by its number."""

  def add(self, result):
    """Writes the file."""
    name = f"{result.index:08d}.png"
    grids.save_png(self._folder / name, result.arrays["images"])
    return name

  def close(self):
    """Has nothing left."""


class Arrays(Writer):
  """One npz file: arrays, whose first axis is that of `index`."""

  _NAME = "arrays.npz"

  def __init__(self, folder):
    super().__init__(folder)
    self._kept: list[Result] = []

  def add(self, result):
    """Keeps the arrays until all are there."""
    self._kept.append(result)
    return self._NAME

  def close(self):
    """Writes the file, unless it would be empty."""
    if not self._kept:
      return
    arrays = {
      name: np.stack([result.arrays[name] for result in self._kept])
      for name in self._kept[0].arrays
    }
    arrays["index"] = np.array([result.index for result in self._kept])
    np.savez_compressed(self._folder / self._NAME, **arrays)


class Table(Writer):
  """One Parquet file: a row for each image, a group of rows at a time.

  Its columns are `index`, int64; `name`, the file that the image was made of;
  and `image`, a PNG file, or `latent_k`, float32 lists of one length.
  """

  _NAME = "table.parquet"

  def __init__(self, folder):
    super().__init__(folder)
    self._rows: list[Result] = []
    self._file = None

  def add(self, result):
    """Writes the rows that wait, if they are many."""
    self._rows.append(result)
    if len(self._rows) == _ROWS:
      self._write()
    return self._NAME

  def close(self):
    """Writes the rows that are left, and the end of the file."""
    if self._rows:
      self._write()
    if self._file is not None:
      self._file.close()

  def _write(self) -> None:
    import pyarrow
    from pyarrow import parquet

    columns = {
      "index": pyarrow.array([r.index for r in self._rows], pyarrow.int64()),
      "name": pyarrow.array([r.name for r in self._rows], pyarrow.string()),
    }
    for name in self._rows[0].arrays:
      values = [result.arrays[name] for result in self._rows]
      if name == "images":
        files = [grids.png(image) for image in values]
        columns["image"] = pyarrow.array(files, pyarrow.binary())
      else:
        numbers = pyarrow.array(np.concatenate(values), pyarrow.float32())
        columns[name] = pyarrow.FixedSizeListArray.from_arrays(
          numbers, len(values[0])
        )
    table = pyarrow.table(columns)
    if self._file is None:
      self._file = parquet.ParquetWriter(
        self._folder / self._NAME, table.schema
      )
    self._file.write_table(table)
    self._rows.clear()


WRITERS = {"png": Pngs, "npz": Arrays, "parquet": Table}
"""By the format that a request names."""
