"""`--strategy=multi_worker`: processes that take the steps of one.

The one process has as many replicas, as noise is drawn for each of them; that
two replicas take the step of one is tested with the models.
"""

import types

import numpy as np
import pytest
import tensorflow as tf
from support import commands, small_runs, worker_processes
from tensorboard.backend.event_processing import event_accumulator

from experiments.config import presets
from experiments.config.environment import Environment
from experiments.runs import job
from experiments.training import devices


@pytest.fixture(scope="module")
def runs(tmp_path_factory, two_replicas):
  """The same training by one process of two replicas, and by two processes.

  The second worker has a folder of its own, which nobody should write to.
  """
  folder = tmp_path_factory.mktemp("workers")
  name = small_runs.write_pictures(folder / "pictures")
  assignments = (f"data.name={name}", *worker_processes.SMALL)
  one, two, other = (folder / n for n in ("one", "two", "other"))
  started = worker_processes.start(
    [two, other],
    f"--cache_dir={folder / 'cache'}",
    *(f"--set={assignment}" for assignment in assignments),
  )
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(devices, "make_strategy", lambda name: two_replicas)
    small_runs.without_exports(patch)
    job.train(
      "vae_demo",
      presets.configured("vae_demo", assignments),
      Environment(run_dir=str(one), cache_dir=str(folder / "cache")),
    )
  workers = commands.finish(started)
  for status, _, messages in workers:
    assert status == 0, messages
  return types.SimpleNamespace(one=one, two=two, other=other, workers=workers)


def _losses(run_dir):
  folder = str(run_dir / "level_0" / "tensorboard")
  events = event_accumulator.EventAccumulator(folder).Reload()
  found = events.Tensors("train/loss")
  assert [event.step for event in found] == [1, 2, 3, 4, 5, 6]
  return [float(tf.make_ndarray(event.tensor_proto)) for event in found]


def test_two_workers_have_the_losses_of_one(runs):
  """The same images and noise, over the same global batch."""
  np.testing.assert_allclose(_losses(runs.two), _losses(runs.one), rtol=1e-4)


def test_two_workers_end_with_the_weights_of_one(runs):
  """Batch statistics, Adam's moments and the step too."""
  found, expected = (
    small_runs.stored(run_dir, 6) for run_dir in (runs.two, runs.one)
  )
  assert set(found) == set(expected)
  for name, value in expected.items():
    np.testing.assert_allclose(
      found[name], value, rtol=1e-3, atol=2e-4, err_msg=name
    )


def test_the_chief_alone_writes(runs):
  """Logs, checkpoints, exports and the report."""
  (_, chief, _), (_, worker, messages) = runs.workers
  assert "Written:" in chief and "Written:" not in worker
  assert "2 replica(s), steps 0 to 6" in messages
  assert (runs.two / "cascade/saved_model/1/saved_model.pb").exists()
  assert not runs.other.exists()


def test_workers_that_do_not_share_a_folder_cannot_resume(
  runs, tmp_path, monkeypatch
):
  """One would go on from step 6, the other from the start."""
  monkeypatch.setattr(
    devices, "values_of_workers", lambda strategy, value: {value, 6}
  )
  name = small_runs.write_pictures(tmp_path / "pictures")
  with pytest.raises(devices.DeviceError, match="different steps, 0 and"):
    job.train(
      "tiny",
      small_runs.lapgan_config(name),
      small_runs.environment(tmp_path),
    )
