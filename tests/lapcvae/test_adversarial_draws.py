"""Levels with an adversary: what is drawn, also from bundles and exports."""

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf import editing, export
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.model import LapCVAE
from pyramid_tf import pyramid, saved_models

SEED = tf.constant([3, 4])


@pytest.fixture(scope="module")
def model():
  """Three levels, the finer two with an adversary; nothing changes them."""
  return small_models.adversarial(3, 2)


def test_detail_is_of_the_seed_while_latents_stay(model, image, monkeypatch):
  """Reconstructions repeat; samples of the same latents differ in detail."""
  np.testing.assert_array_equal(
    model.reconstruct(image), model.reconstruct(image)
  )
  monkeypatch.setattr(
    Gaussian, "sample", lambda self, seed, temperature=1.0: self.mean
  )
  first, again, other = (
    model.outcomes(image, seed) for seed in (SEED, SEED, SEED + 1)
  )
  np.testing.assert_array_equal(first[0].composed, again[0].composed)
  assert np.abs(first[1].band - other[1].band).max() > 1e-3
  np.testing.assert_array_equal(first[2].composed, other[2].composed)


def test_an_image_does_not_depend_on_the_others_of_its_batch(model, image):
  """Reconstructions share their noise; each sample has noise of its own."""
  np.testing.assert_allclose(
    model.reconstruct(image)[::-1], model.reconstruct(image[::-1]), atol=1e-5
  )
  four, two = (model.sample(SEED, count) for count in (4, 2))
  np.testing.assert_allclose(four[:2], two, atol=1e-5)
  noise = model.level_models[0].noise(SEED, 2)
  assert np.abs(noise[0] - noise[1]).max() > 0.5


def test_detail_keeps_to_the_image_that_it_refines(model, image):
  """Consistency holds for what comes out, not for the mean alone."""
  config = model.config
  for images in (model.sample_levels(SEED, 4), model.reconstruct_levels(image)):
    for k in (0, 1):
      seen = pyramid.downsample(images[k], config.sizes[k + 1], config.kernel)
      np.testing.assert_allclose(seen, images[k + 1], atol=1e-4)


@pytest.mark.parametrize("level", [1, 2])
def test_edits_draw_detail_for_given_images(model, image, level):
  """A painted level stays, and each seed draws other detail for it."""
  sizes = model.config.sizes
  coarse = pyramid.gaussian_pyramid(image, sizes, "haar")[level]
  drawn, other = (
    editing.draw_from_given(model, coarse, level, seed, temperature=0.0)
    for seed in (SEED, SEED + 1)
  )
  np.testing.assert_array_equal(drawn[-1], coarse)
  assert np.abs(drawn[0] - other[0]).max() > 1e-3
  seen = pyramid.downsample(drawn[0], sizes[1], "haar")
  np.testing.assert_allclose(seen, drawn[1], atol=1e-4)
  kept = model.resample(image, 1, SEED)
  levels = model.reconstruct_levels(image)
  assert np.abs(kept - levels[0]).max() > 1e-3


def test_bundles_leave_discriminators_out(model, image, tmp_path):
  """What is drawn is the same without them."""
  model.write_bundle(tmp_path, {"preset": "tiny"})
  loaded = LapCVAE.from_bundle(tmp_path)
  assert loaded.discriminator_parameters == 0
  judged = model.count_params() - model.discriminator_parameters
  assert loaded.count_params() == judged < model.count_params()
  for live, drawn in (
    (model.sample(SEED, 2), loaded.sample(SEED, 2)),
    (model.reconstruct(image), loaded.reconstruct(image)),
  ):
    np.testing.assert_allclose(drawn, live, atol=1e-6)


def test_exports_draw_as_the_live_model_and_leave_d_out(model, image, tmp_path):
  """A level takes its noise as an input; the cascade draws it by the seed."""
  export.export_level(model, 0, tmp_path / "level_0")
  export.export_cascade(model, tmp_path / "cascade")
  level = model.level_models[0]
  inputs = {f"latent_{k}": tf.ones((2, 3 + k)) for k in range(3)}
  inputs |= {"low_pass": image[:2], "coarser": image[:2, ::2, ::2]}
  inputs["noise"] = level.noise(SEED, 2)
  served = saved_models.load(tmp_path / "level_0")
  band = level.decode(
    [inputs[f"latent_{k}"] for k in range(3)],
    inputs["low_pass"],
    coarser=inputs["coarser"],
    noise=inputs["noise"],
  )
  actual = served["decode"](**inputs)["band"]
  np.testing.assert_allclose(actual, band, atol=1e-5)
  cascade = saved_models.load(tmp_path / "cascade")
  drawn = cascade["sample"](
    seed=SEED, count=tf.constant(2), temperature=tf.constant(1.0)
  )["images"]
  expected = tf.clip_by_value(model.sample(SEED, 2), -1.0, 1.0)
  np.testing.assert_allclose(drawn, expected, atol=1e-4)
  [variables] = (tmp_path / "cascade").rglob("variables.index")
  stored = tf.train.list_variables(str(variables.with_suffix("")))
  numbers = sum(int(np.prod(shape)) for _, shape in stored)
  judged = model.count_params() - model.discriminator_parameters
  assert judged <= numbers < model.count_params()
