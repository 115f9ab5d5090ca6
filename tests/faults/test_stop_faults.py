"""Trainings that are told to stop, or that must not go on."""

import re
import signal
import types

import numpy as np
import pytest
import tensorflow as tf
from support import small_runs, trainings

from experiments.runs import job, trained_run
from experiments.training.loop import TrainingDiverged
from lapcvae_tf.model import LapCVAE


@pytest.fixture(scope="module")
def preempted(undisturbed):
  """A command that got SIGTERM, after a second one in the same folder.

  Attributes: `training`; `second`; the exit `status` of each.
  """
  training = undisturbed.elsewhere("preempted")
  second = trainings.Training(
    training.run_dir.with_name("second"), training.command, training.options
  )
  process = training.start()

  def compiles():
    return ": steps 0 to 6." in training.said

  # While the first step compiles; no checkpoint would be due.
  assert trainings.wait_for(compiles, process)
  process.send_signal(signal.SIGSTOP)
  refused = second.run("--resume")
  process.send_signal(signal.SIGTERM)
  process.send_signal(signal.SIGCONT)
  status = process.wait(timeout=400)
  return types.SimpleNamespace(
    training=training, second=second, status=(status, refused)
  )


def test_sigterm_saves_before_it_ends(preempted, record):
  """SIGTERM while training (preemption)"""
  training = preempted.training
  assert preempted.status[0] == 1
  stopped = re.search(r"Stopped by SIGTERM at step (\d+)", training.said)
  assert stopped, training.said
  assert "Add --resume to go on" in training.said
  assert "Traceback" not in training.said
  assert training.saved() == [int(stopped[1])]
  record()


def test_a_second_command_is_refused_while_the_first_trains(preempted, record):
  """Two processes on one run folder"""
  second = preempted.second
  assert preempted.status[1] == 1
  assert "Another process is working in" in second.said
  assert "Traceback" not in second.said
  record()


@pytest.mark.slow_faults
def test_what_sigterm_stopped_ends_as_if_it_had_not(
  preempted, undisturbed, record
):
  """SIGTERM while training (preemption)"""
  training = preempted.training
  saved = training.saved()[0]
  training.resume()
  assert training.steps_from() == saved
  trainings.assert_near_end(training, undisturbed, 6)
  record()


@pytest.mark.slow_faults
def test_nan_of_one_level_stops_all(tmp_path, monkeypatch, tiny_config, record):
  """Loss becomes NaN"""
  name = small_runs.write_pictures(tmp_path / "pictures")
  config = small_runs.config(tiny_config(), name, steps=6, validate_every=6)

  def train(**options):
    environment = small_runs.environment(tmp_path, **options)
    job.train("tiny", config, environment)

  autoencode = LapCVAE._autoencode

  def poisoned(self, image, seed, objective, trained=()):
    fine, coarse = autoencode(self, image, seed, objective, trained)
    now = tf.equal(self.optimizer.iterations, 4) if trained else False
    band = coarse.band * tf.where(now, np.nan, 1.0)
    return [fine, coarse._replace(band=band)]

  with monkeypatch.context() as patch:
    patch.setattr(LapCVAE, "_autoencode", poisoned)
    message = "^Step 5: level_1 loss.* not finite. .*ckpt-4"
    with pytest.raises(TrainingDiverged, match=message):
      train()
  kept = trained_run.load(str(tmp_path / "run"))
  assert kept.steps == 4
  train(resume=True)
  ended = trained_run.load(str(tmp_path / "run"))
  assert ended.steps == 6
  for run in (kept, ended):
    assert all(np.all(np.isfinite(weight)) for weight in run.model.weights)
  record(lost="steps since the last checkpoint")
