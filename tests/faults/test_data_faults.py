"""Pictures and decoded images that go away while they are needed."""

import os
import shutil

import numpy as np
import pytest
import tensorflow as tf
from support import small_runs, trainings

from experiments.config import data_config
from experiments.config.data_config import DataConfig
from experiments.data import datasets, folder_images
from experiments.system import errors

_LOST_PICTURES = "pictures that were not decoded yet, counted in a warning"


def _load(folder, name):
  config = DataConfig(name=name, size=8)
  return datasets.load(config, cache_dir=str(folder / "cache"))


def test_decoded_images_need_neither_pictures_nor_cache(tmp_path, record):
  """Folder of pictures or of decoded images vanishes mid-epoch"""
  name = small_runs.write_pictures(tmp_path / "pictures")
  split = _load(tmp_path, name).train
  expected = split.images()
  stream = iter(split.training_batches(4, seed=0))
  first = [next(stream)["image"].numpy() for _ in range(2)]
  shutil.rmtree(tmp_path / "pictures")
  shutil.rmtree(tmp_path / "cache")
  # Some batches were read ahead; these were not.
  rest = [next(stream)["image"].numpy() for _ in range(20)]
  assert {batch.shape for batch in first + rest} == {(4, 8, 8, 3)}
  np.testing.assert_array_equal(split.images(), expected)
  record(tried=2)


@pytest.mark.parametrize("by_class", [False, True])
def test_pictures_that_vanish_while_decoding_are_counted(
  tmp_path, monkeypatch, caplog, record, by_class
):
  """Pictures vanish while they are decoded"""
  folders = ("",)
  if by_class:  # The layout that is read by TFDS.
    folders = ("train/a", "train/b", "test/a", "test/b")
  name = small_runs.write_pictures(tmp_path / "pictures", folders)
  sources = folder_images.sources

  def then_vanish(path):
    found = sources(path)
    for gone in sorted((tmp_path / "pictures").rglob("1*.png")):
      gone.unlink()
    return found

  monkeypatch.setattr(folder_images, "sources", then_vanish)
  data = _load(tmp_path, name)
  left = len(list((tmp_path / "pictures").rglob("*.png")))
  assert data.train.num_images + data.test.num_images == left
  gone = 11 * len(folders)
  assert left == 24 * len(folders) - gone
  counts = [
    int(record.args[0])
    for record in caplog.records
    if "cannot be read and are left out" in record.msg
  ]
  assert sum(counts) == gone
  record(lost=_LOST_PICTURES)


def test_a_cut_file_of_decoded_images_is_an_error_of_one_line(tmp_path, record):
  """Decoded images cut short while in use"""
  name = small_runs.write_pictures(tmp_path / "pictures")
  split = _load(tmp_path, name).train
  for path in (tmp_path / "cache").rglob("images.npy"):
    os.truncate(path, 300)
  with pytest.raises(data_config.DatasetUnavailable, match="cut short while"):
    split.images()
  stream = iter(split.training_batches(4, seed=0))
  with pytest.raises(tf.errors.OpError) as caught:
    next(stream)
  message = errors.hidden_in(caught.value)
  assert "images.npy: it was cut short while in use. Delete" in message
  assert "--resume" in message and "\n" not in message
  record(lost="steps since the last checkpoint")


@pytest.mark.slow_faults
def test_a_training_over_a_cut_file_ends_with_a_message(tmp_path, record):
  """Decoded images cut short while in use"""
  training = trainings.lapcvae(tmp_path, steps=60)
  process = training.start()
  assert trainings.wait_for(lambda: ": steps 0 to" in training.said, process)
  for path in (tmp_path / "cache").rglob("images.npy"):
    os.truncate(path, 300)
  assert process.wait(timeout=400) == 1
  assert "Traceback" not in training.said
  assert "Error: Cannot read" in training.said
  assert "it was cut short while in use. Delete the folder" in training.said
  shutil.rmtree(tmp_path / "cache")
  saved = (training.saved() or [0])[0]
  training.resume()
  assert training.steps_from() == saved and training.saved()[0] == 60
  record(lost="steps since the last checkpoint")
