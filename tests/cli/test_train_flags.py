"""Mistyped options of `python -m experiments.train`: quick, clear answers."""

import re
import time

import pytest
from support import command_calls


def _fail(run_dir, *options, config="lapcvae_demo"):
  """What a training says before it ends with an error."""
  options = (f"--config={config}", f"--run_dir={run_dir}", *options)
  return _fail_of("train", *options)


def _fail_of(command, *options):
  """What a command says before it ends with an error, without a traceback."""
  done = command_calls.call(command, *options, seconds=60)
  assert done.returncode != 0
  assert "Traceback" not in done.stderr
  return done.stderr


@pytest.mark.parametrize(
  "options, pieces",
  [
    (
      ["--set=training.stepz=3"],
      ["'stepz' names no field", "batch_size, checkpoint", "mean steps?"],
    ),
    (["--set=training.steps=0"], ["steps is a count of at least 1, got 0"]),
    (["--set=training.steps"], ["path=value, such as training.steps=100"]),
    (["--dataset=celeba"], ["'celeba' names no dataset", "celeb_a"]),
    (["--strategy=gpus"], ["--strategy", "multi_worker"]),
    (["--run_dri=x"], ["Unknown command line flag 'run_dri'"]),
    (["steps=3"], ["Unexpected arguments: steps=3", "--help"]),
  ],
)
def test_mistakes_end_at_once_with_a_remedy(tmp_path, options, pieces):
  """Before TensorFlow is imported, and without a stack of calls."""
  start = time.monotonic()
  message = _fail(tmp_path / "run", *options)
  for piece in pieces:
    assert piece in message
  assert time.monotonic() - start < 5.0
  assert not (tmp_path / "run").exists()


def test_an_unknown_preset_lists_the_presets(tmp_path):
  """A misspelt name is no reason to read the source."""
  message = _fail(tmp_path, config="lapcave_demo")
  assert "lapcvae_demo" in message and "lapcvae_celeba64" in message


@pytest.mark.parametrize(
  "command, options, message",
  [
    ("edit", ["--mask=m.png"], "--image must have a value"),
    ("edit", ["--image=a", "--box=1,2"], "LEFT,TOP,SIDE, three.* got 1,2"),
    ("figures", ["--figure=lapcvae_1", "--box=1,2,x"], "three integers; got"),
    (
      "figures",
      ["--figure=lapcvae_8", "--level=2", "--crop=training"],
      "--level, --crop: only lapcvae_1 and lapcvae_9 edit an image",
    ),
  ],
)
def test_mistakes_of_edits_end_at_once(command, options, message):
  """Before TensorFlow is imported; what would be ignored is refused."""
  runs = {"edit": "--run_dir=runs/a", "figures": "--run_dirs=runs/a"}
  start = time.monotonic()
  assert re.search(message, _fail_of(command, runs[command], *options))
  assert time.monotonic() - start < 5.0
