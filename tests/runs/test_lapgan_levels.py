"""Levels of one LAPGAN, trained side by side and joined."""

import dataclasses
import pathlib
import shutil
import subprocess
import sys

import numpy as np
import pytest
from support import lapgan_runs

from experiments.config import overrides, presets
from experiments.config.requests.sample import SampleRequest
from experiments.drawing import samples
from experiments.runs import job, trained_run
from experiments.system import errors
from experiments.training import checkpoints
from experiments.training.run_dir import RunDir, RunDirError
from lapgan_tf.level import LAPGANLevel

_ROOT = pathlib.Path(__file__).resolve().parents[2]


def _sample(folder, name="run"):
  out = folder / "drawn.npz"
  options = SampleRequest(count=3)
  samples.sample_run(str(folder / name), options, "npz", str(out))
  return np.load(out)["images"]


def test_two_processes_train_levels_of_one_run_at_once(tmp_path, capsys):
  """A third command trains what is missing, and joins all."""
  name = lapgan_runs.write_pictures(tmp_path / "pictures")
  command = [
    *(sys.executable, "-m", "experiments.train", f"--run_dir={tmp_path}/run"),
    *lapgan_runs.demo_options(tmp_path, name),
  ]
  processes = [
    subprocess.Popen(
      [*command, f"--levels={k}"],
      cwd=_ROOT,
      stdout=subprocess.PIPE,
      stderr=subprocess.PIPE,
      text=True,
    )
    for k in (0, 2)
  ]
  said = [process.communicate(timeout=300) for process in processes]
  for process, (_, error) in zip(processes, said, strict=True):
    assert process.returncode == 0, error
  assert all("level_1" in out and "not finished" in out for out, _ in said)
  run_dir = RunDir(tmp_path / "run")
  finished = [run_dir.is_part_finished(f"level_{k}") for k in range(3)]
  assert finished == [True, False, True] and not run_dir.is_finished
  message = "level_1 of .*holds no checkpoint.*with --levels=1"
  with pytest.raises(errors.UserError, match=message):
    _sample(tmp_path)
  config = overrides.apply_overrides(
    presets.PRESETS["lapgan_demo"](), lapgan_runs.demo_assignments(name)
  )
  environment = lapgan_runs.environment(tmp_path, levels=(1,))
  job.train("lapgan_demo", config, environment)
  assert run_dir.is_finished and "SWD " in capsys.readouterr().out
  assert trained_run.load(environment.run_dir).steps == (2, 3, 4)
  assert _sample(tmp_path).shape == (3, 32, 32, 3)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
  """Folder and configuration of a run whose levels one command trained."""
  folder = tmp_path_factory.mktemp("levels")
  name = lapgan_runs.write_pictures(folder / "pictures")
  config = lapgan_runs.tiny_config(name, steps=2)
  job.train("tiny", config, lapgan_runs.environment(folder))
  return folder, config


def test_levels_do_not_depend_on_each_other(whole, capsys):
  """Finest first, each by a command: the same weights, bit for bit."""
  folder, config = whole
  for k in (0, 1):
    environment = lapgan_runs.environment(folder, "apart", levels=(k,))
    job.train("tiny", config, environment)
    shown = capsys.readouterr().out
    assert ("level_1 of" in shown and "not finished yet" in shown) == (k == 0)
  for k in (0, 1):
    found, expected = (
      lapgan_runs.stored(folder / name / f"level_{k}", 2)
      for name in ("apart", "run")
    )
    assert set(found) == set(expected) and len(expected) > 20
    for name, value in expected.items():
      np.testing.assert_array_equal(found[name], value, err_msg=name)
  apart, together = (
    lapgan_runs.read_json(folder / name / "metrics.json")
    for name in ("apart", "run")
  )
  assert apart["swd_per_scale"] == together["swd_per_scale"]


def test_levels_start_unlike_each_other(whole):
  """Equal seeds would couple their noise."""
  model = trained_run.load(str(whole[0] / "run")).model
  fine, coarse = (level.generator.weights for level in model.level_models)
  starts = [np.ravel(weights[0])[:5] for weights in (fine, coarse)]
  assert not np.array_equal(*starts)


def test_a_level_of_another_command_must_be_of_the_same_configuration(whole):
  """Before it is trained."""
  folder, config = whole
  training = dataclasses.replace(config.training, seed=1)
  other = dataclasses.replace(config, training=training)
  environment = lapgan_runs.environment(folder, levels=(1,), resume=True)
  with pytest.raises(RunDirError, match="config.training.seed was 0, now 1"):
    job.train("tiny", other, environment)


@pytest.fixture
def damaged(whole, tmp_path):
  """`damaged(level)`: a copy of the run whose level_1 is another's."""

  def make(level):
    shutil.copytree(whole[0] / "run", tmp_path / "run")
    folder = tmp_path / "run" / "level_1" / "checkpoints"
    shutil.rmtree(folder)
    if level is not None:
      checkpoints.Checkpoints(folder, {"model": level}).save()
    return tmp_path

  return make


def test_a_missing_level_is_named(damaged):
  """And the command that trains it."""
  message = "level_1 of .* cannot be used: .*holds no checkpoint.*--levels=1"
  with pytest.raises(errors.UserError, match=message):
    _sample(damaged(None))


def test_a_level_of_another_shape_is_named(damaged, whole):
  """Its checkpoint fits no variable, or not all of them."""
  levels = lapgan_runs.tiny_levels((16, 8, 4))
  model = dataclasses.replace(whole[1].model, levels=levels)
  folder = damaged(LAPGANLevel(model, 1))
  message = "level_1 of .* cannot be used: None of the checkpoints .*--levels=1"
  with pytest.raises(errors.UserError, match=message):
    _sample(folder)


def test_a_level_of_other_images_is_named(damaged, whole):
  """Standardised otherwise, it would add bands of another contrast."""
  folder = damaged(LAPGANLevel(whole[1].model, 1))
  message = "level_1 was trained on images standardised otherwise than level_0"
  with pytest.raises(errors.UserError, match=message):
    _sample(folder)
