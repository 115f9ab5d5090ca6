"""`python -m experiments.train`, run for real on two dozen tiny pictures."""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from support import small_runs
from tensorboard.backend.event_processing import event_accumulator

from pyramid_tf import saved_models

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_SMALL = (
  "training.steps=6",
  "training.batch_size=4",
  "training.log_every=2",
  "training.validate_every=3",
  "training.checkpoint_every=3",
  *small_runs.SMALL_MODEL,
)
_LEVELS = ("level_0", "level_1", "level_2")


def _command(run_dir, *more):
  return [
    *(sys.executable, "-m", "experiments.train", "--config=lapcvae_demo"),
    *(f"--run_dir={run_dir}", *more),
  ]


def _call(command):
  return subprocess.run(
    command, cwd=_ROOT, capture_output=True, text=True, timeout=300
  )


@pytest.fixture(scope="module")
def training(tmp_path_factory):
  """One whole training: its folder, its command and what it said."""
  folder = tmp_path_factory.mktemp("training")
  (folder / "pictures").mkdir()
  generator = np.random.default_rng(0)
  for i in range(24):
    ramp = np.linspace(0, generator.integers(100, 200), 40)[:, None, None]
    noise = generator.integers(0, 50, (40, 36, 3))
    picture = Image.fromarray((ramp + noise).astype(np.uint8))
    picture.save(folder / "pictures" / f"{i}.png")
  options = (
    f"--dataset=folder:{folder / 'pictures'}",
    f"--cache_dir={folder / 'cache'}",
    "--strategy=cpu",
    *(f"--set={assignment}" for assignment in _SMALL),
  )
  run_dir = folder / "run"
  done = _call(_command(run_dir, *options))
  assert done.returncode == 0, done.stderr
  return types.SimpleNamespace(
    folder=folder, run_dir=run_dir, options=options, done=done
  )


def _stored(run_dir, step):
  reader = tf.train.load_checkpoint(str(run_dir / f"checkpoints/ckpt-{step}"))
  return {
    name: reader.get_tensor(name)
    for name in reader.get_variable_to_shape_map()
    if not name.startswith("_CHECKPOINTABLE")
  }


def test_the_run_folder_tells_what_ran(training):
  """Configuration with its changes, versions, figures."""
  read = {
    name: json.loads((training.run_dir / f"{name}.json").read_text())
    for name in ("config", "versions", "status", "metrics")
  }
  config = read["config"]["config"]
  assert read["config"]["preset"] == "lapcvae_demo"
  assert config["training"]["steps"] == 6
  assert [m["hidden_units"] for m in config["model"]["levels"]] == [4] * 3
  assert config["data"]["name"].startswith("folder:")
  assert read["status"] == {"finished": True}
  assert {"python", "tensorflow", "keras"} <= set(read["versions"])
  metrics = read["metrics"]
  assert {"rmse", "rmse_std", "rmse_sampled", "kl", "seconds"} <= set(metrics)
  assert 0 < metrics["rmse"] < 255 and 0 < metrics["test_images"] < 24
  assert set(metrics["levels"]) == set(_LEVELS)


def test_every_level_has_logs_with_the_same_tags(training):
  """TensorBoard overlays them."""
  tags = []
  for name in (*_LEVELS, "cascade"):
    folder = str(training.run_dir / name / "tensorboard")
    events = event_accumulator.EventAccumulator(folder).Reload()
    tags.append(set(events.Tags()["tensors"]))
  assert tags[0] == tags[1] == tags[2]
  assert {"train/loss", "train/kl", "validation/rmse"} <= tags[0]
  assert {"validation/rmse", "samples", "input_and_reconstruction"} <= tags[3]


def test_every_level_and_the_cascade_are_exported(training):
  """They load without the code of the model."""
  decoders = []
  for name in _LEVELS:
    loaded = saved_models.load(training.run_dir / name / "saved_model")
    decoders.append(loaded["decode"])
  [band] = decoders[2](latent_2=tf.zeros((1, 3))).values()
  assert band.shape == (1, 8, 8, 3)
  cascade = saved_models.load(training.run_dir / "cascade" / "saved_model")
  [drawn] = cascade["sample"](
    seed=tf.constant([0, 1]), count=tf.constant(2), temperature=tf.constant(1.0)
  ).values()
  assert drawn.shape == (2, 32, 32, 3) and np.all(np.isfinite(drawn))


def test_pictures_can_be_opened(training):
  """Reconstructions below their inputs, and samples."""
  names = {"input_and_reconstruction.png", "samples.png"}
  assert {p.name for p in (training.run_dir / "samples").iterdir()} == names
  for name in names:
    with Image.open(training.run_dir / "samples" / name) as picture:
      picture.load()
      assert picture.mode == "RGB" and min(picture.size) > 60


def test_checkpoints_hold_the_whole_model(training):
  """Moving averages as well: what does not train is part of a model, too."""
  stored = _stored(training.run_dir, 6)
  found = [n for n in stored if n.startswith("model/")]
  parameters = sum(stored[name].size for name in found)
  metrics = json.loads((training.run_dir / "metrics.json").read_text())
  assert parameters == metrics["parameters"]
  assert stored["step/.ATTRIBUTES/VARIABLE_VALUE"] == 6


def test_the_end_of_the_output_leads_on(training):
  """Figures, every file written, and commands to paste."""
  shown = training.done.stdout
  assert "RMSE" in shown and "grey levels" in shown and "step 6/6" in shown
  run_dir = os.path.relpath(training.run_dir, _ROOT)
  for name in (
    "metrics.json",
    "samples/",
    "checkpoints/",
    "level_2",
    "cascade",
  ):
    assert f"{run_dir}/{name}" in shown
  for command in ("tensorboard --logdir=", "experiments.sample --run_dir="):
    assert f"{command}{run_dir}" in shown


def test_the_framework_keeps_quiet(training):
  """A warning among forty lines of chatter would be lost."""
  for noise in ("oneDNN", "cuda", "WARNING: All log messages", "E0000"):
    assert noise not in training.done.stderr
  assert "18 training and 6 test images of 32x32" in training.done.stderr


def test_a_second_start_is_refused(training):
  """Nothing of the finished run is touched."""
  before = (training.run_dir / "metrics.json").stat().st_mtime_ns
  done = _call(_command(training.run_dir, *training.options))
  assert done.returncode != 0 and "Traceback" not in done.stderr
  assert "finished run of lapcvae_demo. Add --resume" in done.stderr
  assert (training.run_dir / "metrics.json").stat().st_mtime_ns == before


def test_a_killed_run_resumes_bit_for_bit(training):
  """SIGKILL after the first checkpoint; every stored tensor ends the same."""
  run_dir = training.folder / "killed"
  command = _command(run_dir, *training.options)
  with subprocess.Popen(
    command, cwd=_ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
  ) as process:
    deadline = time.monotonic() + 200
    while not (run_dir / "checkpoints" / "ckpt-3.index").exists():
      assert process.poll() is None and time.monotonic() < deadline
      time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
  assert not (run_dir / "metrics.json").exists()
  done = _call([*command, "--resume"])
  assert done.returncode == 0, done.stderr
  assert "steps 3 to 6" in done.stderr
  found, expected = _stored(run_dir, 6), _stored(training.run_dir, 6)
  assert set(found) == set(expected)
  for name, value in expected.items():
    np.testing.assert_array_equal(found[name], value, err_msg=name)
  figures = [
    json.loads((folder / "metrics.json").read_text())
    for folder in (run_dir, training.run_dir)
  ]
  assert figures[0]["levels"] == figures[1]["levels"]
