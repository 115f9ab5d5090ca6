"""A classifier by the command's own path: it learns, saves and resumes."""

import json

import numpy as np
import pytest
from PIL import Image
from support import commands

from experiments.config.data_config import DataConfig
from experiments.config.training_config import TrainingConfig
from experiments.evaluation import classifier_training
from experiments.measures import object_classifier
from experiments.system import errors
from experiments.training.loop import Trainer


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
  """Dark and bright noise, a subfolder for each."""
  folder = tmp_path_factory.mktemp("classes")
  generator = np.random.default_rng(0)
  for name, low in (("dark", 0), ("bright", 150)):
    (folder / name).mkdir()
    for i in range(40):
      pixels = generator.integers(low, low + 100, (12, 12, 3)).astype(np.uint8)
      Image.fromarray(pixels).save(folder / name / f"{i}.png")
  return folder


def _train(pictures, out, resume=False, **training):
  options = {"steps": 40, "batch_size": 16, "learning_rate": 0.01, **training}
  return classifier_training.train(
    DataConfig(name=f"folder:{pictures}", size=12),
    TrainingConfig(**options),
    str(out),
    resume,
    cache_dir=str(pictures.parent / "cache"),
  )


def test_classes_that_differ_are_told_apart(pictures, tmp_path, monkeypatch):
  """The file says of what it is, and a resumed training takes no step."""
  path = _train(pictures, tmp_path / "out")
  figures = json.loads((tmp_path / "out" / "metrics.json").read_text())
  assert figures["accuracy"] > 0.9
  judge = object_classifier.load(path)
  assert judge.facts.class_names == ("bright", "dark")
  images = np.stack([np.full((12, 12, 3), v, np.uint8) for v in (200, 50)])
  np.testing.assert_array_equal(judge(images)[1].argmax(1), [0, 1])
  with pytest.raises(errors.UserError, match="--resume"):
    _train(pictures, tmp_path / "out")
  monkeypatch.setattr(
    Trainer, "_run_stage", lambda *_: pytest.fail("it took a step")
  )
  assert _train(pictures, tmp_path / "out", resume=True) == path


def test_images_without_classes_are_refused(pictures, tmp_path):
  """Before a folder is made."""
  with pytest.raises(errors.UserError, match="no classes"):
    _train(pictures / "dark", tmp_path / "out")
  assert not (tmp_path / "out").exists()


def test_mistakes_are_answered_without_a_traceback(pictures, tmp_path):
  """A misspelt dataset, and more images a step than there are."""
  done = commands.call_here(
    "classifier", "--dataset=cifar", f"--out={tmp_path / 'out'}"
  )
  assert done.returncode == 1 and "cifar10" in done.stderr
  assert "Traceback" not in done.stderr
  with pytest.raises(errors.UserError, match="batch_size=200"):
    _train(pictures, tmp_path / "out", batch_size=200)
  assert not (tmp_path / "out").exists()
