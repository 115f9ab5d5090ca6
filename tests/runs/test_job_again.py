"""Trainings that are stopped, resumed, extended, or start from others."""

import dataclasses
import os
import signal

import numpy as np
import pytest
import tensorflow as tf
from support import small_runs

from experiments import families
from experiments.config import presets
from experiments.families.lapcvae_task import LapCVAETask
from experiments.families.lapgan_task import LAPGANLevelTask
from experiments.runs import description, image_counts, job, trained_run
from experiments.system import errors
from experiments.system.interruption import Interrupted
from experiments.training.loop import Trainer
from experiments.training.run_dir import RunDir

_KINDS = {
  "LapCVAE": ("model/", "optimizer/"),
  "LAPGAN": ("model/", "generator_optimizer/", "discriminator_optimizer/"),
}


@pytest.fixture(autouse=True)
def no_exports(monkeypatch):
  """Nothing here looks at them."""
  small_runs.without_exports(monkeypatch)


class Killed(BaseException):
  """The process ends here."""


def _kill():
  raise Killed


def _stop():
  os.kill(os.getpid(), signal.SIGTERM)


def _interrupt_at(patch, step, part, interrupt):
  """Ends the training of a part after so many steps."""
  task = LapCVAETask if part is None else LAPGANLevelTask
  headline = task.headline

  def interrupted(self, scalars):
    optimizer = list(self.checkpointed().values())[1]
    taken = int(tf.convert_to_tensor(optimizer.iterations))
    if part in (None, self.name) and taken == step:
      interrupt()
    return headline(self, scalars)

  patch.setattr(task, "headline", interrupted)


def _assert_equal_runs(trained, one, other, step=4):
  kinds = _KINDS[families.of(trained.config.model).name]
  for part in trained.parts:
    small_runs.assert_equal_checkpoints(
      one.part(part), other.part(part), step, kinds
    )


@pytest.mark.parametrize(
  "interrupt, step, raised, kept",
  [(_stop, 2, Interrupted, [2, 3]), (_kill, 3, Killed, [2])],
  ids=["stopped", "killed"],
)
def test_an_interrupted_run_resumes_bit_for_bit(
  trained, monkeypatch, interrupt, step, raised, kept
):
  """Weights, averages, optimizers and figures; steps are not taken twice."""
  name, part = raised.__name__, trained.parts[-1]
  with monkeypatch.context() as patch:
    _interrupt_at(patch, step, part, interrupt)
    with pytest.raises(raised):
      trained.train(name)
  run_dir = RunDir(trained.folder / name)
  indices = run_dir.checkpoints_of(part).glob("*.index")
  assert sorted(p.stem for p in indices) == [f"ckpt-{n}" for n in kept]
  assert not run_dir.is_part_finished(part)
  with pytest.raises(errors.UserError, match="finished .*--resume"):
    trained.train(name)
  trained.train(name, resume=True)
  _assert_equal_runs(trained, run_dir, trained.run_dir)
  figures, expected = (run.read_metrics() for run in (run_dir, trained.run_dir))
  for timed in ("seconds", "images_per_second"):
    for metrics in (figures, expected):
      metrics.pop(timed, None)
      for level in metrics["levels"].values():
        level.pop(timed, None)
  assert figures == expected


def test_a_second_start_is_refused(trained):
  """Nothing of the finished run is touched."""
  before = (trained.run_dir.path / "metrics.json").stat().st_mtime_ns
  with pytest.raises(errors.UserError, match="a finished .*tiny.*--resume"):
    trained.train("a run")
  other = trained.with_training(seed=1)
  with pytest.raises(errors.UserError, match="training.seed was 0, now 1"):
    trained.train("a run", other, resume=True)
  assert (trained.run_dir.path / "metrics.json").stat().st_mtime_ns == before


def test_a_finished_run_is_skipped_extended_and_never_shortened(
  trained, tmp_path, monkeypatch, capsys
):
  """More steps go on from the last checkpoint; fewer are refused."""
  run_dir = trained.copy(tmp_path / "run")
  trained = dataclasses.replace(trained, folder=tmp_path)

  def train(**training):
    trained.train("run", trained.with_training(**training), resume=True)

  with monkeypatch.context() as patch:
    patch.setattr(Trainer, "run", lambda *_: pytest.fail("it trained"))
    # Images that came or went are of no account where no step is taken.
    run_dir.write_json("images.json", {"training": 1})
    patch.setattr(image_counts.logging, "warning", lambda *_: pytest.fail())
    train()
  assert "Next:" in capsys.readouterr().out
  with pytest.raises(errors.UserError, match="training.steps was 4, now 3"):
    train(steps=3)
  if trained.parts == [None]:
    train(steps=6)
    steps, grown = (4, 6), 6
  else:
    # One level goes on, the other is skipped.
    train(level_steps=(6, 4))
    steps, grown = (4, 6), (6, 4)
    with pytest.raises(errors.UserError, match="training.level_steps was"):
      train(level_steps=(5, 4))
  assert trained_run.load(str(run_dir.path)).steps == grown
  finest = trained.parts[-1]
  assert run_dir.read_metrics(finest)["steps"] == 6
  assert run_dir.is_part_finished(finest, 6)
  for step in steps:
    assert (run_dir.checkpoints_of(finest) / f"ckpt-{step}.index").exists()


def _starts(monkeypatch):
  """Weights of each task before its first step, by name."""
  noted, run = {}, Trainer.run

  def record(self, train, test):
    noted[self._task.name] = [w.numpy() for w in self._task.model.weights]
    return run(self, train, test)

  monkeypatch.setattr(Trainer, "run", record)
  return noted


def test_a_run_starts_from_the_weights_of_another(trained, monkeypatch):
  """Bit for bit; only what describes the new images is its own."""
  source = trained_run.load(str(trained.run_dir.path)).model
  starts = _starts(monkeypatch)
  other = trained.folder / "others"
  if not other.exists():
    small_runs.write_pictures(other, count=20)
  made = trained.with_training(steps=1, validate_every=1, seed=5)
  data = dataclasses.replace(made.data, name=f"folder:{other}", train_limit=9)
  made = dataclasses.replace(made, data=data)
  run_dir = trained.train("from", made, init_from=str(trained.run_dir.path))
  models = {"cascade": source}
  if trained.parts != [None]:
    models = {level.name: level for level in source.level_models}
  assert starts.keys() == models.keys()
  for name, model in models.items():
    own = 0
    for weight, start in zip(model.weights, starts[name], strict=True):
      if "standardisation" in weight.path:
        assert not np.array_equal(start, weight)
        own += 1
      elif "score" in weight.name:
        assert not np.isfinite(start) and np.isfinite(weight)
        own += 1
      else:
        np.testing.assert_array_equal(start, weight, err_msg=weight.path)
    assert own == (0 if name == "cascade" else 3)

  # Where it started from is recorded, and may not change.
  monkeypatch.setitem(presets.PRESETS, "tiny", lambda: made)
  assert "'--init_from=a run'" in description.command("tiny", made, run_dir)
  with pytest.raises(errors.UserError, match="--init_from=.*elsewhere"):
    trained.train("from", made, resume=True, init_from="elsewhere")


def test_a_run_that_is_being_extended_has_not_finished(trained, tmp_path):
  """Its figures are of fewer steps than its configuration says."""
  run_dir = trained.copy(tmp_path / "run")
  description.finished(run_dir)
  longer = trained.with_training(steps=9)
  run_dir.start("tiny", longer, True, trained.parts)
  with pytest.raises(errors.UserError, match="has not taken its 9 steps"):
    description.finished(run_dir)


def test_what_is_reported_is_of_test_images(lapcvae_run, tmp_path):
  """Also where training images are held out to validate on."""
  seen = []

  class Task(LapCVAETask):
    def validate(self, test, count=None):
      seen.append((test.num_images, count))
      return super().validate(test, count)

  data = dataclasses.replace(lapcvae_run.config.data, holdout=5)
  made = dataclasses.replace(lapcvae_run.with_training(steps=1), data=data)
  environment = small_runs.environment(lapcvae_run.folder, "held out")
  job.train("tiny", made, environment, Task)
  metrics = RunDir(environment.run_dir).read_metrics()
  assert seen == [(5, None), (metrics["test_images"], None)]
  assert metrics["test_images"] != 5


def test_weights_of_another_model_are_refused(trained, tmp_path):
  """Before anything is made; what differs is named."""
  model = dataclasses.replace(trained.config.model, kernel="haar")
  made = dataclasses.replace(trained.config, model=model)
  with pytest.raises(errors.UserError, match="--init_from=.*model.kernel was"):
    RunDir(trained.run_dir.path).check_gives_weights(made)
  with pytest.raises(errors.UserError, match="holds no run"):
    RunDir(tmp_path).check_gives_weights(made)
  trained.run_dir.check_gives_weights(trained.with_training(seed=8))
