"""SavedModels: what is served is what the live model computes."""

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapgan_tf import export
from pyramid_tf import saved_models

SEED = tf.constant([7, 3])


def _random(*shape):
  return tf.random.stateless_normal(shape, [shape[0], 1])


def _assert_equal(served, live):
  assert set(served) == set(live)
  for name, value in live.items():
    np.testing.assert_allclose(
      served[name], value, atol=1e-5, rtol=1e-5, err_msg=name
    )


@pytest.mark.parametrize("count", [1, 5])
def test_finer_level_serves_what_the_live_level_computes(exported, count):
  """Equation 5 and D, at any batch size."""
  model, root = exported
  served, level = saved_models.load(root / "level_0"), model.level_models[0]
  names = {"generate", "render", "discriminate", "serving_default"}
  assert set(served) == names
  low_pass = _random(count, 16, 16, 3)
  band = level.generate(low_pass, SEED)
  for name in ("generate", "serving_default"):
    _assert_equal(served[name](low_pass=low_pass, seed=SEED), {"band": band})
  logit = level.discriminate(band, low_pass)
  _assert_equal(
    served["discriminate"](band=band, low_pass=low_pass),
    {"logit": logit, "probability": 1 / (1 + np.exp(-logit))},
  )


@pytest.mark.parametrize("count", [1, 5])
def test_coarsest_level_serves_without_a_low_pass_image(exported, count):
  """It takes a number of images in its place."""
  model, root = exported
  served, level = saved_models.load(root / "level_1"), model.level_models[1]
  low_pass = tf.zeros((count, 8, 8, 3))
  band = level.generate(low_pass, SEED)
  for name in ("generate", "serving_default"):
    actual = served[name](count=tf.constant(count), seed=SEED)
    _assert_equal(actual, {"band": band})
  logit = level.discriminate(band, low_pass)
  _assert_equal(
    served["discriminate"](band=band),
    {"logit": logit, "probability": 1 / (1 + np.exp(-logit))},
  )


@pytest.mark.parametrize("count", [1, 5])
def test_cascade_serves_what_the_live_model_draws(exported, count):
  """Clipped to [-1, 1]."""
  model, root = exported
  served = saved_models.load(root / "cascade")
  names = {"sample", "serving_default"}
  assert set(served) == {*names, "standardise", "to_images"}
  images = model.sample(SEED, count)
  assert np.max(np.abs(images)) > 1.0
  for name in names:
    _assert_equal(
      served[name](seed=SEED, count=tf.constant(count)),
      {"images": np.clip(images, -1.0, 1.0)},
    )


def test_labels_condition_what_is_served(exported_labelled):
  """One for each image, in levels and cascade."""
  labelled, root = exported_labelled
  labels = tf.constant([0, 1, 3])
  cascade = saved_models.load(root / "cascade")
  images = np.clip(labelled.sample(SEED, 3, labels), -1.0, 1.0)
  count = tf.constant(3)
  actual = cascade["sample"](seed=SEED, count=count, labels=labels)
  _assert_equal(actual, {"images": images})
  for k, level in enumerate(labelled.level_models):
    served = saved_models.load(root / f"level_{k}")
    low_pass = tf.zeros((3, 8, 8, 3))
    inputs = {"count": count}
    if k == 0:
      low_pass = _random(3, 16, 16, 3)
      inputs = {"low_pass": low_pass}
    band = level.generate(low_pass, SEED, labels)
    actual = served["generate"](seed=SEED, label=labels, **inputs)
    _assert_equal(actual, {"band": band})
    logit = level.discriminate(band, low_pass, labels)
    inputs = {"low_pass": low_pass} if k == 0 else {}
    actual = served["discriminate"](band=band, label=labels, **inputs)
    np.testing.assert_allclose(actual["logit"], logit, atol=1e-5)


def test_one_label_serves_all_images(exported_labelled):
  """Where a number of images is asked for."""
  labelled, root = exported_labelled
  cascade = saved_models.load(root / "cascade")
  count, label = tf.constant(3), tf.constant([2])
  images = np.clip(labelled.sample(SEED, 3, [2, 2, 2]), -1.0, 1.0)
  actual = cascade["sample"](seed=SEED, count=count, labels=label)
  _assert_equal(actual, {"images": images})
  level = saved_models.load(root / "level_1")
  coarsest = labelled.level_models[1]
  band = coarsest.generate(tf.zeros((3, 8, 8, 3)), SEED, [2, 2, 2])
  actual = level["generate"](seed=SEED, count=count, label=label)
  _assert_equal(actual, {"band": band})


def test_served_units_are_those_of_the_levels(exported):
  """Standardising inverts what makes images, within [-1, 1]."""
  model, root = exported
  served = saved_models.load(root / "cascade")
  size = model.config.sizes[0]
  images = tf.random.stateless_uniform([3, size, size, 3], SEED, -1.0, 1.0)
  standardised = served["standardise"](images=images)["standardised"]
  np.testing.assert_allclose(
    standardised, model.standardisation(images), atol=1e-5
  )
  back = served["to_images"](standardised=standardised)["images"]
  np.testing.assert_allclose(back, images, atol=1e-5)


def test_given_noise_is_rendered_as_drawn_noise_is(exported_labelled):
  """`render` of what `generate` draws; Equation 5 with z_k as an input."""
  model, root = exported_labelled
  label, low_pass = tf.constant([0, 3]), _random(2, 16, 16, 3)
  for k, inputs in enumerate([{"low_pass": low_pass}, {}]):
    level, served = (
      model.level_models[k],
      saved_models.load(root / f"level_{k}"),
    )
    expected = level.generate(
      inputs.get("low_pass", tf.zeros((2, 8, 8, 3))), SEED, label
    )
    noise = level.noise(SEED, 2)
    _assert_equal(
      served["render"](noise=noise, label=label, **inputs), {"band": expected}
    )


def test_noise_on_coarse_images_is_an_input_too(tmp_path):
  """A level trained with some takes it; its deviation is the model's."""
  level = small_models.lapgan_level(conditioning_noise=0.5, sampling_noise=0.3)
  export.export_level(level, tmp_path)
  low_pass = _random(2, 16, 16, 3)
  coarse_noise = tf.random.stateless_normal(
    (2, 8, 8, 3), tf.random.fold_in(SEED, 1)
  )
  served = saved_models.load(tmp_path)["render"]
  given = {"low_pass": low_pass, "noise": level.noise(SEED, 2)}
  made = served(coarse_noise=coarse_noise, **given)
  _assert_equal(made, {"band": level.generate(low_pass, SEED)})
  silent = served(coarse_noise=tf.zeros_like(coarse_noise), **given)
  assert np.abs(silent["band"] - made["band"]).max() > 0.01
