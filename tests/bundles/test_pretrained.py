"""The models that come with the project, measured again on drawn test faces."""

import numpy as np
import pytest
import tensorflow as tf
from support import commands

from experiments.data.faces.population import sample_face
from experiments.data.faces.renderer import render
from experiments.measures import metrics, sliced_wasserstein
from experiments.runs import run_names, trained_run
from pyramid_tf import images

_NAMES = run_names.pretrained_names()
# The test faces come after the training faces.
_FIRST, _COUNT = 12_000, 128


@pytest.fixture(scope="module")
def test_faces():
  """The first test faces, uint8."""
  indices = range(_FIRST, _FIRST + _COUNT)
  return np.stack([render(sample_face(0, i), 64) for i in indices])


def test_both_families_come_along_in_ten_megabytes():
  """With card and sheet; they are the only weights of the project."""
  assert _NAMES == ["lapcvae_demo", "lapgan_demo"]
  files = [path for path in run_names.PRETRAINED.rglob("*") if path.is_file()]
  assert sum(path.stat().st_size for path in files) <= 10 * 2**20
  for name in _NAMES:
    folder = run_names.PRETRAINED / name
    card = (folder / "README.md").read_text(encoding="utf-8")
    assert "show nobody" in card and f'from_bundle("{name}")' in card


def test_reconstructions_are_as_near_as_the_card_says(test_faces):
  """RMSE of rounded weights, on a part of the test faces."""
  run = trained_run.load("pretrained:lapcvae_demo")
  recorded = run.run_dir.read_metrics()
  image = images.from_uint8(tf.constant(test_faces))
  found = metrics.rmse(image, run.model.reconstruct(image)).mean()
  expected_error = 4 * recorded["rmse_std"] / _COUNT**0.5
  assert abs(found - recorded["rmse"]) < expected_error


@pytest.mark.parametrize("name", _NAMES)
def test_samples_are_nearer_to_faces_than_their_mean_colours(name, test_faces):
  """Sliced Wasserstein distance at every scale; a mean image has no detail."""
  drawn = trained_run.load(f"pretrained:{name}").draw(_COUNT, seed=1)[0]
  mean = test_faces.mean(0, keepdims=True).round().astype(np.uint8)
  flat = np.repeat(mean, _COUNT, 0)
  of_samples, of_mean = (
    sliced_wasserstein.figures(test_faces, x)["swd_mean"] for x in (drawn, flat)
  )
  assert of_samples < 0.5 * of_mean


def test_a_newcomer_samples_without_a_training(tmp_path):
  """A command of the README, with what comes along."""
  out = tmp_path / "drawn.npz"
  done = commands.call_here(
    "sample",
    "--run_dir=pretrained:lapcvae_demo",
    "--count=4",
    "--format=npz",
    f"--out={out}",
  )
  assert done.returncode == 0, done.stderr
  with np.load(out) as drawn:
    assert drawn["images"].shape == (4, 64, 64, 3)
