"""Training and test images from folders of image files.

Splits and classes are those of `folder_layout`. The order of the images is
fixed and unrelated to their names (it is that of ImageFolder, or of a hash), so
the first N are a fair sample.

A file that cannot be read or decoded is left out and named in the log.
"""

import hashlib
import os
import pathlib
from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from experiments.data import folder_layout, image_decoding, image_source

_BLACK = np.zeros((1, 1, 3), np.uint8)


def sources(path: str) -> image_source.Sources:
  """Returns the images and classes of a folder.

  Raises:
    DatasetUnavailable: If the folder does not exist, or a split has no images.
  """
  layout = folder_layout.scan(path)
  train = _source(layout, "train", layout.train)
  test = _source(layout, layout.test_folder or "test", layout.test)
  return train, test, layout.class_names


def _source(
  layout: folder_layout.FolderLayout, split: str, paths: Sequence[str]
) -> image_source.ImageSource:
  files = []
  for path in paths:
    try:
      status = os.stat(layout.root / path)
      files.append(
        [image_source.printable(path), status.st_size, status.st_mtime_ns]
      )
    except OSError:  # It is a dangling link; reading it will say so.
      files.append([image_source.printable(path), -1, -1])
  digest = hashlib.sha256(repr(files).encode()).hexdigest()
  root = os.path.abspath(layout.root)
  return image_source.ImageSource(
    name=f"{image_source.printable(os.path.basename(root))}-{split}",
    identity={
      "folder": image_source.printable(root),
      "split": split,
      "files": digest,
      "decoding": image_decoding.DECODING,
      "classes": layout.class_names
      and [image_source.printable(c) for c in layout.class_names],
    },
    num_images=len(paths),
    dataset=lambda: _dataset(layout, split, paths),
    has_labels=layout.class_names is not None,
    place=image_source.printable(root),
  )


def _dataset(
  layout: folder_layout.FolderLayout, split: str, paths: Sequence[str]
) -> tf.data.Dataset:
  if image_folder := _image_folder(layout, split, paths):
    dataset = image_folder.as_dataset(
      split=split, decoders={"image": tfds.decode.SkipDecoding()}
    ).map(_rename)
    # A file that has vanished since ends in an error, which is skipped. The
    # cache counts its images and reports that one is missing.
    dataset = dataset.ignore_errors()
    decode = _decode
  else:
    dataset = _files(layout, paths)
    decode = _read_and_decode

  def decoded(row: dict[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    image, problem = tf.numpy_function(
      decode, [row.pop("file")], [tf.uint8, tf.string], stateful=False
    )
    image = tf.ensure_shape(image, (None, None, 3))
    return dict(row, image=image, problem=tf.ensure_shape(problem, ()))

  return dataset.map(
    decoded, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
  )


def _rename(example: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
  return {
    "file": example["image"],
    "name": example["image/filename"],
    "label": example["label"],
  }


def _image_folder(
  layout: folder_layout.FolderLayout, split: str, paths: Sequence[str]
) -> tfds.folder_dataset.ImageFolder | None:
  """Returns the ImageFolder that sees exactly these files, or None.

  ImageFolder looks one folder deep, knows JPEG and PNG only, and says nothing
  of the files it passes over; it also ends at the first file it cannot open.
  """
  if layout.test_folder is None or layout.class_names is None:
    return None
  if not all(os.access(layout.root / path, os.R_OK) for path in paths):
    return None
  try:
    image_folder = tfds.folder_dataset.ImageFolder(str(layout.root))
  except UnicodeDecodeError:  # It lists names that are valid UTF-8 only.
    return None
  same = (
    split in image_folder.info.splits
    and image_folder.info.splits[split].num_examples == len(paths)
    and tuple(image_folder.info.features["label"].names) == layout.class_names
  )
  return image_folder if same else None


def _files(
  layout: folder_layout.FolderLayout, paths: Sequence[str]
) -> tf.data.Dataset:
  names = [os.fsencode(layout.root / path) for path in paths]
  columns = {"file": names, "name": names}
  if layout.class_names is not None:
    numbers = {name: i for i, name in enumerate(layout.class_names)}
    columns["label"] = np.array(
      [numbers[layout.class_of(path)] for path in paths], np.int64
    )
  return tf.data.Dataset.from_tensor_slices(columns)


def _read_and_decode(name: bytes) -> tuple[np.ndarray, bytes]:
  try:
    return _decode(pathlib.Path(os.fsdecode(name)).read_bytes())
  except OSError as error:
    return _BLACK, str(error.strerror or error).encode()


def _decode(encoded: bytes) -> tuple[np.ndarray, bytes]:
  """Returns the pixels and no problem, or black and a problem."""
  try:
    return image_decoding.decode_rgb(encoded), b""
  except ValueError as error:
    return _BLACK, str(error).encode("utf-8", "backslashreplace")
