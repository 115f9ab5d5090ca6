"""Folders of images: splits, classes, and files that cannot be read."""

import os

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from experiments.config.data_config import DatasetUnavailable
from experiments.data import folder_images, folder_layout, image_decoding

_ImageFolder = tfds.folder_dataset.ImageFolder


def _write(path, value=0, shape=(8, 8)):
  """Saves an image of one grey value."""
  path.parent.mkdir(parents=True, exist_ok=True)
  Image.fromarray(np.full((*shape, 3), value, np.uint8)).save(path)


def _touch(folder, *names):
  """Makes empty files, for tests that look at names only."""
  for name in names:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).touch()


def _examples(source):
  """The examples as pairs of grey value and label; None for no label."""
  return sorted(
    (int(example["image"][0, 0, 0]), example.get("label"))
    for example in source.dataset().as_numpy_iterator()
  )


def _values(source):
  return [value for value, _ in _examples(source)]


@pytest.fixture
def split_folder(tmp_path):
  for split, start in (("train", 0), ("test", 100)):
    for i, label in enumerate(["cat", "dog", "dog"]):
      _write(tmp_path / split / label / f"{i}.png", start + i)
  return tmp_path


def test_split_and_class_folders_are_followed(split_folder, monkeypatch):
  """Splits keep apart, classes are numbered, and TFDS' ImageFolder reads."""
  as_dataset, splits = _ImageFolder.as_dataset, []

  def record(self, **options):
    splits.append(options["split"])
    return as_dataset(self, **options)

  monkeypatch.setattr(_ImageFolder, "as_dataset", record)
  train, test, class_names = folder_images.sources(str(split_folder))
  assert class_names == ("cat", "dog")
  assert _examples(train) == [(0, 0), (1, 1), (2, 1)]
  assert _examples(test) == [(100, 0), (101, 1), (102, 1)]
  assert splits == ["train", "test"]


@pytest.mark.parametrize(
  "extra, label",
  [
    ("train/dog/x.webp", 1),
    ("train/cat/deep/x.png", 0),
    ("train/dog/x.GIF", 1),
  ],
)
def test_files_that_image_folder_misses_are_read_too(
  split_folder, extra, label
):
  """It passes over other formats and deeper folders without a word."""
  _write(split_folder / extra, 50)
  train, _, class_names = folder_images.sources(str(split_folder))
  assert class_names == ("cat", "dog") and train.num_images == 4
  assert _examples(train)[:3] == [(0, 0), (1, 1), (2, 1)]
  assert _examples(train)[3][1] == label


@pytest.mark.parametrize("test_folder", ["test", "val", "validation"])
def test_images_directly_in_the_split_folders_have_no_classes(
  tmp_path, test_folder
):
  """Folders of validation images serve where there is no folder test."""
  _write(tmp_path / "train" / "a.png", 1)
  _write(tmp_path / test_folder / "b.png", 2)
  train, test, class_names = folder_images.sources(str(tmp_path))
  assert class_names is None and not train.has_labels
  assert (_examples(train), _examples(test)) == ([(1, None)], [(2, None)])


def test_class_folders_without_splits_keep_their_classes(tmp_path):
  """Each class is split by name."""
  for i in range(60):
    _write(tmp_path / "ab"[i % 2] / f"{i}.png", i)
  train, test, class_names = folder_images.sources(str(tmp_path))
  assert class_names == ("a", "b")
  both = sorted(_examples(train) + _examples(test))
  assert both == [(i, i % 2) for i in range(60)]


def test_new_images_leave_the_others_in_their_split(tmp_path):
  """About a fifth is for testing; a test image is never trained on later."""
  _touch(tmp_path, *(f"{i}.jpg" for i in range(100)))
  before = folder_layout.scan(str(tmp_path))
  _touch(tmp_path, *(f"new{i}.jpg" for i in range(100)))
  after = folder_layout.scan(str(tmp_path))
  assert set(before.test) < set(after.test)
  assert set(before.train) < set(after.train)
  assert 20 <= len(after.test) <= 60
  assert len({*after.train, *after.test}) == 200


def test_a_limit_takes_images_of_every_class(tmp_path):
  """The order is fixed but unrelated to names, so a prefix is a sample."""
  _touch(tmp_path, *(f"{'ab'[i // 50]}/{i}.jpg" for i in range(100)))
  first = folder_layout.scan(str(tmp_path)).train[:20]
  assert {path[0] for path in first} == {"a", "b"}


def test_every_suffix_in_either_case_is_taken(tmp_path):
  """Hidden files, such as those of macOS, and other files are not."""
  names = ["a.jpg", "b.JPEG", "c.Png", "d.webp", "e.bmp", "f.gif"]
  others = ["._a.jpg", ".hidden/a.jpg", "notes.txt", "jpg", "folder.jpg/x"]
  _touch(tmp_path / "train", *names, *others)
  _touch(tmp_path / "test", "a.png")
  train = folder_layout.scan(str(tmp_path)).train
  assert sorted(train) == [f"train/{name}" for name in names]


def test_links_are_followed_but_not_in_circles(tmp_path):
  """A link to a folder above it would lead round for ever."""
  _write(tmp_path / "elsewhere" / "a.png", 1)
  _write(tmp_path / "images" / "test" / "b.png", 2)
  (tmp_path / "images" / "train").symlink_to(tmp_path / "elsewhere")
  (tmp_path / "elsewhere" / "up").symlink_to(tmp_path / "images")
  train, test, _ = folder_images.sources(str(tmp_path / "images"))
  assert (_values(train), _values(test)) == ([1], [2])


@pytest.mark.parametrize("classes", ["", "face"])
def test_damaged_files_are_named_with_their_problem(tmp_path, classes):
  """Reading goes on after them. A file may end in zeros, as black bitmaps."""
  folder = tmp_path / "train" / classes
  for name in ("good.png", "cut.png"):
    _write(folder / name, 9)
  (folder / "cut.png").write_bytes((folder / "cut.png").read_bytes()[:50])
  _write(folder / "black.bmp", 0, (90, 70))
  _write(folder / "needle.png", 0, (1, 10000))
  _touch(folder, "empty.jpg")
  (folder / "page.jpg").write_text("<html>not here</html>")
  (folder / "dangling.jpg").symlink_to(tmp_path / "nowhere.jpg")
  _write(tmp_path / "test" / classes / "a.png")
  train, _, _ = folder_images.sources(str(tmp_path))
  problems = {
    os.path.basename(example["name"].decode()): example["problem"].decode()
    for example in train.dataset().as_numpy_iterator()
  }
  assert problems.pop("cut.png")
  assert "10000x1 pixels" in problems.pop("needle.png")
  assert problems == {
    "good.png": "",
    "black.bmp": "",
    "empty.jpg": "the file is empty",
    "page.jpg": "not an image of a known format",
    "dangling.jpg": "No such file or directory",
  }


def test_image_folder_reads_files_that_end_in_zeros(split_folder):
  """Strings of bytes often lose them on the way."""
  _write(split_folder / "train" / "cat" / "black.png", 0, (90, 70))
  train, _, _ = folder_images.sources(str(split_folder))
  examples = train.dataset().as_numpy_iterator()
  assert [example["problem"] for example in examples] == [b""] * 4


def test_a_name_that_is_not_unicode_is_read(tmp_path):
  """Such names survive from old archives."""
  folder = tmp_path / "train" / "face"
  _write(folder / "plain.png", 1)
  try:
    (folder / "plain.png").rename(folder / os.fsdecode(b"caf\xe9.png"))
  except OSError:
    pytest.skip("This file system has Unicode names only.")
  _write(tmp_path / "test" / "face" / "a.png", 2)
  assert _values(folder_images.sources(str(tmp_path))[0]) == [1]


def test_identity_follows_the_files(split_folder):
  """An edited, added or removed file makes another dataset."""
  path = split_folder / "train" / "cat" / "0.png"

  def identity():
    return folder_images.sources(str(split_folder))[0].identity

  before = identity()
  assert identity() == before
  _write(path, 77)
  os.utime(path, (1, 1))
  edited = identity()
  path.unlink()
  removed = identity()
  assert before != edited != removed != before


def test_identity_follows_the_decoding(split_folder, monkeypatch):
  """What an earlier version decoded to other pixels is decoded again."""
  source = folder_images.sources(str(split_folder))[0]
  monkeypatch.setattr(image_decoding, "DECODING", image_decoding.DECODING + 1)
  assert folder_images.sources(str(split_folder))[0].identity != source.identity


@pytest.mark.parametrize(
  "names, message",
  [
    ([], "no folder .*nowhere.*folder:PATH"),
    (["notes.txt"], r"holds no images.*\.webp"),
    (["train/a.png", "test/x"], "/test holds no images"),
    (["test/a.png", "train/x"], "/train holds no images"),
    (["a.png"], "All 1 images .* folders train and"),
  ],
)
def test_a_folder_without_the_images_it_needs_is_named(
  tmp_path, names, message
):
  """Testing on training images by accident must not happen."""
  _touch(tmp_path, *(f"nowhere/{name}" for name in names))
  with pytest.raises(DatasetUnavailable, match=message):
    folder_images.sources(str(tmp_path / "nowhere"))
