"""Commands on runs of both families, called as a user calls them."""

import os
import shutil
import signal
import time

import numpy as np
import pytest
import tensorflow as tf
from support import commands, small_models, small_runs

from experiments.config import presets
from pyramid_tf import saved_models


@pytest.fixture
def as_preset(trained, monkeypatch):
  """The configuration of the run as the preset `tiny`."""
  monkeypatch.setitem(presets.PRESETS, "tiny", lambda: trained.config)


def _train(trained, *options):
  cache = f"--cache_dir={trained.folder / 'cache'}"
  return ("train", "--config=tiny", "--strategy=cpu", cache, *options)


def test_a_process_trains_and_another_resumes_what_was_killed(tmp_path):
  """SIGKILL after a checkpoint; the framework keeps quiet throughout."""
  name = small_runs.write_pictures(tmp_path / "p", count=12)
  options = [*small_runs.level_options(tmp_path, name), "--levels=2"]
  options += ["--set=training.level_steps=(2,3,60)"]
  options += ["--set=training.validate_every=60"]
  options += [f"--run_dir={tmp_path / 'run'}"]
  process = commands.start("train", *options)
  level = tmp_path / "run" / "level_2"
  deadline = time.monotonic() + 200
  while not (level / "checkpoints" / "ckpt-4.index").exists():
    assert process.poll() is None and time.monotonic() < deadline
    time.sleep(0.01)
  process.send_signal(signal.SIGKILL)
  commands.finish([process])
  assert not (level / "metrics.json").exists()
  done = commands.call("train", *options, "--resume")
  assert done.returncode == 0, done.stderr
  assert "steps 0 to 60" not in done.stderr and "to 60" in done.stderr
  assert "8 training" in done.stderr and "L2 D" in done.stdout
  for noise in ("oneDNN", "cuda", "WARNING: All log messages", "E0000"):
    assert noise not in done.stderr
  message = commands.refusal("train", *options)
  assert "level_2" in message and "--resume" in message


def test_equal_seeds_draw_equal_files_in_any_process(lapcvae_run, tmp_path):
  """Another seed draws others."""
  options = ["--count=6", "--batch_size=4", "--format=npz"]
  options.append(f"--run_dir={lapcvae_run.run_dir.path}")
  drawn = []
  for call, seed, name in (
    (commands.call, 5, "there"),
    (commands.call_here, 5, "here"),
    (commands.call_here, 6, "other"),
  ):
    out = tmp_path / f"{name}.npz"
    done = call("sample", *options, f"--seed={seed}", f"--out={out}")
    assert done.returncode == 0, done.stderr
    assert str(out) in done.stdout
    drawn.append(np.load(out)["images"])
  assert drawn[0].shape == (6, 16, 16, 3) and drawn[0].dtype == np.uint8
  np.testing.assert_array_equal(drawn[0], drawn[1])
  assert len({image.tobytes() for image in (*drawn[1], *drawn[2])}) == 12


def test_a_run_is_extended_and_left_to_others(trained, as_preset, tmp_path):
  """--resume with more steps, and --init_from of a run that exists."""
  run_dir = trained.copy(tmp_path / "run")
  other = tmp_path / "other"
  given = f"--run_dir={run_dir.path}"
  steps = "--set=training.steps="
  done = commands.call_here(*_train(trained, given, "--resume", f"{steps}5"))
  assert done.returncode == 0, done.stderr
  assert run_dir.read_metrics(trained.parts[0])["steps"] == 5
  message = commands.refusal(*_train(trained, given, "--resume", f"{steps}4"))
  assert "training.steps was 5, now 4" in message
  init = f"--init_from={run_dir.path}"
  message = commands.refusal(
    *_train(trained, f"--run_dir={other}", init, "--set=model.kernel=haar")
  )
  assert "--init_from" in message and "model.kernel" in message
  shutil.rmtree(run_dir.checkpoints_of(trained.parts[0]))
  message = commands.refusal(*_train(trained, f"--run_dir={other}", init))
  assert f"{run_dir.path} gives no weights" in message
  # Nothing is there: the mended command can start.
  assert not other.exists()


@pytest.mark.parametrize("family", ["lapcvae", "lapgan"])
def test_any_size_trains(family, tmp_path, monkeypatch):
  """Also one that cannot be halved evenly: u and d go with it."""
  size = 50
  name = small_runs.write_pictures(tmp_path / "p", count=12)
  steps = {"lapcvae": {"steps": 1}, "lapgan": {"level_steps": (1, 1, 1)}}
  model = getattr(small_models, f"{family}_config")(num_levels=3)
  made = small_runs.config(model, name, **steps[family])
  monkeypatch.setitem(presets.PRESETS, "tiny", lambda: made)
  done = commands.call_here(
    *("train", "--config=tiny", "--strategy=cpu", f"--size={size}"),
    *(f"--run_dir={tmp_path / 'run'}", f"--cache_dir={tmp_path / 'cache'}"),
  )
  assert done.returncode == 0, done.stderr
  cascade = saved_models.load(tmp_path / "run" / "cascade" / "saved_model")
  call = {"seed": tf.constant([1, 2]), "count": tf.constant(2)}
  if family == "lapcvae":
    call["temperature"] = tf.constant(1.0)
  assert cascade["sample"](**call)["images"].shape == (2, size, size, 3)


def test_exports_go_where_nothing_else_is(trained, tmp_path):
  """Again into the same folder, but not among others' files."""
  run = f"--run_dir={trained.run_dir.path}"
  out = tmp_path / "served"
  for _ in range(2):
    done = commands.call_here("export", run, f"--out={out}")
    assert done.returncode == 0, done.stderr
    assert str(out / "cascade" / "saved_model" / "1") in done.stdout
  assert "sample" in saved_models.load(out / "cascade" / "saved_model")
  foreign = tmp_path / "mine"
  (foreign / "cascade").mkdir(parents=True)
  (foreign / "cascade" / "notes.txt").write_text("mine")
  message = commands.refusal("export", run, f"--out={foreign}")
  assert str(foreign) in message and "--out" in message
  assert (foreign / "cascade" / "notes.txt").read_text() == "mine"
  assert os.listdir(foreign) == ["cascade"]


@pytest.mark.parametrize(
  "options", [["--labels=0"], ["--fixed_coarsest"], ["--temperature=0.5"]]
)
def test_options_without_a_meaning_are_refused(trained, options, tmp_path):
  """They would be ignored silently; those of the family are drawn with."""
  [option] = options
  flag = option.partition("=")[0]
  run = f"--run_dir={trained.run_dir.path}"
  out = tmp_path / "out.png"
  has_meaning = {True: "--temperature", False: "--fixed_coarsest"}
  is_lapcvae = trained.parts == [None]
  if flag == has_meaning[is_lapcvae]:
    done = commands.call_here("sample", run, option, f"--out={out}")
    assert done.returncode == 0 and out.exists()
    return
  assert flag in commands.refusal("sample", run, option, f"--out={out}")


def test_what_needs_an_encoder_is_refused_by_a_lapgan(lapgan_run, tmp_path):
  """It has none, and no M."""
  run = f"--run_dir={lapgan_run.run_dir.path}"
  picture = lapgan_run.folder / "pictures" / "0.png"
  for command, options in (
    ("reconstruct", [run, f"--images={picture}", f"--out={tmp_path / 'out'}"]),
    (
      "interpolate",
      [run, f"--images={picture},{picture}", f"--out={tmp_path / 'out'}.png"],
    ),
  ):
    message = commands.refusal(command, *options)
    assert "LAPGAN" in message and "LapCVAE" in message
  assert not list(tmp_path.iterdir())


def test_a_sheet_says_which_run_and_seed(trained, tmp_path, monkeypatch):
  """Names of files too: what was drawn, the temperature included."""
  run_dir = trained.copy(tmp_path / "run")
  options = ["--count=3", "--seed=2"]
  names = {"seed2_count3.png"}
  if trained.parts == [None]:
    options.append("--temperature=0.5")
    names = {"seed2_count3_temperature0.5.png"}
  before = set(os.listdir(run_dir.samples))
  for more in ([], ["--chain"]):
    done = commands.call_here(
      "sample", f"--run_dir={run_dir.path}", *options, *more
    )
    assert done.returncode == 0, done.stderr
  names |= {name.replace(".png", "_chain.png") for name in names}
  assert set(os.listdir(run_dir.samples)) - before == names
