"""Decoded images on disk, made once and read from there ever after.

A cache entry is a folder of

  images.npy   uint8 [N, size, size, 3]
  labels.npy   int32 [N], if the images have classes
  info.json    what it was made from, and the files that could not be read

It is written under another name and renamed when complete, so that neither a
kill nor a second process ever leaves or sees half an entry.
"""

import contextlib
import errno
import hashlib
import json
import os
import pathlib
import re
import shutil
import tempfile
import time
from typing import Any

import numpy as np
from absl import logging

from experiments.config import data_config
from experiments.data import batches, image_arrays, image_source, read_errors
from experiments.data.cache import roots, writer
from experiments.data.window import Window
from experiments.system import whole_files

# This number is raised whenever the same source would yield other pixels; that
# of `image_decoding` stands for what files of images yield.
_FORMAT = 1
_ABANDONED_AFTER_SECONDS = 24 * 3600


def open_split(
  source: image_source.ImageSource,
  window: Window,
  root: pathlib.Path,
  limit: int | None = None,
  max_unreadable: int | None = None,
  horizontal_flip: bool = True,
) -> batches.Split:
  """Returns a split from the cache, which is filled first if need be.

  Args:
    source: The images.
    window: The window that is kept of each image.
    root: The folder of all cache entries.
    limit: Only the first so many readable images are kept; None keeps all.
    max_unreadable: So many unreadable images are accepted; None accepts any
      number.
    horizontal_flip: Whether the split mirrors half of its images in training.

  Raises:
    DatasetUnavailable: If no image or too few can be read.
    ValueError: If the window does not fit into an image.
    OSError: If the disk is full.
  """
  complete = root / _entry_name(source, window, None)
  entry = complete
  if limit is not None and not _is_entry(complete):
    entry = root / _entry_name(source, window, limit)
  if not _is_entry(entry):
    entry = roots.writable_root(root) / entry.name
  if not _is_entry(entry):
    _write_entry(entry, source, window, limit)
  images, labels, unreadable = _read_entry(entry, source.has_labels)
  _check_unreadable(**unreadable, place=source.place, allowed=max_unreadable)
  if labels is not None:
    labels = labels[:limit]
  return batches.Split(images[:limit], labels, horizontal_flip)


def _entry_name(
  source: image_source.ImageSource,
  window: Window,
  limit: int | None,
) -> str:
  parts = [_FORMAT, source.identity, repr(window), limit]
  text = json.dumps(parts, sort_keys=True)
  digest = hashlib.sha256(text.encode()).hexdigest()[:12]
  first = "" if limit is None else f"-first{limit}"
  name = re.sub(r"[^\w.-]+", "_", source.name)[:80]
  return f"{name}-{window.size}px{first}-{digest}"


def _is_entry(entry: pathlib.Path) -> bool:
  return (entry / "info.json").is_file()


def _read_entry(
  entry: pathlib.Path, has_labels: bool
) -> tuple[image_arrays.ImageRows, np.ndarray | None, dict[str, Any]]:
  """Returns images, labels, and what `writer.write` returned."""
  try:
    images = image_arrays.ImageRows(entry / "images.npy")
    labels = np.load(entry / "labels.npy") if has_labels else None
    unreadable = json.loads((entry / "info.json").read_text())["unreadable"]
    return images, labels, {key: unreadable[key] for key in ("count", "first")}
  except (OSError, ValueError, KeyError, TypeError) as error:
    raise data_config.DatasetUnavailable(
      f"The decoded images in {entry} are damaged ({error}). Delete that "
      "folder to have them decoded again."
    ) from error


def _write_entry(
  entry: pathlib.Path,
  source: image_source.ImageSource,
  window: Window,
  limit: int | None,
) -> None:
  _remove_abandoned(entry)
  num_images = source.num_images or 0
  needed = min(num_images, limit or num_images) * 3 * window.size**2
  if needed > shutil.disk_usage(entry.parent).free:
    raise _disk_full(entry.parent, needed)
  partial = pathlib.Path(
    tempfile.mkdtemp(prefix=f"{entry.name}.partial-", dir=entry.parent)
  )
  try:
    with read_errors.explained(source.place):
      unreadable = writer.write(partial, source, window, limit)
    info = {
      "source": source.place,
      "identity": source.identity,
      "window": repr(window),
      "limit": limit,
      "unreadable": unreadable,
    }
    whole_files.write_json(partial / "info.json", info)
    partial.chmod(0o755)
    _rename(partial, entry)
  except OSError as error:
    if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
      raise
    raise _disk_full(entry.parent) from error
  finally:
    shutil.rmtree(partial, ignore_errors=True)


def _rename(partial: pathlib.Path, entry: pathlib.Path) -> None:
  try:
    os.rename(partial, entry)
  except OSError:
    # If another process was faster, its entry is as good.
    if not _is_entry(entry):
      raise


def _remove_abandoned(entry: pathlib.Path) -> None:
  """Removes what killed processes left behind of the same entry."""
  for partial in entry.parent.glob(f"{entry.name}.partial-*"):
    # A process that is alive may rename its own, or what is in it, meanwhile.
    with contextlib.suppress(FileNotFoundError):
      files = [partial, *partial.iterdir()]
      newest = max(path.stat().st_mtime for path in files)
      if time.time() - newest > _ABANDONED_AFTER_SECONDS:
        shutil.rmtree(partial, ignore_errors=True)


def _disk_full(root: pathlib.Path, needed: int | None = None) -> OSError:
  free = shutil.disk_usage(root).free
  share = "" if needed is None else f" of the {needed / 1e6:,.0f} MB needed"
  return OSError(
    errno.ENOSPC,
    f"The decoded images do not fit into {root}, which has {free / 1e6:,.0f} "
    f"MB free{share}. Free some space, choose another cache folder, or limit "
    "the number of images with train_limit and test_limit.",
  )


def _check_unreadable(
  count: int, first: list[str], place: str, allowed: int | None
) -> None:
  if not count:
    return
  names = ", ".join(first[:3])
  if allowed is not None and count > allowed:
    raise data_config.DatasetUnavailable(
      f"{count} images of {place} cannot be read, such as {names}; "
      f"max_unreadable allows {allowed}. Repair or remove them, or raise "
      "max_unreadable."
    )
  logging.warning(
    "%d images of %s cannot be read and are left out, such as %s.",
    count,
    place,
    names,
  )
