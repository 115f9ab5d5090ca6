"""The cache of decoded images: made once, whole or not at all."""

import errno
import json
import os
import pathlib
import shutil
import time

import numpy as np
import pytest
import tensorflow as tf

from experiments.config.data_config import DatasetUnavailable
from experiments.data import image_arrays, image_source
from experiments.data.cache import image_cache, roots, writer
from experiments.data.window import Window

SIZE = 8


def _source(num_images=5, problems=(), sizes=None, **changes):
  """Image i is grey i and has label i; those of `problems` are unreadable."""
  columns = {
    "shape": [(*size, 3) for size in sizes or [(SIZE, SIZE)] * num_images],
    "label": np.arange(num_images),
    "name": [f"file{i}" for i in range(num_images)],
    "problem": ["broken" * (i in problems) for i in range(num_images)],
  }

  def example(row):
    pixel = tf.cast(row["label"], tf.uint8)
    return dict(row, image=tf.fill(row.pop("shape"), pixel))

  fields = {
    "name": "numbers",
    "identity": {"version": 1},
    "num_images": num_images,
    "dataset": lambda: tf.data.Dataset.from_tensor_slices(columns).map(example),
    "has_labels": True,
    "place": "/numbers",
  }
  return image_source.ImageSource(**(fields | changes))


def _unused():
  raise AssertionError("decoded again")


def _open(source, root, size=SIZE, crop=None, **options):
  window = Window(size=size, crop=crop)
  return image_cache.open_split(source, window, root, **options)


def _values(split):
  """The numbers of the images, which their labels repeat."""
  values = split.images()[:, 0, 0, 0].tolist()
  assert split.labels.tolist() == values
  return values


def test_images_and_labels_are_kept_in_order(tmp_path):
  """There are more of them than are written at once."""
  split = _open(_source(150), tmp_path)
  assert _values(split) == list(range(150))
  assert split.image_shape == (SIZE, SIZE, 3)


def test_the_second_time_nothing_is_decoded(tmp_path):
  """The entry stays on disk, and is not read into memory."""
  first = _open(_source(), tmp_path)
  second = _open(_source(dataset=_unused), tmp_path)
  np.testing.assert_array_equal(first.images(), second.images())
  assert isinstance(second._images, image_arrays.ImageRows)


def test_whatever_changes_the_pixels_makes_another_entry(tmp_path):
  """That is other contents, another size, another window."""
  _open(_source(), tmp_path)
  _open(_source(identity={"version": 2}), tmp_path)
  _open(_source(), tmp_path, size=4)
  _open(_source(), tmp_path, size=4, crop=4)
  assert len(list(tmp_path.iterdir())) == 4


def test_an_entry_can_be_read_by_people(tmp_path):
  """Its name begins with dataset and size; info.json holds the rest."""
  _open(_source(name="a b/é-train"), tmp_path)
  [entry] = tmp_path.iterdir()
  assert entry.name.startswith("a_b_é-train-8px-")
  info = json.loads((entry / "info.json").read_text())
  assert info["identity"] == {"version": 1}
  assert np.load(entry / "images.npy").shape == (5, SIZE, SIZE, 3)


def test_a_limit_keeps_the_first_readable_images(tmp_path):
  """It keeps the same ones whether or not all were decoded before."""
  problems = {"problems": [0, 2]}
  assert _values(_open(_source(**problems), tmp_path / "a", limit=2)) == [1, 3]
  assert _values(_open(_source(**problems), tmp_path, limit=99)) == [1, 3, 4]
  _open(_source(**problems), tmp_path)
  decoded = _source(**problems, dataset=_unused)
  assert _values(_open(decoded, tmp_path, limit=2)) == [1, 3]


@pytest.mark.parametrize("cached", [False, True])
def test_unreadable_images_are_left_out_up_to_a_limit(tmp_path, caplog, cached):
  """The log names file and reason. An earlier run may have accepted more."""
  source = _source(problems=[1, 3])
  if cached:
    assert _values(_open(source, tmp_path)) == [0, 2, 4]
    assert "file1: broken" in caplog.text
    assert "2 images of /numbers cannot be read" in caplog.text
  assert _open(source, tmp_path, max_unreadable=2)
  with pytest.raises(DatasetUnavailable, match="2 images .*file1: .*allows 1"):
    _open(source, tmp_path, max_unreadable=1)


@pytest.mark.parametrize(
  "source, error, message",
  [
    # The first reasons are in the message.
    (_source(3, [0, 1, 2]), DatasetUnavailable, "of the 3 .*file0: broken"),
    # So are the window, the image and its size.
    (
      _source(sizes=[(8, 8)] * 4 + [(7, 9)]),
      ValueError,
      "8x8 .*file4 .*7 rows and 9 columns.*crop=None",
    ),
  ],
)
def test_what_cannot_be_used_is_an_error_and_leaves_no_entry(
  tmp_path, source, error, message
):
  """There may be no readable image, or one that is smaller than the crop."""
  with pytest.raises(error, match=message):
    _open(source, tmp_path, crop=8)
  assert not list(tmp_path.iterdir())


def test_small_images_are_enlarged_with_one_warning(tmp_path, caplog):
  """This is so only where the largest square was asked for."""
  split = _open(_source(sizes=[(8, 8)] * 3 + [(4, 9)] * 2), tmp_path)
  assert _values(split) == [0, 1, 2, 3, 4]
  assert "2 images of /numbers are smaller than 8 pixels" in caplog.text


@pytest.mark.parametrize(
  "error, message",
  [
    (KeyboardInterrupt(), None),
    (OSError(errno.ENOSPC, "full"), "do not fit into .* another cache folder"),
  ],
)
def test_an_interrupted_write_leaves_nothing(
  tmp_path, monkeypatch, error, message
):
  """Neither Ctrl-C nor a disk that fills up does; the next attempt succeeds."""

  def fail(folder, *args):
    (folder / "images.npy").write_bytes(b"half")
    raise error

  with monkeypatch.context() as context:
    context.setattr(writer, "write", fail)
    with pytest.raises(type(error), match=message):
      _open(_source(), tmp_path)
  assert not list(tmp_path.iterdir())
  assert _open(_source(), tmp_path).num_images == 5


def test_what_a_killed_process_left_is_ignored_then_removed(tmp_path):
  """It is not taken for an entry, and removed once nobody can be writing."""
  _open(_source(), tmp_path)
  [entry] = tmp_path.iterdir()
  fresh, old = (tmp_path / f"{entry.name}.partial-{x}" for x in "ab")
  shutil.copytree(entry, fresh)
  entry.rename(old)
  long_ago = time.time() - 2 * 24 * 3600
  for path in [old, *old.iterdir()]:
    os.utime(path, (long_ago, long_ago))
  assert _open(_source(), tmp_path).num_images == 5
  assert set(tmp_path.iterdir()) == {entry, fresh}


def test_what_another_process_renames_meanwhile_is_passed_over(
  tmp_path, monkeypatch
):
  """It was listed as an unfinished entry, and is a finished one by now."""
  (tmp_path / "x.partial-a").mkdir()
  iterdir = pathlib.Path.iterdir

  def after_a_renaming(path):
    if ".partial-" in path.name:
      path.rename(tmp_path / "finished")
    return iterdir(path)

  monkeypatch.setattr(pathlib.Path, "iterdir", after_a_renaming)
  image_cache._remove_abandoned(tmp_path / "x")
  assert [path.name for path in iterdir(tmp_path)] == ["finished"]


def test_of_two_processes_the_first_wins(tmp_path, monkeypatch):
  """The second uses the entry that is in place by then."""
  write = writer.write

  def write_while_another_finishes(*args):
    monkeypatch.setattr(writer, "write", write)
    _open(_source(), tmp_path)
    return write(*args)

  monkeypatch.setattr(writer, "write", write_while_another_finishes)
  assert _values(_open(_source(), tmp_path)) == [0, 1, 2, 3, 4]
  assert len(list(tmp_path.iterdir())) == 1


def test_a_full_disk_is_foreseen(tmp_path):
  """It would otherwise show after an hour."""
  with pytest.raises(OSError, match="MB needed.*train_limit") as caught:
    _open(_source(dataset=_unused), tmp_path, size=10**6)
  assert caught.value.errno == errno.ENOSPC


@pytest.mark.parametrize("info", [None, "", "[]", "{}", '{"unreadable": {}}'])
def test_a_damaged_entry_is_named(tmp_path, info):
  """It may have been copied in part, or written to."""
  _open(_source(), tmp_path)
  [entry] = tmp_path.iterdir()
  if info is None:
    os.truncate(entry / "images.npy", 200)
  else:
    (entry / "info.json").write_text(info)
  with pytest.raises(DatasetUnavailable, match=f"{entry.name} .*Delete"):
    _open(_source(), tmp_path)


def test_without_write_access_a_temporary_folder_is_used(tmp_path, caplog):
  """One line says so; a folder below a file can never be made."""
  (tmp_path / "file").touch()
  root = tmp_path / "file" / "cache"
  assert _open(_source(), root).num_images == 5
  assert _open(_source(dataset=_unused), root).num_images == 5
  assert caplog.text.count("is not writable") == 1


def test_the_default_is_the_users_cache_folder(tmp_path, monkeypatch):
  """That is XDG_CACHE_HOME, or else ~/.cache."""
  monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
  assert roots.default_root() == tmp_path / "laplacian_pyramids"
  monkeypatch.delenv("XDG_CACHE_HOME")
  monkeypatch.setenv("HOME", str(tmp_path))
  assert roots.default_root() == tmp_path / ".cache" / "laplacian_pyramids"
