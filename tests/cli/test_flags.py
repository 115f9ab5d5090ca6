"""Mistyped options of commands: quick, clear answers."""

import time

import pytest
from support import commands

from experiments.cli import program, shared_flags

_TRAIN = ("--config=lapcvae_demo",)


@pytest.fixture(autouse=True)
def no_tensorflow(monkeypatch):
  """A mistake must be answered before TensorFlow is imported."""

  def fail():
    pytest.fail("TensorFlow was imported first")

  monkeypatch.setattr(program, "load_tensorflow", fail)


@pytest.mark.parametrize(
  "options, pieces",
  [
    (["--set=training.stepz=3"], ["training.stepz", "batch_size", "steps?"]),
    (["--set=training.steps=0"], ["steps", "at least 1", "0"]),
    (["--set=training.steps"], ["--set", "training.steps=100"]),
    (["--dataset=celeba"], ["'celeba'", "celeb_a"]),
    (["--strategy=gpus"], ["--strategy", "multi_worker"]),
    (["--run_dri=x"], ["'run_dri'"]),
    (["--size=0"], ["--size"]),
    (["--size=2"], ["--size=2"]),
    (["--levels=0"], ["--levels=0"]),
    (["--config=lapgan_demo", "--levels=3"], ["--levels=3", "2"]),
    (["--config=lapgan_demo", "--set=training.steps=9"], ["level_steps"]),
    (["--init_from=nothing"], ["nothing", "config.json"]),
    (["--set=training.momentum=0.5"], ["training.momentum=0.5", "'sgd'"]),
    (["--keep_going"], ["--keep_going", "train together"]),
    (["--dataset=faces", "--set=data.name=faces"], ["--dataset", "data.name"]),
    (["--xla", "--set=training.xla=False"], ["--xla", "--set=training.xla"]),
  ],
)
def test_mistakes_end_with_a_remedy(tmp_path, options, pieces):
  """The message names flag, value and rule; no folder is made."""
  run_dir = f"--run_dir={tmp_path / 'run'}"
  message = commands.refusal("train", *_TRAIN, run_dir, *options)
  assert all(piece in message for piece in pieces), message
  assert not (tmp_path / "run").exists()


def test_an_unknown_preset_is_answered_with_near_ones_and_all(tmp_path):
  """A misspelt name is no reason to read the source."""
  run_dir = f"--run_dir={tmp_path / 'run'}"
  message = commands.refusal("train", "--config=lapcave_demo", run_dir)
  first, *listed = message.splitlines()
  assert "--config=lapcave_demo" in first and "lapcvae_demo" in first
  names = {line.strip().removesuffix(" *") for line in listed}
  assert {"vae_demo", "lapgan_cifar10", "lapcvae_celeba64"} <= names
  assert all(len(line) < 60 for line in listed)


@pytest.mark.parametrize("command", ["sample", "reconstruct"])
@pytest.mark.parametrize("value", ["nan", "inf", "1e39", "-1", "11", "warm"])
def test_a_temperature_is_a_number_that_makes_sense(command, value):
  """Others would make images of noise, or none, with exit status 0."""
  options = ["--run_dir=run", f"--temperature={value}"]
  if command == "reconstruct":
    options.append("--images=a.png")
  message = commands.refusal(command, *options)
  assert "--temperature" in message and value.strip("39") in message


@pytest.mark.parametrize(
  "command, options, pieces",
  [
    ("edit", ["--run_dir=a", "--mask=m.png"], ["--image"]),
    ("edit", ["--run_dir=a", "--image=a", "--box=1,2"], ["1,2"]),
    (
      "figures",
      ["--run_dirs=a", "--figure=lapcvae_1", "--box=1,2,x"],
      ["1,2,x"],
    ),
    (
      "figures",
      ["--run_dirs=a", "--figure=lapcvae_8", "--level=2", "--crop=training"],
      ["--level", "--crop"],
    ),
    ("sample", ["--run_dir=a", "--seed=100000000000"], ["--seed"]),
    ("sample", ["--run_dir=a", "--count=0"], ["--count"]),
    ("export", [], ["--run_dir"]),
    (
      "export",
      ["--run_dir=a", "--batch_microseconds=9"],
      ["--batch_microseconds", "--batch_rows"],
    ),
    ("evaluate", ["--run_dirs=a", "--name=mine"], ["--name=mine", "--out"]),
    (
      "reconstruct",
      ["--run_dir=pretrained:lapcvae_demo", "--images=a", "--temperature=2"],
      ["--temperature=2.0", "--fixed_from"],
    ),
    (
      "figures",
      ["--run_dirs=a", "--figure=curves", "--count=3"],
      ["--count=3", "curves"],
    ),
    (
      "figures",
      ["--run_dirs=a", "--figure=lapcvae_4", "--seed=3"],
      ["--seed=3", "lapcvae_4"],
    ),
    (
      "study",
      ["--out=a", "--run_dirs=a,b", "--kind=which_is_better", "--repeats=3"],
      ["--repeats", "real_or_generated"],
    ),
  ],
)
def test_mistakes_of_other_commands_are_named(command, options, pieces):
  """What would be ignored is refused as well."""
  message = commands.refusal(command, *options)
  assert all(piece in message for piece in pieces), message


def test_paths_may_have_commas(tmp_path, monkeypatch):
  """A value that exists is one path; others are separated at commas."""
  monkeypatch.setenv("HOME", str(tmp_path))
  (tmp_path / "a, b.png").touch()
  values = [str(tmp_path / "a, b.png"), "c.png,d.png", "~/a, b.png", ""]
  expected = [values[0], "c.png", "d.png", "~/a, b.png"]
  assert shared_flags.paths(values) == expected
  assert shared_flags.paths(None) == []


@pytest.mark.parametrize(
  "option, piece",
  [("steps=3", "steps=3"), ("--set=training.stepz=3", "training.stepz")],
)
def test_a_process_ends_at_once(tmp_path, option, piece):
  """In a fraction of a second, with a status that a script sees."""
  start = time.monotonic()
  run_dir = f"--run_dir={tmp_path / 'run'}"
  done = commands.call("train", *_TRAIN, run_dir, option, seconds=60)
  assert done.returncode != 0 and "Traceback" not in done.stderr
  assert piece in done.stderr
  assert time.monotonic() - start < 5.0
