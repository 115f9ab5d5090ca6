"""A run knows how many images it started with."""

import dataclasses

import numpy as np
import pytest

from experiments.data.batches import Split
from experiments.data.datasets import ImageData
from experiments.runs import image_counts
from experiments.training.run_dir import RunDir


def _data(train):
  counts = {"train": train, "validation": 3, "test": 4}
  splits = {
    name: Split(np.zeros((count, 2, 2, 3), np.uint8))
    for name, count in counts.items()
  }
  return ImageData(name="folder:photos", class_names=None, **splits)


def test_images_that_came_or_went_are_told_of(tmp_path, caplog):
  """Against the first start, however often the run was resumed since."""
  run_dir = RunDir(tmp_path)
  for count, told in ((10, False), (10, False), (12, True), (12, True)):
    caplog.clear()
    image_counts.compare(run_dir, _data(count))
    image_counts.store(run_dir, _data(count))
    assert bool(caplog.messages) == told
  (message,) = caplog.messages
  assert "10 training" in message and "now has 12 training, 3 val" in message


@pytest.mark.parametrize("split", ["validation", "test"])
def test_every_split_is_compared(tmp_path, caplog, split):
  run_dir, data = RunDir(tmp_path), _data(10)
  image_counts.store(run_dir, data)
  more = Split(np.zeros((9, 2, 2, 3), np.uint8))
  image_counts.compare(run_dir, dataclasses.replace(data, **{split: more}))
  assert f"9 {split}" in caplog.text
