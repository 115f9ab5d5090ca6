"""Checkpoints that are damaged, or that no disk has room for."""

import os
import resource
import shutil
import types

import numpy as np
import pytest
import tensorflow as tf
from support import trainings
from support.dense_task import DenseTask

from experiments.config.training_config import TrainingConfig
from experiments.data.batches import Split
from experiments.training import write_errors
from experiments.training.loop import Trainer, TrainingDiverged
from experiments.training.run_dir import RunDir

_DATA = "ckpt-{}.data-00000-of-00001"


def _truncate(path):
  os.truncate(path, path.stat().st_size // 2)


def _corrupt(path):
  content = bytearray(path.read_bytes())
  for i in range(len(content) // 2, len(content) // 2 + 16):
    content[i] ^= 0xFF
  path.write_bytes(content)


@pytest.mark.slow_faults
@pytest.mark.parametrize(
  "name, damage, file",
  [("data", _truncate, _DATA), ("index", _corrupt, "ckpt-{}.index")],
)
def test_a_damaged_newest_checkpoint_costs_its_steps(
  undisturbed, record, name, damage, file
):
  """Newest checkpoint truncated or corrupted"""
  training = undisturbed.elsewhere(name)
  shutil.copytree(undisturbed.run_dir, training.run_dir)
  # As of a run that was killed before it could say that it had finished.
  (training.run_dir / "status.json").unlink()
  damage(training.checkpoints / file.format(6))
  training.resume()
  assert f"Cannot restore {training.checkpoints / 'ckpt-6'}" in training.said
  assert f"Restored {training.checkpoints / 'ckpt-3'}" in training.said
  assert training.steps_from() == 3
  trainings.assert_near_end(training, undisturbed, 6)
  record(lost="steps since the checkpoint before")


@pytest.fixture
def dense(tmp_path, capsys):
  """`start(name, **options)`: one start of a training of eight steps.

  Its `folder(name)` may be spoilt before. `capsys`, so that what is printed
  goes to no file.
  """
  del capsys
  images = np.random.default_rng(0).integers(0, 256, (20, 4, 4, 3), np.uint8)
  config = TrainingConfig(
    steps=8,
    batch_size=4,
    log_every=1,
    validate_every=4,
    checkpoint_every=2,
    validation_images=4,
  )

  def folder(name):
    run_dir = RunDir(tmp_path / name)
    run_dir.start("dense", config, resume=True)
    return run_dir

  def start(name, **options):
    run_dir = folder(name)
    experiment = DenseTask(**options)
    strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
    trainer = Trainer(experiment, config, run_dir, strategy)
    begun = trainer.step
    trainer.run(Split(images), Split(images))
    return begun, [w.numpy() for w in experiment.model.weights]

  return types.SimpleNamespace(start=start, folder=folder)


def _full_after(step, size):
  """Lets files grow no more once a step is logged."""

  def at_log(now):
    if now > step:
      trainings.limit_files(size)

  return at_log


@pytest.fixture
def unlimited():
  """Takes a limit of file sizes back after the test."""
  before = resource.getrlimit(resource.RLIMIT_FSIZE)
  yield lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before)
  resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_checkpoint_that_does_not_fit_leaves_those_before(
  dense, unlimited, record
):
  """Disk full while a checkpoint is written"""
  _, expected = dense.start("whole")
  message = r"Cannot write a checkpoint into .*File too large.*ckpt-4 is whole"
  with pytest.raises(write_errors.WriteError, match=message) as caught:
    dense.start("full", at_log=_full_after(4, 400))
  unlimited()
  assert "--resume" in str(caught.value)
  checkpoints = dense.folder("full").checkpoints
  assert not list(checkpoints.glob(".partial-*"))
  begun, found = dense.start("full")
  assert begun == 4
  for one, other in zip(found, expected, strict=True):
    np.testing.assert_array_equal(one, other)
  record(lost="steps since the last checkpoint")


def test_nan_stops_at_its_step_and_keeps_the_last_checkpoint(dense, record):
  """Loss becomes NaN"""
  _, expected = dense.start("whole")
  message = "^Step 6: level_0 loss not finite. .*ckpt-4"
  with pytest.raises(TrainingDiverged, match=message):
    dense.start("poisoned", nan_at=6)
  begun, found = dense.start("poisoned")
  assert begun == 4
  for one, other in zip(found, expected, strict=True):
    np.testing.assert_array_equal(one, other)
  record(lost="steps since the last checkpoint")


def test_a_training_outlives_its_logs(dense, record, caplog):
  """TensorBoard logs cannot be written"""
  _, expected = dense.start("whole")
  forbidden = dense.folder("deaf").tensorboard("level_0")
  forbidden.parent.mkdir()
  forbidden.write_text("a file where a folder should be")
  begun, found = dense.start("deaf")
  assert begun == 0
  for one, other in zip(found, expected, strict=True):
    np.testing.assert_array_equal(one, other)
  assert caplog.text.count("goes on without TensorBoard logs") == 1
  assert f"Cannot write {forbidden}" in caplog.text
  record(lost="the logs from there on, which a warning says")


def test_logs_that_outgrow_the_disk_do_not_end_a_training(
  dense, unlimited, record, caplog, monkeypatch
):
  """TensorBoard logs cannot be written"""
  noise = np.random.default_rng(0).integers(0, 256, (1, 64, 64, 3), np.uint8)
  pictures = {"level_0": {"bands": {"noise": noise}}}
  monkeypatch.setattr(DenseTask, "pictures", lambda *_: pictures)
  _, expected = dense.start("whole")
  # Enough for a checkpoint.
  _, found = dense.start("small", at_log=_full_after(0, 8192))
  unlimited()
  for one, other in zip(found, expected, strict=True):
    np.testing.assert_array_equal(one, other)
  assert "File too large. The training goes on without" in caplog.text
  record(lost="the logs from there on, which a warning says")


def test_what_a_kill_left_of_a_checkpoint_is_removed(dense, record):
  """Temporary files of a killed checkpoint"""
  checkpoints = dense.folder("run").checkpoints
  for left in (".partial-ckpt-2_temp", "ckpt-2_temp"):
    (checkpoints / left).mkdir(parents=True)
    (checkpoints / left / "part-00000-of-00001.tempstate7").touch()
  # The list of checkpoints that earlier versions kept.
  for left in (".partial-ckpt-2.index", "checkpoint", "checkpoint.tmp7"):
    (checkpoints / left).touch()
  begun, _ = dense.start("run")
  assert begun == 0
  names = {path.name for path in checkpoints.iterdir()}
  steps = (4, 6, 8)
  assert names == {
    *(_DATA.format(step) for step in steps),
    *(f"ckpt-{step}.index" for step in steps),
  }
  record()
