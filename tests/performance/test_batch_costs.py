"""What is written of a batch's cost is what was measured and computed."""

import json
import pathlib

import pytest

from experiments.performance import batch_costs, batch_runs
from experiments.performance.batch_runs import Done

_ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.fixture
def shards():
  """Costs of three shards, of which the first compiles for 2 core-seconds."""
  cost = {"images": 100, "seconds": 4.0, "writing_seconds": 0.1}
  cost |= {"memory_mb": 900.4, "worker": "a:1", "loading_seconds": 1.5}
  return [
    {**cost, "core_seconds": core, "finished": i, "memory_mb": 900.4 + i}
    for i, core in enumerate((3.0, 1.0, 1.0))
  ]


def test_starting_is_what_shards_do_not_explain(shards, monkeypatch):
  """The whole less the shards; the first shard less what others take."""
  done = Done(20.0, 12.0, shards, 30_000)
  monkeypatch.setattr(batch_runs, "done", lambda words: done)
  start = batch_costs._start(["command"])
  assert start["program_and_loading_core_seconds"] == 12.0 - 5.0
  assert start["compiling_core_seconds"] == 2.0
  assert start["images_per_core_second"] == 100
  alone = batch_costs._one_process(["command"])
  assert alone["memory_first_shard_mb"] == 900
  assert alone["memory_last_shard_mb"] == 902
  assert (alone["images"], alone["image_bytes"]) == (300, 100)
  assert alone["images_per_second"] == 25


def test_the_page_has_the_table_of_the_measured_figures():
  """Computed again."""
  results = _ROOT / "experiments" / "results" / "batch.json"
  report = json.loads(results.read_text(encoding="utf-8"))
  page = (_ROOT / "docs" / "scaling.md").read_text(encoding="utf-8")
  assert batch_costs.markdown(report) in page
