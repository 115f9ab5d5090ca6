"""Decodes all images of a source into the files of a cache entry."""

import pathlib
import time
from typing import BinaryIO

import numpy as np
from absl import logging

from experiments.config import data_config
from experiments.data import image_source
from experiments.data.window import Window

_BATCH = 64
_SECONDS_BETWEEN_LOGS = 5.0
_NAMED = 100


def write(
  folder: pathlib.Path,
  source: image_source.ImageSource,
  window: Window,
  limit: int | None,
) -> dict[str, object]:
  """Writes `images.npy` and, if there are classes, `labels.npy`.

  The pixels go through ordinary writes, not a memory map: on a full disk those
  raise an error, where a memory map would kill the process.

  Args:
    folder: An existing folder to write to.
    source: The images.
    window: The window that is kept of each image.
    limit: Writing stops after so many readable images; None takes all.

  Returns:
    A dictionary of `count`, the number of images that could not be read, and
    `first`, the names and reasons of up to a hundred of them.

  Raises:
    DatasetUnavailable: If no image can be read.
    ValueError: If the window does not fit into an image.
    OSError: If the disk is full, among others.
  """
  tally = _Tally(source, window, limit)
  labels = []
  with open(folder / "images.npy", "wb") as file:
    _write_header(file, 0, window.size)
    dataset = image_source.windows(source, window).batch(_BATCH).prefetch(2)
    for batch in dataset.as_numpy_iterator():
      kept = tally.keep(batch)
      file.write(np.ascontiguousarray(batch["image"][kept]))
      if source.has_labels:
        labels.append(batch["label"][kept])
      tally.log_progress()
      if tally.num_kept == limit:
        break
    else:
      tally.count_missing()
    # The header's length does not depend on the number of images.
    file.seek(0)
    _write_header(file, tally.num_kept, window.size)
  tally.finish(folder)
  if source.has_labels:
    np.save(folder / "labels.npy", np.concatenate(labels).astype(np.int32))
  return {"count": tally.num_unreadable, "first": tally.unreadable}


def _write_header(file: BinaryIO, num_images: int, size: int) -> None:
  np.lib.format.write_array_header_1_0(
    file,
    {
      "descr": np.lib.format.dtype_to_descr(np.dtype(np.uint8)),
      "fortran_order": False,
      "shape": (num_images, size, size, 3),
    },
  )


class _Tally:
  """Counts what was read, judges what was not, and reports progress."""

  def __init__(
    self,
    source: image_source.ImageSource,
    window: Window,
    limit: int | None,
  ):
    self._source = source
    self._window = window
    self._limit = limit
    self._start = self._last_log = time.monotonic()
    self.num_kept = 0
    self.num_unreadable = 0
    self.num_enlarged = 0
    self.unreadable = []

  def keep(self, batch: dict[str, np.ndarray]) -> np.ndarray:
    """Chooses the images of a batch to write, bool `[B]`."""
    kept = batch["problem"] == b""
    for i in np.flatnonzero(~kept):
      name, reason = batch["name"][i], batch["problem"][i].decode()
      self._add_unreadable(f"{image_source.printable(name)}: {reason}")
    height, width = batch["height"], batch["width"]
    outside = kept & ~_inside(self._window, height, width)
    if outside.any():
      i = np.flatnonzero(outside)[0]
      raise ValueError(self._misfit(batch["name"][i], height[i], width[i]))
    if self._limit is not None:
      kept &= np.cumsum(kept) <= self._limit - self.num_kept
    side = np.minimum(height, width)
    if self._window.crop is None:
      self.num_enlarged += int(np.sum(kept & (side < self._window.size)))
    self.num_kept += int(np.sum(kept))
    return kept

  def count_missing(self) -> None:
    """Counts the images that were promised and never came as unreadable."""
    expected = self._source.num_images or 0
    missing = expected - self.num_kept - self.num_unreadable
    for _ in range(max(missing, 0)):
      self._add_unreadable("a file that vanished before it was read")

  def _add_unreadable(self, message: str) -> None:
    self.num_unreadable += 1
    if len(self.unreadable) < _NAMED:
      self.unreadable.append(message)
      logging.warning("Left out: %s", message)

  def _misfit(self, name: bytes, height: int, width: int) -> str:
    side, top, left = self._window.place(int(height), int(width))
    where = f"{image_source.printable(name)} ({self._source.place})"
    return (
      f"A window of {side}x{side} pixels at row {top}, column {left} does not "
      f"lie inside {where}, which has {height} rows and {width} columns. "
      "Choose a smaller crop, another crop_top or crop_left, or crop=None for "
      "the largest square of each image."
    )

  def log_progress(self) -> None:
    now = time.monotonic()
    if now - self._last_log < _SECONDS_BETWEEN_LOGS:
      return
    self._last_log = now
    rate = (self.num_kept + self.num_unreadable) / (now - self._start)
    total = self._source.num_images
    if total is None:
      expected = ""
    else:
      total = min(total, self._limit or total)
      seconds = max(total - self.num_kept - self.num_unreadable, 0) / rate
      expected = f" of {total:,} images, {seconds:,.0f} s left"
    logging.info(
      "Decoding %s: %s%s, %s images/s",
      self._source.name,
      f"{self.num_kept:,}",
      expected,
      f"{rate:,.0f}",
    )

  def finish(self, folder: pathlib.Path) -> None:
    if not self.num_kept:
      raise data_config.DatasetUnavailable(
        f"None of the {self.num_unreadable} images of {self._source.place} "
        f"can be read{''.join(f'; {m}' for m in self.unreadable[:3])}."
      )
    if self.num_enlarged:
      logging.warning(
        "%d images of %s are smaller than %d pixels and were enlarged.",
        self.num_enlarged,
        self._source.place,
        self._window.size,
      )
    logging.info(
      "Decoded %s images of %s in %.1f s into %s",
      f"{self.num_kept:,}",
      self._source.name,
      time.monotonic() - self._start,
      folder.parent,
    )


def _inside(
  window: Window, height: np.ndarray, width: np.ndarray
) -> np.ndarray:
  """Tells which images contain the window, bool `[B]`."""
  return np.array(
    [
      bool(window.fits(int(h), int(w)))
      for h, w in zip(height, width, strict=True)
    ]
  )
