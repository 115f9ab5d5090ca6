"""Folders of images: splits, classes, and files that cannot be read."""

import os

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from experiments.config import data_config
from experiments.data import folder_images, folder_layout


def _write(path, value=0, shape=(8, 8)):
  """Saves an image of one grey value."""
  path.parent.mkdir(parents=True, exist_ok=True)
  Image.fromarray(np.full((*shape, 3), value, np.uint8)).save(path)


def _examples(source):
  return list(source.dataset().as_numpy_iterator())


def _values(source):
  return sorted(int(e["image"][0, 0, 0]) for e in _examples(source))


@pytest.fixture
def split_folder(tmp_path):
  for split, start in (("train", 0), ("test", 100)):
    for i, label in enumerate(["cat", "dog", "dog"]):
      _write(tmp_path / split / label / f"{i}.png", start + i)
  return tmp_path


def test_split_and_class_folders_are_followed(split_folder):
  """train and test keep apart, and classes are numbered in order."""
  train, test, class_names = folder_images.sources(str(split_folder))
  assert class_names == ("cat", "dog")
  assert _values(train) == [0, 1, 2]
  assert _values(test) == [100, 101, 102]
  for example in _examples(train):
    assert example["label"] == (example["image"][0, 0, 0] > 0)


def test_image_folder_reads_what_it_knows(split_folder, monkeypatch):
  """The layout of tfds.folder_dataset.ImageFolder is read through it."""
  split, calls = tfds.folder_dataset.ImageFolder.as_dataset, []

  def as_dataset(self, **options):
    calls.append(options["split"])
    return split(self, **options)

  monkeypatch.setattr(tfds.folder_dataset.ImageFolder, "as_dataset", as_dataset)
  train, test, _ = folder_images.sources(str(split_folder))
  _examples(train), _examples(test)
  assert calls == ["train", "test"]


@pytest.mark.parametrize(
  "extra", ["train/dog/x.webp", "train/cat/deep/x.png", "train/dog/x.GIF"]
)
def test_files_that_image_folder_misses_are_read_too(split_folder, extra):
  """It passes over other formats and deeper folders without a word."""
  _write(split_folder / extra, 50)
  train, _, class_names = folder_images.sources(str(split_folder))
  assert class_names == ("cat", "dog")
  assert len(_values(train)) == train.num_images == 4
  labels = {int(e["image"][0, 0, 0]): e["label"] for e in _examples(train)}
  assert labels[0] == 0 and labels[1] == 1
  assert class_names[labels[max(labels)]] == extra.split("/")[1]


def test_images_directly_in_the_split_folders_have_no_classes(tmp_path):
  """A layout in which ImageFolder finds nothing."""
  _write(tmp_path / "train" / "a.png", 1)
  _write(tmp_path / "test" / "b.png", 2)
  train, test, class_names = folder_images.sources(str(tmp_path))
  assert class_names is None and not train.has_labels
  assert (_values(train), _values(test)) == ([1], [2])
  assert "label" not in _examples(train)[0]


@pytest.mark.parametrize("name", ["val", "validation"])
def test_validation_folder_serves_as_test(tmp_path, name):
  """Where there is no folder test."""
  _write(tmp_path / "train" / "a.png", 1)
  _write(tmp_path / name / "b.png", 2)
  assert _values(folder_images.sources(str(tmp_path))[1]) == [2]


def test_class_folders_without_splits_keep_their_classes(tmp_path):
  """Each class is split by name."""
  for i in range(60):
    _write(tmp_path / "ab"[i % 2] / f"{i}.png", i)
  train, test, class_names = folder_images.sources(str(tmp_path))
  assert class_names == ("a", "b")
  assert sorted(_values(train) + _values(test)) == list(range(60))
  for example in _examples(train) + _examples(test):
    assert example["label"] == example["image"][0, 0, 0] % 2


def test_flat_folder_is_split_by_name(tmp_path):
  """About a fifth is for testing, nothing is in both, nothing is lost."""
  for i in range(200):
    (tmp_path / f"{i}.jpg").touch()
  layout = folder_layout.scan(str(tmp_path))
  assert 20 <= len(layout.test) <= 60
  assert len(layout.train) + len(layout.test) == 200
  assert not set(layout.train) & set(layout.test)


def test_new_images_leave_the_others_in_their_split(tmp_path):
  """A test image must never become a training image."""
  for i in range(50):
    (tmp_path / f"{i}.jpg").touch()
  before = folder_layout.scan(str(tmp_path))
  for i in range(50):
    (tmp_path / f"new{i}.jpg").touch()
  after = folder_layout.scan(str(tmp_path))
  assert set(before.test) < set(after.test)
  assert set(before.train) < set(after.train)


def test_a_limit_takes_images_of_every_class(tmp_path):
  """The order is fixed but unrelated to names, so a prefix is a sample."""
  for i in range(100):
    path = tmp_path / "ab"[i // 50] / f"{i}.jpg"
    path.parent.mkdir(exist_ok=True)
    path.touch()
  first = folder_layout.scan(str(tmp_path)).train[:20]
  assert {path[0] for path in first} == {"a", "b"}


def test_every_suffix_in_either_case_is_taken(tmp_path):
  """Hidden files, such as those of macOS, and other files are not."""
  names = ["a.jpg", "b.JPEG", "c.Png", "d.webp", "e.bmp", "f.gif"]
  for name in [*names, "._a.jpg", ".hidden/a.jpg", "notes.txt", "jpg"]:
    (tmp_path / "train" / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "train" / name).touch()
  (tmp_path / "train" / "folder.jpg").mkdir()
  _write(tmp_path / "test" / "a.png")
  found = folder_layout.scan(str(tmp_path)).train
  assert sorted(found) == [f"train/{name}" for name in names]


def test_links_are_followed_but_not_in_circles(tmp_path):
  """A link to a folder above it would lead round for ever."""
  _write(tmp_path / "elsewhere" / "a.png", 1)
  _write(tmp_path / "images" / "test" / "b.png", 2)
  (tmp_path / "images" / "train").symlink_to(tmp_path / "elsewhere")
  (tmp_path / "elsewhere" / "up").symlink_to(tmp_path / "images")
  train, test, _ = folder_images.sources(str(tmp_path / "images"))
  assert (_values(train), _values(test)) == ([1], [2])


@pytest.mark.parametrize("suffix", ["png", "bmp"])
def test_a_file_may_end_in_zeros(split_folder, suffix):
  """As a black bitmap does; strings of bytes often lose them on the way."""
  _write(split_folder / "train" / "cat" / f"black.{suffix}", 0, (90, 70))
  train, _, _ = folder_images.sources(str(split_folder))
  assert [e["problem"] for e in _examples(train)] == [b""] * 4


@pytest.mark.parametrize("classes", [True, False])
def test_damaged_files_are_named_with_their_problem(tmp_path, classes):
  """Reading goes on after them."""
  folder = tmp_path / "train" / ("face" if classes else "")
  _write(folder / "good.png", 9)
  _write(folder / "cut.png", 9)
  (folder / "cut.png").write_bytes((folder / "cut.png").read_bytes()[:50])
  (folder / "empty.jpg").touch()
  (folder / "page.jpg").write_text("<html>not found</html>")
  (folder / "dangling.jpg").symlink_to(tmp_path / "nowhere.jpg")
  _write(tmp_path / "test" / ("face" if classes else "") / "a.png")
  train, _, _ = folder_images.sources(str(tmp_path))
  problems = {
    os.path.basename(example["name"].decode()): example["problem"].decode()
    for example in _examples(train)
  }
  assert problems.pop("good.png") == ""
  assert problems.pop("empty.jpg") == "the file is empty"
  assert problems.pop("page.jpg") == "not an image of a known format"
  assert problems.pop("dangling.jpg") == "No such file or directory"
  assert problems.pop("cut.png") and not problems


def test_a_name_that_is_not_unicode_is_read(tmp_path):
  """Such names survive from old archives."""
  try:
    _write(tmp_path / "train" / "face" / "plain.png", 1)
    (tmp_path / "train" / "face" / "plain.png").rename(
      tmp_path / "train" / "face" / os.fsdecode(b"caf\xe9.png")
    )
  except OSError:
    pytest.skip("This file system has Unicode names only.")
  _write(tmp_path / "test" / "face" / "a.png", 2)
  train, _, _ = folder_images.sources(str(tmp_path))
  assert _values(train) == [1]


def test_identity_follows_the_files(split_folder):
  """An edited, added or removed file makes another dataset."""

  def identity():
    return folder_images.sources(str(split_folder))[0].identity

  before = identity()
  assert identity() == before
  _write(split_folder / "train" / "cat" / "0.png", 77)
  os.utime(split_folder / "train" / "cat" / "0.png", (1, 1))
  edited = identity()
  assert edited != before
  (split_folder / "train" / "cat" / "0.png").unlink()
  assert identity() not in (before, edited)


def test_a_missing_folder_is_named(tmp_path):
  """With what to write instead."""
  with pytest.raises(
    data_config.DatasetUnavailable, match="no folder .*nowhere.*folder:PATH"
  ):
    folder_images.sources(str(tmp_path / "nowhere"))


def test_a_folder_without_images_says_what_counts_as_one(tmp_path):
  """The suffixes are listed."""
  (tmp_path / "notes.txt").touch()
  with pytest.raises(
    data_config.DatasetUnavailable, match=r"holds no images.*\.webp"
  ):
    folder_images.sources(str(tmp_path))


@pytest.mark.parametrize(
  "there, missing", [("train", "test"), ("test", "train")]
)
def test_a_split_without_images_is_named(tmp_path, there, missing):
  """Testing on training images by accident must not happen."""
  _write(tmp_path / there / "a.png")
  (tmp_path / missing).mkdir()
  with pytest.raises(
    data_config.DatasetUnavailable, match=f"/{missing} holds no images"
  ):
    folder_images.sources(str(tmp_path))


def test_too_few_images_to_split_are_refused(tmp_path):
  """One image cannot be in two splits."""
  _write(tmp_path / "a.png")
  with pytest.raises(
    data_config.DatasetUnavailable, match="All 1 images .* folders train and"
  ):
    folder_images.sources(str(tmp_path))
