"""TensorBoard logs, read back with TensorBoard's own reader."""

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing import event_accumulator

from experiments.training.logs import Summaries
from experiments.training.run_dir import RunDir


def _read(run, name):
  folder = str(run.tensorboard(name))
  return event_accumulator.EventAccumulator(
    folder, {event_accumulator.TENSORS: 0}
  ).Reload()


def _values(run, name, tag):
  return [
    (event.step, float(tf.make_ndarray(event.tensor_proto)))
    for event in _read(run, name).Tensors(tag)
  ]


@pytest.fixture
def run(tmp_path):
  return RunDir(tmp_path)


def test_levels_have_the_same_tags_in_runs_of_their_own(run):
  """So that TensorBoard overlays them."""
  summaries = Summaries(run)
  for step in (10, 20):
    scalars = {f"level_{k}": {"kl": k + step, "loss": 1.0} for k in (0, 1)}
    summaries.scalars(scalars, step, "train/")
  summaries.scalars({"cascade": {"rmse": 5.0}}, 20, "validation/")
  summaries.close()
  for k in (0, 1):
    tags = _read(run, f"level_{k}").Tags()["tensors"]
    assert sorted(tags) == ["train/kl", "train/loss"]
    expected = [(10, k + 10.0), (20, k + 20.0)]
    assert _values(run, f"level_{k}", "train/kl") == expected
  assert _values(run, "cascade", "validation/rmse") == [(20, 5.0)]


def test_pictures_read_back_as_drawn(run):
  """uint8, not scaled by anybody."""
  picture = np.random.default_rng(0).integers(0, 256, (5, 6, 3), np.uint8)
  summaries = Summaries(run)
  summaries.pictures({"level_1": {"bands": picture}}, 7)
  summaries.close()
  [event] = _read(run, "level_1").Tensors("bands")
  assert event.step == 7
  width, height, png = tf.make_ndarray(event.tensor_proto)
  assert (int(width), int(height)) == (6, 5)
  np.testing.assert_array_equal(tf.io.decode_png(png), picture)


def test_flushed_values_are_visible_at_once(run):
  """A training is watched while it runs."""
  summaries = Summaries(run)
  summaries.scalars({"level_0": {"kl": 3.0}}, 1)
  summaries.flush()
  assert _values(run, "level_0", "kl") == [(1, 3.0)]
  summaries.close()


def test_nothing_is_opened_before_it_is_written(run):
  """A worker that is not the chief leaves no files."""
  Summaries(run).close()
  assert not list(run.path.iterdir())
