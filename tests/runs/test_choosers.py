"""A level is resumed with the classifier that it started with."""

import dataclasses
import re

import pytest
import tensorflow as tf
from support import small_runs

from experiments.config import presets
from experiments.families.lapgan import LAPGANFamily
from experiments.measures.object_classifier import Classifier, ClassifierFacts
from experiments.runs import choosers, description, job
from experiments.system import errors
from experiments.training.run_dir import RunDir


@pytest.fixture(autouse=True)
def no_exports(monkeypatch):
  """Nothing here looks at them."""
  small_runs.without_exports(monkeypatch)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
  """A folder with pictures, and a run whose weights classifiers choose."""
  folder = tmp_path_factory.mktemp("choosers")
  name = small_runs.write_pictures(folder / "pictures")
  model = {"selection": "classifier"}
  return folder, small_runs.lapgan_config(name, model=model, steps=2)


def _classifier(folder, name, size, seed=0):
  tf.keras.utils.set_random_seed(seed)
  facts = ClassifierFacts(dataset="x", size=size, class_names=("a", "b"))
  path = folder / f"{name}.keras"
  Classifier(facts, filters=(2, 3)).save(path)
  return str(path)


def _choosers(made, *classifiers):
  folder, config = made
  environment = small_runs.environment(folder, classifiers=classifiers)
  return LAPGANFamily().choosers(config, environment)


def test_a_level_resumes_with_its_classifier_alone(made, monkeypatch):
  """Another one, or none, is refused by its name, before images are read."""
  folder, config = made
  fine, coarse = config.model.sizes
  ours = _classifier(folder, "ours", fine)
  other = _classifier(folder, "other", fine, seed=1)
  beside = _classifier(folder, "beside", coarse)

  def train(*classifiers, resume=True, levels=(0,)):
    environment = small_runs.environment(
      folder, "run", classifiers=classifiers, resume=resume, levels=levels
    )
    job.train("tiny", config, environment)
    return RunDir(environment.run_dir)

  run_dir = train(ours, resume=False)
  assert choosers.paths(run_dir, config.parts()) == [ours]
  # Others may choose the weights of levels that have not begun.
  train(ours, beside, levels=(1, 0))
  monkeypatch.setitem(presets.PRESETS, "tiny", lambda: config)
  command = description.command("tiny", config, run_dir)
  assert "--classifier=beside.keras --classifier=ours.keras" in command
  monkeypatch.setattr(job.datasets, "load", lambda *_: pytest.fail("read"))
  for given in ((other,), (other, beside)):
    with pytest.raises(errors.UserError, match=re.escape(ours)):
      train(*given)
  with pytest.raises(errors.UserError, match="level_0.*Name it"):
    train(beside, levels=(1, 0))


def test_a_classifier_that_was_trained_again_is_another(made, tmp_path):
  """Under the same name too; a copy of the file is the same."""
  folder, config = made
  run_dir, size = RunDir(tmp_path), config.model.sizes[0]
  path = _classifier(folder, "again", size)
  before = _choosers(made, path)["level_0"]
  choosers.store(run_dir, "level_0", before)
  moved = dataclasses.replace(before, path="elsewhere.keras")
  choosers.check(run_dir, ["level_0"], {"level_0": moved})
  _classifier(folder, "again", size, seed=2)
  with pytest.raises(errors.UserError, match="has changed since level_0"):
    choosers.check(run_dir, ["level_0"], _choosers(made, path))


def test_a_level_without_a_classifier_takes_none_later(made, tmp_path):
  """Its scores were distances of another kind."""
  folder, config = made
  fine, coarse = config.model.sizes
  paths = [_classifier(folder, str(size), size) for size in (fine, coarse)]
  run_dir = RunDir(tmp_path)
  without = _choosers(made, paths[0])["level_1"]
  assert without.path is None
  choosers.store(run_dir, "level_1", without)
  with pytest.raises(errors.UserError, match="no classifier. Leave out"):
    choosers.check(run_dir, ["level_1"], _choosers(made, *paths))
  # A version that stored nothing is not compared.
  choosers.check(run_dir, ["level_0"], _choosers(made, *paths))


def test_a_classifier_that_chooses_nothing_is_refused(made):
  """It reads no level's images, or another one reads them."""
  folder, config = made
  size = config.model.sizes[0]
  strange = _classifier(folder, "strange", size + 1)
  with pytest.raises(errors.UserError, match=f"{size + 1} pixels.*--size"):
    _choosers(made, strange)
  pair = [_classifier(folder, name, size) for name in ("first", "second")]
  with pytest.raises(errors.UserError, match="second.*first.*each size"):
    _choosers(made, *pair)
