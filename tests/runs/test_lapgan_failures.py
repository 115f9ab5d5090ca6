"""LAPGAN levels that diverge or stop learning."""

import dataclasses
import logging
import types

import numpy as np
import pytest
import tensorflow as tf
from support import lapgan_runs

from experiments.data.batches import Split
from experiments.families.lapgan_task import LAPGANLevelTask
from experiments.runs import job
from experiments.system import errors
from experiments.training.loop import TrainingDiverged
from experiments.training.run_dir import RunDir

_ACCURACIES = ("real_accuracy", "generated_accuracy")


@pytest.fixture(scope="module")
def data(tmp_path_factory):
  """A folder, and the dataset in it."""
  folder = tmp_path_factory.mktemp("data")
  name = lapgan_runs.write_pictures(folder / "pictures")
  return types.SimpleNamespace(folder=folder, name=name)


def _exploding(data, network):
  """A configuration whose level_1 overflows, and level_0 does not."""
  config = lapgan_runs.tiny_config(data.name, steps=2)
  fine, coarse = config.model.levels
  coarse = dataclasses.replace(coarse, **{f"{network}_deviation": 1e38})
  model = dataclasses.replace(config.model, levels=(fine, coarse))
  return dataclasses.replace(config, model=model)


@pytest.mark.parametrize(
  "network, message",
  [
    ("discriminator", "Step 1: level_1 generator loss.* not finite"),
    # Compiled activations may make zero of a band that is not a number.
    ("generator", "Step [12]: level_1 .* not finite"),
  ],
)
def test_a_level_that_diverges_stops_the_training(data, network, message):
  """The message names step and level; no finer level is begun."""
  environment = lapgan_runs.environment(data.folder, network)
  with pytest.raises(TrainingDiverged, match=message) as caught:
    job.train("tiny", _exploding(data, network), environment)
  assert "There is no checkpoint yet" in str(caught.value)
  assert "lower training.learning_rate" in str(caught.value)
  run_dir = RunDir(environment.run_dir)
  assert not run_dir.part("level_0").exists()
  assert not list(run_dir.part("level_1").glob("checkpoints/*.index"))


def test_the_other_levels_may_go_on(data):
  """They are whole; the command still fails, and says why."""
  environment = lapgan_runs.environment(data.folder, "on", keep_going=True)
  config = _exploding(data, "discriminator")
  message = "Not all levels were trained. Step 1: level_1 generator loss"
  with pytest.raises(errors.UserError, match=message):
    job.train("tiny", config, environment)
  run_dir = RunDir(environment.run_dir)
  finished = [run_dir.is_part_finished(f"level_{k}") for k in range(2)]
  assert finished == [True, False] and not run_dir.is_finished
  assert (run_dir.saved_model("level_0") / "1" / "saved_model.pb").exists()


def test_a_discriminator_that_is_never_wrong_stops_its_level(data, monkeypatch):
  """Real training, in which D is told to have been right."""
  scalars = LAPGANLevelTask.training_scalars

  def always_right(self):
    for name in _ACCURACIES:
      self.model.trackers[name].reset_state()
      self.model.trackers[name].update_state(1.0)
    return scalars(self)

  monkeypatch.setattr(LAPGANLevelTask, "training_scalars", always_right)
  config = lapgan_runs.tiny_config(data.name, steps=6, saturation_steps=3)
  environment = lapgan_runs.environment(data.folder, "saturated")
  message = "^level_1: the discriminator has been right .* for 3 steps.*filters"
  with pytest.raises(TrainingDiverged, match=message):
    job.train("tiny", config, environment)
  assert not RunDir(environment.run_dir).part("level_0").exists()


def _experiment(limit, **options):
  """An experiment that takes no step, and its trackers."""
  config = lapgan_runs.tiny_config("faces", log_every=5, saturation_steps=limit)
  experiment = LAPGANLevelTask(
    config, 1, Split(np.zeros((4, 16, 16, 3), np.uint8)), **options
  )
  tags = ("generator_loss", "discriminator_loss", *_ACCURACIES)
  trackers = {tag: tf.keras.metrics.Mean() for tag in tags}
  experiment.model = types.SimpleNamespace(trackers=trackers)

  def log(real, generated):
    for tag, value in zip(_ACCURACIES, (real, generated), strict=True):
      trackers[tag].update_state(value)
    return experiment.training_scalars()["level_1"]

  return log


def test_one_mistake_of_the_discriminator_starts_the_count_again():
  """Of steps, not of logs; both kinds of examples count."""
  log = _experiment(limit=15)
  for real, generated in ((1, 1), (1, 1), (1, 0.99), (1, 1), (1, 1), (0.9, 1)):
    found = log(real, generated)
    assert found["generated_accuracy"] == pytest.approx(generated)
  log(1, 1), log(1, 1)
  with pytest.raises(TrainingDiverged, match="level_1: .* for 15 steps"):
    log(1, 1)


def test_saturation_may_be_reported_alone(caplog):
  """Once, or never."""
  with caplog.at_level(logging.WARNING, "absl"):
    log = _experiment(limit=None)
    for _ in range(9):
      log(1, 1)
    assert not caplog.records
    log = _experiment(limit=10, stop_if_saturated=False)
    for _ in range(9):
      log(1, 1)
  [record] = caplog.records
  assert "right on every example for 10 steps" in record.getMessage()
