"""`kill -9`, at any moment: no restart ends otherwise than an undisturbed run.

Delays are drawn from a seed; for checkpoints and exports, the kill waits for
the temporary files of one.
"""

import os
import random
import time

import fault_runs
import lapgan_runs
import pytest

from pyramid_tf import saved_models

_STEPS = 240
_EVERY = 10
_EXPORTS = ("level_0", "level_1", "level_2", "cascade")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
  """An undisturbed training of 24 checkpoints."""
  training = fault_runs.lapcvae(
    tmp_path_factory.mktemp("whole"),
    steps=_STEPS,
    validate_every=60,
    checkpoint_every=_EVERY,
  )
  assert training.run() == 0, training.said
  return training


def _kill_while(training, condition, delay, pause=0.01):
  """Starts or goes on, waits for the condition and the delay, kills.

  The start must be from the newest checkpoint there was.
  """
  saved = training.saved()
  process = training.start("--resume")
  assert fault_runs.wait_for(condition, process, pause), training.said
  time.sleep(delay)
  assert process.poll() is None, training.said
  fault_runs.kill(process)
  if "; the first" in training.said:
    assert training.steps_from() == (saved[0] if saved else 0)


def _finish(training, other, steps):
  saved = training.saved()
  training.resume()
  assert training.steps_from() == saved[0]
  assert training.saved()[0] == steps
  fault_runs.assert_same_end(training, other, steps)


@pytest.mark.slow_faults
def test_kills_while_training(whole, record):
  """kill -9 while training"""
  training, draw = whole.elsewhere("trained"), random.Random(1)
  for i in range(8):
    before = training.saved()[:1] or [0]
    # Once before anything of it is there, then after zero to three checkpoints.
    wanted = before[0] + _EVERY * draw.randrange(4)
    delay = draw.uniform(0.0, 8.0) if i == 0 else draw.uniform(0.0, 0.3)

    def reached(wanted=wanted, first=i == 0):
      if first:
        return True
      steps = "; the first step compiles" in training.said
      return steps and (training.saved()[:1] or [0])[0] >= wanted

    _kill_while(training, reached, delay)
  _finish(training, whole, _STEPS)
  record(
    fault="kill -9 while training",
    tried=8,
    survived=8,
    lost="steps since the last checkpoint",
  )


@pytest.mark.slow_faults
def test_kills_while_checkpointing(whole, record):
  """kill -9 while a checkpoint is written"""
  training, draw = whole.elsewhere("checkpointed"), random.Random(2)
  left = 0
  for _ in range(6):

    def writing():
      folder = training.checkpoints
      return folder.is_dir() and any(
        "temp" in name for name in os.listdir(folder)
      )

    for path in training.checkpoints.glob("*_temp"):
      # Those of the kill before, which the next save removes.
      path.rename(training.run_dir / f".left_{left}")
    _kill_while(training, writing, draw.uniform(0.0, 0.004), pause=0.0)
    left += writing()
  assert left
  _finish(training, whole, _STEPS)
  assert not list(training.checkpoints.glob("*temp*"))
  record(
    fault="kill -9 while a checkpoint is written",
    tried=6,
    survived=6,
    lost="steps since the last checkpoint",
  )


def _is_export(path):
  """Whether an export is whole; half of one must not load."""
  try:
    served = saved_models.load(path)
  except FileNotFoundError:
    return False
  assert "serving_default" in set(served)
  return True


@pytest.mark.slow_faults
def test_kills_while_exporting(whole, record):
  """kill -9 while a SavedModel is written"""
  training, draw = whole.elsewhere("exported"), random.Random(3)
  folders = [training.run_dir / name / "saved_model" for name in _EXPORTS]
  for i in range(6):
    # Each once for the first time, then in place of an earlier one.
    folder = folders[(0, 3, 1, 0, 3, 2)[i]]
    had = [_is_export(path) for path in folders]
    for path in folders:
      # What the last kill left must not be taken for work of this start.
      for old in path.glob(".1.partial"):
        old.rename(path / f".left_{i}")
    _kill_while(
      training,
      (folder / ".1.partial").exists,
      draw.uniform(0.0, 0.3),
      pause=0.0005,
    )
    for before, path in zip(had, folders, strict=True):
      assert _is_export(path) or not before
  assert not (training.run_dir / "metrics.json").exists()
  training.resume()
  assert training.steps_from() == _STEPS
  assert all(_is_export(path) for path in folders)
  fault_runs.assert_same_end(training, whole, _STEPS)
  record(fault="kill -9 while a SavedModel is written", tried=6, survived=6)


@pytest.mark.slow_faults
def test_kills_of_a_lapgan_level(tmp_path, record):
  """kill -9 while a level of a LAPGAN trains"""
  whole, draw = fault_runs.lapgan_level(tmp_path, 1, steps=40), random.Random(4)
  assert whole.run() == 0, whole.said
  training = whole.elsewhere("killed")
  for _ in range(4):
    wanted = (training.saved()[:1] or [0])[0] + 2 * draw.randrange(1, 4)

    def reached(wanted=wanted):
      return (training.saved()[:1] or [0])[0] >= wanted

    _kill_while(training, reached, draw.uniform(0.0, 0.05), pause=0.001)
  _finish(training, whole, 40)
  figures = [
    lapgan_runs.read_json(run.run_dir / "level_1" / "metrics.json")
    for run in (training, whole)
  ]
  assert figures[0]["swd"] == figures[1]["swd"]
  record(
    fault="kill -9 while a level of a LAPGAN trains",
    tried=4,
    survived=4,
    lost="steps since the last checkpoint",
  )
