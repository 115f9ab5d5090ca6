"""Trainings that are told to stop, or that must not go on."""

import os
import re
import signal

import fault_runs
import lapgan_runs
import numpy as np
import pytest
import tensorflow as tf

from experiments import lapcvae_training, trained_run
from experiments.environment import Environment
from experiments.harness.data_config import DataConfig
from experiments.harness.training import TrainingDiverged
from experiments.harness.training_config import TrainingConfig
from experiments.run_config import RunConfig
from lapcvae_tf.model import LapCVAE


def test_sigterm_saves_before_it_ends(undisturbed, record):
  """SIGTERM while training (preemption)"""
  training = undisturbed.elsewhere("preempted")
  process = training.start()
  # While the first step compiles; no checkpoint would be due.
  assert fault_runs.wait_for(
    lambda: ": steps 0 to 6." in training.said, process
  )
  process.send_signal(signal.SIGTERM)
  assert process.wait(timeout=300) == 1
  stopped = re.search(r"Stopped by SIGTERM at step (\d+)", training.said)
  assert stopped, training.said
  assert "Add --resume to go on" in training.said
  assert "Traceback" not in training.said
  assert training.saved() == [int(stopped[1])]
  training.resume()
  assert training.steps_from() == int(stopped[1])
  fault_runs.assert_same_end(training, undisturbed, 6)
  record(fault="SIGTERM while training (preemption)", tried=1, survived=1)


@pytest.mark.slow_faults
def test_nan_stops_at_its_step_and_keeps_the_last_checkpoint(
  tmp_path, monkeypatch, tiny_config, record
):
  """Loss becomes NaN"""
  name = lapgan_runs.write_pictures(tmp_path / "pictures")
  config = RunConfig(
    model=tiny_config(),
    data=DataConfig(name=name, size=16),
    training=TrainingConfig(
      steps=6,
      batch_size=4,
      log_every=1,
      validate_every=6,
      checkpoint_every=2,
      validation_images=4,
    ),
  )

  def train(run, resume=False):
    environment = Environment(
      run_dir=str(tmp_path / run),
      cache_dir=str(tmp_path / "cache"),
      strategy="cpu",
      resume=resume,
    )
    lapcvae_training.run("tiny", config, environment)

  train("whole")
  terms = LapCVAE._loss_terms

  def poisoned(self, outcomes):
    losses = terms(self, outcomes)
    now = tf.equal(self.optimizer.iterations, 4)
    return {**losses, 1: losses[1] * tf.where(now, np.nan, 1.0)}

  with monkeypatch.context() as patch:
    patch.setattr(LapCVAE, "_loss_terms", poisoned)
    message = "^Step 5: level_1 loss.* not finite. .*ckpt-4"
    with pytest.raises(TrainingDiverged, match=message):
      train("poisoned")
  run = trained_run.load(str(tmp_path / "poisoned"))
  assert run.steps == 4
  assert all(np.all(np.isfinite(weight)) for weight in run.model.weights)
  train("poisoned", resume=True)
  for one, other in zip(
    *(
      trained_run.load(str(tmp_path / name)).model.weights
      for name in ("poisoned", "whole")
    ),
    strict=True,
  ):
    np.testing.assert_array_equal(one, other)
  record(
    fault="Loss becomes NaN",
    tried=1,
    survived=1,
    lost="steps since the last checkpoint",
  )


@pytest.mark.slow_faults
def test_sigterm_during_an_export_loses_nothing(undisturbed, record):
  """SIGTERM while exporting"""
  training = undisturbed.elsewhere("ended")
  process = training.start()
  partial = training.run_dir / "cascade" / "saved_model" / ".1.partial"
  assert fault_runs.wait_for(partial.exists, process, pause=0.001)
  os.kill(process.pid, signal.SIGTERM)
  assert process.wait(timeout=300) != 0
  assert not (training.run_dir / "metrics.json").exists()
  training.resume()
  assert training.steps_from() == 6
  fault_runs.assert_same_end(training, undisturbed, 6)
  record(fault="SIGTERM while exporting", tried=1, survived=1)
