"""TensorBoard logs, read back with TensorBoard's own reader."""

import numpy as np
import pytest
import tensorflow as tf
from support import small_runs

from experiments.training.logs import Summaries
from experiments.training.run_dir import RunDir


@pytest.fixture
def run(tmp_path):
  return RunDir(tmp_path)


def test_levels_have_the_same_tags_in_runs_of_their_own(run):
  """So that TensorBoard overlays them, with the words that explain them."""
  summaries = Summaries(run, {"kl": "In nats."})
  for step in (10, 20):
    scalars = {f"level_{k}": {"kl": k + step, "loss": 1.0} for k in (0, 1)}
    summaries.scalars(scalars, step, "train/")
  summaries.scalars({"cascade": {"rmse": 5.0}}, 20, "validation/")
  summaries.close()
  for k in (0, 1):
    log = small_runs.events(run, f"level_{k}")
    assert sorted(log.Tags()["tensors"]) == ["train/kl", "train/loss"]
    assert log.SummaryMetadata("train/kl").summary_description == "In nats."
    expected = [(10, k + 10.0), (20, k + 20.0)]
    assert small_runs.curve(run, f"level_{k}", "train/kl") == expected
  assert small_runs.curve(run, "cascade", "validation/rmse") == [(20, 5.0)]


def test_pictures_read_back_as_drawn(run):
  """uint8, row below row, whose labels the description tells."""
  generator = np.random.default_rng(0)
  above, below = generator.integers(0, 256, (2, 1, 64, 64, 3), np.uint8)
  summaries = Summaries(run)
  summaries.pictures({"level_1": {"bands": {"true": above, "drawn": below}}}, 7)
  summaries.close()
  log = small_runs.events(run, "level_1")
  [event] = log.Tensors("bands")
  assert event.step == 7
  assert "true, drawn" in log.SummaryMetadata("bands").summary_description
  picture = tf.io.decode_png(tf.make_ndarray(event.tensor_proto)[2]).numpy()
  np.testing.assert_array_equal(picture[2:66, 2:66], above[0])
  np.testing.assert_array_equal(picture[68:132, 2:66], below[0])


def test_a_configuration_is_text_and_hyperparameters(run):
  """Nested fields have paths; lists of numbers are words."""
  config = {"training": {"rate": 0.5, "steps": [1, 2]}, "levels": [{"k": 3}]}
  summaries = Summaries(run)
  summaries.configuration("cascade", {"preset": "demo", "config": config})
  summaries.close()
  log = small_runs.events(run, "cascade")
  [event] = log.Tensors("configuration")
  assert b'"preset": "demo"' in event.tensor_proto.string_val[0]
  content = log.SummaryMetadata("_hparams_/session_start_info").plugin_data
  for path in ("config.training.rate", "config.levels.0.k", "[1, 2]"):
    assert path.encode() in content.content


def test_flushed_values_are_visible_at_once(run):
  """A training is watched while it runs."""
  summaries = Summaries(run)
  summaries.scalars({"level_0": {"kl": 3.0}}, 1)
  summaries.flush()
  assert small_runs.curve(run, "level_0", "kl") == [(1, 3.0)]
  summaries.close()


def test_nothing_is_opened_before_it_is_written(run):
  """A worker that is not the chief leaves no files."""
  Summaries(run).close()
  assert not list(run.path.iterdir())
