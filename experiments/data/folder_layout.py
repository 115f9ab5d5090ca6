"""Finds the splits and the classes of a folder of image files.

These layouts are recognised, in this order:

  PATH/train/<class>/*, PATH/test/<class>/*    read by tfds' ImageFolder
  PATH/train/*, PATH/test/*                    no classes
  PATH/<class>/*                               split by name, see below
  PATH/*                                       split by name, no classes

Folders are searched to any depth, names with a leading dot are ignored, and
`val` or `validation` serves as `test` where there is no `test`. A class is the
first folder below PATH or below a split; images beside such folders mean that
there are no classes.

Without split folders, an image belongs to the test split if a hash of its
relative path falls into the lowest fifth. About 20 % do, in every class, and
adding or removing other images never moves an image across.
"""

import dataclasses
import hashlib
import os
import pathlib
from collections.abc import Iterator, Sequence

from absl import logging

from experiments.config import data_config
from experiments.data import image_decoding

_TEST_FOLDERS = ("test", "validation", "val")
_TEST_SHARE = 0.2


@dataclasses.dataclass(frozen=True)
class FolderLayout:
  """The image files of a folder.

  Attributes:
    root: The folder.
    train: The training images, as paths relative to `root` with forward
      slashes, in the order of a hash of these paths.
    test: The test images, likewise.
    class_names: The names of the classes, sorted; None without classes.
    test_folder: The name of the folder of the test split; None if the images
      were split by name.
  """

  root: pathlib.Path
  train: tuple[str, ...]
  test: tuple[str, ...]
  class_names: tuple[str, ...] | None
  test_folder: str | None

  def class_of(self, path: str) -> str:
    """Returns the class of one of the paths."""
    return path.split("/")[0 if self.test_folder is None else 1]


def scan(path: str) -> FolderLayout:
  """Finds the images of a folder, their splits and classes.

  Raises:
    DatasetUnavailable: If the folder does not exist, or a split has no images.
  """
  root = pathlib.Path(path).expanduser()
  if not root.is_dir():
    raise data_config.DatasetUnavailable(
      f"There is no folder {root}. Give the path of a folder of images, as "
      "folder:PATH."
    )
  paths = sorted(_image_paths(root), key=_hash)
  if not paths:
    raise data_config.DatasetUnavailable(
      f"{root} holds no images. Files whose names end in "
      f"{', '.join(image_decoding.SUFFIXES)} are taken for images, in "
      "subfolders too."
    )
  if (root / "train").is_dir() or (root / "test").is_dir():
    train, test, test_folder = _split_by_folder(root, paths)
  else:
    train, test = _split_by_name(root, paths)
    test_folder = None
  return FolderLayout(
    root, train, test, _class_names(train + test, test_folder), test_folder
  )


def _split_by_folder(
  root: pathlib.Path, paths: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...], str]:
  """Returns training paths, test paths and the name of the test folder."""
  tops = {path.split("/")[0] for path in paths if "/" in path}
  test_folder = next((name for name in _TEST_FOLDERS if name in tops), "test")
  for split in ("train", test_folder):
    if split not in tops:
      raise data_config.DatasetUnavailable(
        f"{root} is split into folders, but {root / split} holds no images. "
        "Put some there, or rename the other one to have all images split by "
        "name."
      )
  train = tuple(path for path in paths if path.startswith("train/"))
  test = tuple(path for path in paths if path.startswith(f"{test_folder}/"))
  if ignored := len(paths) - len(train) - len(test):
    logging.info(
      "%d images of %s are neither in train nor in %s and are not used.",
      ignored,
      root,
      test_folder,
    )
  return train, test, test_folder


def _split_by_name(
  root: pathlib.Path, paths: Sequence[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
  """Returns training paths and test paths."""
  train = tuple(path for path in paths if _hash(path)[0] >= _TEST_SHARE)
  test = tuple(path for path in paths if _hash(path)[0] < _TEST_SHARE)
  if not train or not test:
    raise data_config.DatasetUnavailable(
      f"All {len(paths)} images of {root} fall into the "
      f"{'test' if test else 'training'} split. Add images, or sort them into "
      "folders train and test."
    )
  return train, test


def _class_names(
  paths: Sequence[str], test_folder: str | None
) -> tuple[str, ...] | None:
  depth = 0 if test_folder is None else 1
  folders = [path.split("/")[depth:-1] for path in paths]
  if not all(folders):
    return None
  return tuple(sorted({parts[0] for parts in folders}))


def _image_paths(root: pathlib.Path) -> Iterator[str]:
  """Yields paths relative to `root`, with forward slashes."""
  seen = set()
  for folder, subfolders, names in os.walk(root, followlinks=True):
    real = os.path.realpath(folder)
    if real in seen:  # A link to a folder above would lead round for ever.
      subfolders.clear()
      continue
    seen.add(real)
    subfolders[:] = sorted(name for name in subfolders if name[0] != ".")
    for name in names:
      if name[0] != "." and name.lower().endswith(image_decoding.SUFFIXES):
        yield pathlib.Path(folder, name).relative_to(root).as_posix()


def _hash(path: str) -> tuple[float, str]:
  """Returns a number in [0, 1) and, to break ties, the path."""
  digest = hashlib.sha256(os.fsencode(path)).digest()
  return int.from_bytes(digest[:8], "big") / 2**64, path
