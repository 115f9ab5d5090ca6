"""Levels of a LAPGAN: trained side by side, joined, lost, or diverging."""

import dataclasses
import logging
import shutil
import types

import numpy as np
import pytest
import tensorflow as tf
from support import commands, small_models, small_runs

from experiments.config import overrides, presets
from experiments.config.requests.sample import SampleRequest
from experiments.drawing import samples
from experiments.families import lapgan_task
from experiments.families.lapgan import LAPGANFamily
from experiments.families.lapgan_task import LAPGANLevelTask
from experiments.runs import job, trained_run
from experiments.system import errors
from experiments.training import checkpoints
from experiments.training.loop import TrainingDiverged
from experiments.training.run_dir import RunDir
from lapgan_tf.level import LAPGANLevel

_ACCURACIES = ("real_accuracy", "generated_accuracy")


def _sample(run_path, out):
  samples.sample_run(str(run_path), SampleRequest(count=3), "npz", out=out)
  return np.load(out)["images"]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
  """A run of two steps whose levels one command trained."""
  folder = tmp_path_factory.mktemp("levels")
  name = small_runs.write_pictures(folder / "pictures")
  made = small_runs.lapgan_config(name, steps=2)
  run = small_runs.Trained(folder, made, RunDir(folder / "run"))
  run.train("run")
  return run


def test_two_processes_train_levels_of_one_run_at_once(tmp_path, capsys):
  """A third command trains what is missing, and joins all."""
  name = small_runs.write_pictures(tmp_path / "pictures")
  options = small_runs.level_options(tmp_path, name)
  run_dir = RunDir(tmp_path / "run")
  options.append(f"--run_dir={run_dir.path}")
  processes = [
    commands.start("train", *options, f"--levels={k}") for k in (0, 2)
  ]
  for status, out, error in commands.finish(processes):
    assert status == 0, error
    assert "level_1" in out and "not finished" in out
  finished = [run_dir.is_part_finished(f"level_{k}") for k in range(3)]
  assert finished == [True, False, True]
  assert not run_dir.is_part_finished(None)
  out = str(tmp_path / "drawn.npz")
  with pytest.raises(errors.UserError, match="level_1 of .*--levels=1"):
    _sample(run_dir.path, out)
  made = overrides.apply_overrides(
    presets.PRESETS[small_runs.LEVELS_PRESET](),
    small_runs.level_assignments(name),
  )
  environment = small_runs.environment(tmp_path, levels=(1,))
  job.train(small_runs.LEVELS_PRESET, made, environment)
  assert run_dir.is_part_finished(None)
  assert "SWD " in capsys.readouterr().out
  assert trained_run.load(environment.run_dir).steps == (2, 3, 4)
  assert _sample(run_dir.path, out).shape == (3, 32, 32, 3)


def test_levels_do_not_depend_on_each_other(whole, capsys):
  """Finest first, each by a command: the same weights, bit for bit."""
  for k in (0, 1):
    apart = whole.train("apart", levels=(k,))
    said = capsys.readouterr().out
    assert ("level_1 of" in said and "not finished yet" in said) == (k == 0)
  for part in whole.parts:
    small_runs.assert_equal_checkpoints(
      apart.part(part), whole.run_dir.part(part), 2
    )
  found, expected = (run.read_metrics() for run in (apart, whole.run_dir))
  assert found["swd_per_scale"] == expected["swd_per_scale"]


def test_a_level_learns_from_trained_levels_alone(whole):
  """What half a training draws would teach it what to mend that goes away."""
  asked = overrides.apply_overrides(
    whole.config, ["model.generated_low_pass=0.5"]
  )
  environment = small_runs.environment(whole.folder)
  LAPGANFamily().task(asked, "level_0", environment=environment).build()
  longer = overrides.apply_overrides(asked, ["training.steps=5"])
  task = LAPGANFamily().task(longer, "level_0", environment=environment)
  with pytest.raises(errors.UserError, match="step 2 of 5.*--levels=1"):
    task.build()
  # A measurement of speed has no run, and learns from untrained levels.
  untrained = LAPGANFamily().task(asked, "level_0")
  untrained.build()
  assert untrained.model.learns_from_generated


def test_levels_start_unlike_each_other(whole):
  """Equal seeds would couple their noise."""
  model = trained_run.load(str(whole.run_dir.path)).model
  fine, coarse = (level.generator.weights for level in model.level_models)
  starts = [np.ravel(weights[0])[:5] for weights in (fine, coarse)]
  assert not np.array_equal(*starts)


@pytest.mark.parametrize(
  "replaced_by, pieces",
  [
    ("nothing", ["level_1", "no checkpoint", "--levels=1"]),
    ("another shape", ["level_1", "ckpt-", "--levels=1"]),
    ("other images", ["level_1", "standardised", "level_0"]),
  ],
)
def test_a_level_that_does_not_fit_is_named(
  whole, tmp_path, replaced_by, pieces
):
  """Its checkpoint is missing, or of another model, or of other images."""
  run_dir = whole.copy(tmp_path / "run")
  folder = run_dir.checkpoints_of("level_1")
  shutil.rmtree(folder)
  count = 3 if replaced_by == "another shape" else 2
  if replaced_by != "nothing":
    level = LAPGANLevel(small_models.lapgan_config(count), 1)
    checkpoints.Checkpoints(folder, {"model": level}).save()
  with pytest.raises(errors.UserError) as caught:
    _sample(run_dir.path, str(tmp_path / "out.npz"))
  assert all(piece in str(caught.value) for piece in pieces)


def _exploding(run, network):
  """A configuration whose level_1 overflows, and level_0 does not."""
  fine, coarse = run.config.model.levels
  coarse = dataclasses.replace(coarse, **{f"{network}_deviation": 1e38})
  model = dataclasses.replace(run.config.model, levels=(fine, coarse))
  return dataclasses.replace(run.config, model=model)


@pytest.mark.parametrize(
  "network, first",
  [
    ("discriminator", "Step 1: level_1 generator loss"),
    # Compiled activations may make zero of a band that is not a number.
    ("generator", "Step [12]: level_1 "),
  ],
)
def test_a_level_that_diverges_stops_the_training(whole, network, first):
  """The message names step, level and remedy; no finer level is begun."""
  message = f"{first}.*no checkpoint.*training.learning_rate"
  with pytest.raises(TrainingDiverged, match=message):
    whole.train(network, _exploding(whole, network))
  run_dir = RunDir(whole.folder / network)
  assert not run_dir.part("level_0").exists()
  assert not list(run_dir.part("level_1").glob("checkpoints/*.index"))


def test_the_other_levels_may_go_on(whole):
  """They are whole; the command still fails, and says why."""
  with pytest.raises(errors.UserError, match="Step 1: level_1 generator loss"):
    whole.train("on", _exploding(whole, "discriminator"), keep_going=True)
  run_dir = RunDir(whole.folder / "on")
  finished = [run_dir.is_part_finished(part) for part in ("level_0", "level_1")]
  assert finished == [True, False] and not run_dir.is_part_finished(None)
  assert (run_dir.saved_model("level_0") / "1" / "saved_model.pb").exists()


def test_a_discriminator_that_is_never_wrong_stops_its_level(
  whole, monkeypatch
):
  """Real training, in which D is told to have been right."""
  scalars = LAPGANLevelTask.training_scalars

  def always_right(self):
    for name in _ACCURACIES:
      self.model.trackers[name].reset_state()
      self.model.trackers[name].update_state(1.0)
    return scalars(self)

  monkeypatch.setattr(lapgan_task, "_SATURATED_STEPS", 2)
  monkeypatch.setattr(LAPGANLevelTask, "training_scalars", always_right)
  with pytest.raises(TrainingDiverged, match="^level_1: .* 2 steps.*filters"):
    whole.train("saturated")
  assert not RunDir(whole.folder / "saturated").part("level_0").exists()


@pytest.fixture
def log(monkeypatch):
  """`log(real, generated)` for a level that takes no step, five at a time."""
  monkeypatch.setattr(lapgan_task, "_SATURATED_STEPS", 15)

  def task_log(keep_going, **model):
    made = small_runs.lapgan_config("faces", log_every=5)
    made = dataclasses.replace(
      made, model=dataclasses.replace(made.model, **model)
    )
    task = LAPGANLevelTask(made, 1, None, keep_going)
    tags = ("generator_loss", "discriminator_loss", *_ACCURACIES)
    trackers = {tag: tf.keras.metrics.Mean() for tag in tags}
    optimizer = types.SimpleNamespace(learning_rate=0.25)
    task.model = types.SimpleNamespace(
      trackers=trackers, generator_optimizer=optimizer
    )

    def once(real, generated):
      for tag, value in zip(_ACCURACIES, (real, generated), strict=True):
        trackers[tag].update_state(value)
      return task.training_scalars()["level_1"]

    return once

  return task_log


def test_one_mistake_of_the_discriminator_starts_the_count_again(log):
  """Steps are counted, not logs, and both kinds of examples."""
  once = log(keep_going=False)
  for real, generated in ((1, 1), (1, 1), (1, 0.99), (1, 1), (1, 1), (0.9, 1)):
    scalars = once(real, generated)
    assert scalars["generated_accuracy"] == pytest.approx(generated)
    assert scalars["learning_rate"] == 0.25
  once(1, 1), once(1, 1)
  with pytest.raises(TrainingDiverged, match="level_1: .* 15 steps"):
    once(1, 1)


def test_a_relativistic_discriminator_may_always_be_right(log):
  """Its penalties keep a slope for G, however often it is."""
  once = log(keep_going=False, loss="relativistic")
  for _ in range(9):
    assert once(1, 1)["real_accuracy"] == 1.0


def test_saturation_may_be_reported_alone(log, caplog):
  """And once."""
  with caplog.at_level(logging.WARNING, "absl"):
    once = log(keep_going=True)
    for _ in range(9):
      once(1, 1)
  [record] = caplog.records
  assert "15 steps" in record.getMessage()


def test_weights_that_a_level_lacks_are_missed_before_another_trains(whole):
  """The finest level trains last, which may be days later."""
  source = whole.copy(whole.folder / "without_level_0")
  shutil.rmtree(source.checkpoints_of("level_0"))
  with pytest.raises(errors.UserError, match="no weights to start level_0"):
    whole.train("from", init_from=str(source.path))
  assert not (whole.folder / "from").exists()
  # Levels that have theirs start.
  run_dir = whole.train("from", init_from=str(source.path), levels=(1,))
  assert run_dir.is_part_finished("level_1")
