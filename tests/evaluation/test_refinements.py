"""What finer levels add to true coarse images, on cases with a known answer."""

import types

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from experiments import families
from experiments.data.batches import Split
from experiments.evaluation import refinements
from lapgan_tf.level import LAPGANLevel


def _split(seed, count=6):
  random = np.random.default_rng(seed)
  coarse = random.integers(60, 200, (count, 4, 4, 3))
  images = coarse.repeat(4, 1).repeat(4, 2) + random.integers(
    -30, 30, (count, 16, 16, 3)
  )
  return Split(images.astype(np.uint8), np.arange(count) % 4)


def _figures(model):
  run = types.SimpleNamespace(
    model=model,
    config=types.SimpleNamespace(model=model.config),
    family=families.of(model.config),
  )
  return refinements.of_run(run, _split(0), _split(1), 100)


@pytest.fixture
def measure(monkeypatch):
  """`measure(band, **options)`: figures of three levels that add such bands."""

  def figures(band=None, **options):
    model = small_models.lapgan(
      num_levels=3, standardisation="per_channel", **options
    )
    if band is not None:
      monkeypatch.setattr(LAPGANLevel, "generate", band)
    return _figures(model)

  return figures


def test_adding_nothing_scores_what_nothing_scores(measure):
  """The zero band is the row beside the level's own."""

  def nothing(self, low_pass, seed, label=None, **rest):
    return tf.zeros_like(low_pass)

  entries = measure(nothing)
  pairs = [(entry["given"], entry["made"]) for entry in entries]
  fine, middle, coarse = small_models.lapgan_config(num_levels=3).sizes
  assert pairs == [(middle, fine), (coarse, middle), (coarse, fine)]
  for entry in entries:
    assert entry["swd"] == pytest.approx(entry["swd_nothing_added"])
    assert entry["rmse"] == pytest.approx(entry["rmse_nothing_added"])
    assert entry["swd_real"] > 0.0


def test_levels_are_given_real_images_without_noise(measure):
  """Whatever noise they are used to in sampling."""
  seen = []

  def record(self, low_pass, seed, label=None, conditioning_noise=None):
    seen.append(conditioning_noise)
    return tf.zeros_like(low_pass)

  measure(record)
  assert seen and set(seen) == {0.0}


def test_bands_that_keep_the_coarse_image_do_not_drift(measure):
  """Those that may change it do."""
  kept = measure(kernel="haar", keep_coarse=True)
  free = measure(kernel="haar")
  for ours, theirs in zip(kept, free, strict=True):
    assert ours["drift"] < 1e-3 < theirs["drift"]


def test_a_lapcvae_is_measured_from_given_and_reconstructed_images():
  """Consistent levels keep a given image; no latents remember all of it."""
  model = small_models.lapcvae(3, kernel="haar", consistency_steps=1)
  # Some of what it makes lies outside of [-1, 1], where images end.
  for level in model.level_models:
    for weight in level.decoder.trainable_weights:
      weight.assign(1.5 * weight)
  drift = {}
  for entry in _figures(model):
    drift.setdefault(entry["method"], []).append(entry["drift"])
    # Reconstructed or not, they keep what they add detail to.
    assert entry["drift_from_base"] < 1e-3
  assert max(drift["given"]) < 1e-3
  assert max(drift["kept"]) < 1e-3
  assert min(drift["reconstructed"]) > 1.0


def test_partial_samples_of_the_papers_model_drift_from_their_base():
  """Nothing but training holds its bands to the coarse image (Figure 8)."""
  entries = _figures(small_models.lapcvae(3))
  for entry in entries:
    if entry["method"] == "reconstructed":
      assert entry["drift_from_base"] > 0.1
      # It is not the distance to the image that was given.
      assert abs(entry["drift_from_base"] - entry["drift"]) > 0.1
    else:
      assert entry["drift_from_base"] == pytest.approx(entry["drift"])
