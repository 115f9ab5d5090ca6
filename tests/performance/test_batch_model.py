"""Times of many machines, from what one worker takes."""

import pytest

from experiments.performance import batch_model
from experiments.performance.batch_model import WorkerCost

_COST = WorkerCost(start_seconds=30.0, image_seconds=0.01, image_bytes=1e4)


def test_one_machine_starts_once_and_does_all():
  """s + N c, whatever the shards, by definition without loss."""
  for shards in (1, 7, 100):
    case = (_COST, 10_000, shards, 1)
    assert batch_model.seconds(*case) == pytest.approx(30 + 100)
    assert batch_model.efficiency(*case) == pytest.approx(1)


def test_a_process_for_each_shard_pays_its_start_each_time():
  """On the machine that does most of them."""
  seconds = batch_model.seconds(_COST, 10_000, 10, 4, process_per_shard=True)
  assert seconds == pytest.approx(3 * (30 + 10))


def test_a_shard_is_not_divided():
  """With more machines than shards, some have nothing to do."""
  eight = batch_model.seconds(_COST, 10_000, 8, 8)
  assert batch_model.seconds(_COST, 10_000, 8, 64) == eight
  assert eight == pytest.approx(30 + 12.5)
  assert batch_model.seconds(_COST, 10_000, 9, 8) > eight


def test_storage_is_the_least_that_many_machines_take():
  """All write to the same."""
  cost = WorkerCost(start_seconds=0, image_seconds=1e-6, image_bytes=1e6)
  seconds = batch_model.seconds(cost, 10_000, 64, 64)
  assert seconds == 1e10 / batch_model.STORAGE_BYTES_PER_SECOND


def test_start_counts_less_the_more_images_there_are():
  """Efficiency rises towards one with N, and falls with machines."""
  few = batch_model.efficiency(_COST, 10_000, 64, 64)
  many = batch_model.efficiency(_COST, 10_000_000, 64, 64)
  assert few < 0.1 and many > 0.95
  assert few < batch_model.efficiency(_COST, 10_000, 64, 8)


@pytest.mark.parametrize("machines, shards", [(0, 1), (1, 0)])
def test_no_machines_are_refused(machines, shards):
  """By the numbers."""
  with pytest.raises(ValueError, match=f"{machines} and {shards}"):
    batch_model.seconds(_COST, 1, shards, machines)
