"""Workers that are lost or told to stop, and more of them than cores."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
from support import commands, small_runs, worker_processes

pytestmark = pytest.mark.slow_faults

# Within which the others end when a worker is lost.
_SECONDS = 60

_FOUR_REPLICAS = """
import sys
import tensorflow as tf
cpu = tf.config.list_physical_devices("CPU")[0]
tf.config.set_logical_device_configuration(
  cpu, [tf.config.LogicalDeviceConfiguration()] * 4
)
from experiments.config import presets
from experiments.runs import job
from experiments.config.environment import Environment
from experiments.training import devices
replicas = [f"/cpu:{i}" for i in range(4)]
strategy = tf.distribute.MirroredStrategy(replicas)
devices.make_strategy = lambda name: strategy
run_dir, cache_dir, *assignments = sys.argv[1:]
job.train(
  "vae_demo",
  presets.configured("vae_demo", assignments),
  Environment(run_dir=run_dir, cache_dir=cache_dir),
)
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
  """A folder of pictures, decoded beside it."""
  folder = tmp_path_factory.mktemp("pictures")
  return folder, small_runs.write_pictures(folder / "pictures")


def _options(pictures, *more):
  folder, name = pictures
  return (
    f"--cache_dir={folder / 'cache'}",
    *(
      f"--set={assignment}"
      for assignment in (f"data.name={name}", *worker_processes.SMALL, *more)
    ),
  )


def _wait_for(path, processes):
  deadline = time.monotonic() + 250
  while not path.exists():
    assert all(p.poll() is None for p in processes)
    assert time.monotonic() < deadline
    time.sleep(0.02)


@pytest.fixture(scope="module")
def long_run(pictures, tmp_path_factory):
  """Options and folder of a run of two workers that nothing disturbs."""
  options = _options(pictures, "training.steps=120")
  run_dir = tmp_path_factory.mktemp("whole") / "run"
  started = worker_processes.start([run_dir] * 2, *options)
  for status, _, messages in commands.finish(started):
    assert status == 0, messages
  return options, run_dir


@pytest.mark.parametrize("lost", [0, 1], ids=["chief", "worker"])
def test_a_killed_worker_ends_the_run_which_then_resumes(
  long_run, tmp_path, record, lost
):
  """a worker is killed in the middle of a run

  The others end within a minute; restarted, all end where an undisturbed run
  does.
  """
  options, whole = long_run
  run_dir = tmp_path / "run"
  processes = worker_processes.start([run_dir] * 2, *options)
  _wait_for(run_dir / "checkpoints" / "ckpt-3.index", processes)
  processes[lost].kill()
  start = time.monotonic()
  results = commands.finish(processes, _SECONDS)
  assert time.monotonic() - start < _SECONDS
  status, _, messages = results[1 - lost]
  assert status != 0
  if lost == 1:
    # The chief coordinates; without it TensorFlow itself ends the others.
    assert "another worker of the run was lost" in messages
    assert "Start all workers again with --resume" in messages
    assert "Traceback" not in messages
  again = worker_processes.start([run_dir] * 2, *options, "--resume")
  for status, _, messages in commands.finish(again):
    assert status == 0, messages
  small_runs.assert_equal_checkpoints(run_dir, whole, 120)
  record(
    fault="a worker is killed in the middle of a run",
    lost="steps since the last checkpoint",
  )


def test_a_stop_signal_to_one_worker_stops_all(long_run, tmp_path, record):
  """one of several workers gets SIGTERM

  All end at the same step, after a checkpoint.
  """
  options, whole = long_run
  run_dir = tmp_path / "run"
  processes = worker_processes.start([run_dir] * 2, *options)
  _wait_for(run_dir / "checkpoints" / "ckpt-3.index", processes)
  processes[1].send_signal(signal.SIGTERM)
  (status, _, chief), (other, _, worker) = commands.finish(processes)
  assert (status, other) == (1, 1)
  assert "Stopped by a signal to another worker at step" in chief
  assert "Stopped by SIGTERM at step" in worker
  steps = [text.split("at step ")[1].split(";")[0] for text in (chief, worker)]
  assert steps[0] == steps[1]
  assert (run_dir / "checkpoints" / f"ckpt-{steps[0]}.index").exists()
  again = worker_processes.start([run_dir] * 2, *options, "--resume")
  for status, _, messages in commands.finish(again):
    assert status == 0, messages
  small_runs.assert_equal_checkpoints(run_dir, whole, 120)
  record()


def test_four_workers_take_the_steps_of_one_process(pictures, tmp_path):
  """The undisturbed run has as many replicas."""
  one, four = tmp_path / "one", tmp_path / "four"
  options = _options(pictures)
  assignments = [o.removeprefix("--set=") for o in options[1:]]
  cache = options[0].removeprefix("--cache_dir=")
  started = worker_processes.start([four] * 4, *options)
  for status, _, messages in commands.finish(started):
    assert status == 0, messages
  alone = subprocess.run(
    [sys.executable, "-c", _FOUR_REPLICAS, one, cache, *assignments],
    cwd=commands.ROOT,
    capture_output=True,
    text=True,
  )
  assert alone.returncode == 0, alone.stderr
  found, expected = (small_runs.stored(run, 6) for run in (four, one))
  assert set(found) == set(expected)
  for name, value in expected.items():
    np.testing.assert_allclose(
      found[name], value, rtol=1e-3, atol=2e-4, err_msg=name
    )
