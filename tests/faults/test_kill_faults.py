"""`kill -9`, at any moment: no restart ends otherwise than an undisturbed run.

Delays are drawn from a seed; for checkpoints and exports, the kill waits for
the temporary files of one.
"""

import random
import time

import pytest
from support import small_runs, trainings

from pyramid_tf import saved_models

_STEPS = 300
_EVERY = 5
_EXPORTS = ("level_0", "cascade")
_LOST = "steps since the last checkpoint"


class _Victim:
  """A training that is killed again and again."""

  def __init__(self, training):
    self.training = training
    self.folders = [
      training.run_dir / name / "saved_model" for name in _EXPORTS
    ]

  @property
  def step(self):
    """The step of the newest checkpoint, 0 without one."""
    return (self.training.saved() or [0])[0]

  @property
  def compiles(self):
    """Whether the present start has come to its first step."""
    return "; the first" in self.training.said

  def is_checkpointing(self):
    """Whether there are temporary files of a checkpoint."""
    return any(self.training.checkpoints.glob(".partial-*"))

  def put_aside(self, folder, pattern):
    """Takes what the last kill left from where the next would see it."""
    for path in folder.glob(pattern):
      name = f".left_{time.monotonic_ns()}"
      path.rename(self.training.run_dir / name)

  def kill_when(self, condition, delay, pause):
    """Goes on from the newest checkpoint, waits, kills."""
    before = self.step
    process = self.training.start("--resume")
    assert trainings.wait_for(condition, process, pause), self.training.said
    time.sleep(delay)
    assert process.poll() is None, self.training.said
    trainings.kill(process)
    if self.compiles:
      assert self.training.steps_from() == before

  def finish(self, other, steps):
    """Ends as the other training did."""
    before = self.step
    self.training.resume()
    assert self.training.steps_from() == before
    assert self.step == steps
    assert not list(self.training.checkpoints.glob(".partial-*"))
    small_runs.assert_equal_checkpoints(
      self.training.checkpoints.parent, other.checkpoints.parent, steps
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
def test_twenty_kills_lose_nothing_but_time(tmp_path, record):
  """kill -9 while training, checkpointing and exporting"""
  whole = trainings.lapcvae(
    tmp_path, steps=_STEPS, validate_every=100, checkpoint_every=_EVERY
  )
  assert whole.run() == 0, whole.said
  victim, draw = _Victim(whole.elsewhere("killed")), random.Random(1)
  for i in range(8):
    # At first before there is anything of it, then after up to two checkpoints.
    wanted = victim.step + _EVERY * draw.randrange(3)
    delay = draw.uniform(0.0, 8.0) if i == 0 else draw.uniform(0.0, 0.1)

    def reached(wanted=wanted, first=i == 0):
      return first or (victim.compiles and victim.step >= wanted)

    victim.kill_when(reached, delay, 0.01)
  left = 0
  for _ in range(6):
    victim.put_aside(victim.training.checkpoints, ".partial-*")
    delay = draw.uniform(0.0, 0.002)
    victim.kill_when(victim.is_checkpointing, delay, 0.0)
    left += victim.is_checkpointing()
  assert left
  # Each export for the first time, then in place of an earlier one.
  for i in (0, 3, 1, 0, 3, 2):
    had = [_is_export(path) for path in victim.folders]
    for path in victim.folders:
      victim.put_aside(path, ".1.partial")
    partial = victim.folders[i] / ".1.partial"
    victim.kill_when(partial.exists, draw.uniform(0.0, 0.3), 0.001)
    for before, path in zip(had, victim.folders, strict=True):
      assert _is_export(path) or not before
  victim.finish(whole, _STEPS)
  assert all(_is_export(path) for path in victim.folders)
  record(fault="kill -9 while training", tried=8, lost=_LOST)
  record(fault="kill -9 while a checkpoint is written", tried=6, lost=_LOST)
  record(fault="kill -9 while a SavedModel is written", tried=6)


@pytest.mark.slow_faults
def test_kills_of_a_lapgan_level_lose_nothing_but_time(tmp_path, record):
  """kill -9 while a level of a LAPGAN trains"""
  whole = trainings.lapgan_level(tmp_path, 1, steps=80)
  assert whole.run() == 0, whole.said
  victim, draw = _Victim(whole.elsewhere("killed")), random.Random(2)
  for _ in range(4):
    wanted = victim.step + 2 * draw.randrange(1, 4)

    def reached(wanted=wanted):
      return victim.step >= wanted

    victim.kill_when(reached, draw.uniform(0.0, 0.05), 0.001)
  victim.finish(whole, 80)
  figures = [
    small_runs.read_json(run.run_dir / "level_1" / "metrics.json")
    for run in (victim.training, whole)
  ]
  assert figures[0]["swd"] == figures[1]["swd"]
  record(tried=4, lost=_LOST)
