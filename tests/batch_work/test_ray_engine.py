"""A Ray cluster gives what one process gives."""

import os
import signal
import threading
import time

import numpy as np
import pytest
from PIL import Image

from experiments.batch_work import ray_engine, shards
from experiments.batch_work.shards import Work
from experiments.config.requests.batch import BatchRequest

pytest.importorskip("ray", reason="the engine needs ray")


@pytest.fixture(scope="module", autouse=True)
def cluster():
  """The cluster is this machine alone, with two cores."""
  import ray

  ray.init(
    num_cpus=2,
    include_dashboard=False,
    object_store_memory=100 * 2**20,
    log_to_driver=False,
  )
  yield
  ray.shutdown()


def _pictures(work):
  return {
    file.name: np.asarray(Image.open(file))
    for file in work.out.glob("shard_*/*.png")
  }


def _workers():
  """Numbers of the processes that run actors."""
  for folder in os.listdir("/proc"):
    if folder.isdecimal():
      try:
        with open(f"/proc/{folder}/cmdline", "rb") as file:
          words = file.read()
      except OSError:
        continue
      if b"ray::" in words and b"Actor" in words:
        yield int(folder)


def test_a_lost_worker_loses_nothing(run, tmp_path):
  """Two actors, one of which is killed, write what one process writes."""
  request = BatchRequest(task="sample", count=24, block=2, shards=6)
  here = Work.claimed(run, request, str(tmp_path / "here"))
  assert shards.do_here(here) == 24
  there = Work.claimed(run, request, str(tmp_path / "there"))
  killed = []

  def kill():
    # When its first shard is done, it is in the middle of another.
    while not list(there.out.glob("shard_*")):
      time.sleep(0.01)
    for worker in list(_workers())[:1]:
      os.kill(worker, signal.SIGKILL)
      killed.append(worker)

  killer = threading.Thread(target=kill)
  killer.start()
  ray_engine.do(there, workers=2, cpus=1.0, gpus=0.0)
  killer.join()
  assert killed and there.unfinished() == []
  made, expected = _pictures(there), _pictures(here)
  assert sorted(made) == sorted(expected) and len(made) == 24
  for name, pixels in expected.items():
    np.testing.assert_array_equal(made[name], pixels)
  assert ray_engine.do(there, workers=2, cpus=1.0, gpus=0.0) == 0
