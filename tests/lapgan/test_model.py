"""The cascade: sampling, refinement, levels that do not fit."""

import re

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf import heuristic
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.model import LAPGAN
from pyramid_tf import pyramid

SEED = tf.constant([7, 8])
OTHER_SEED = tf.constant([7, 9])
VARIANTS = {
  "paper": {},
  "per_channel": {"standardisation": "per_channel"},
  "binomial5": {"kernel": "binomial5", "standardisation": "none"},
}


@pytest.fixture(scope="module", params=VARIANTS)
def model(request, make_model):
  """Three levels; sampling changes nothing in them."""
  return make_model(3, **VARIANTS[request.param])


def test_sampling_the_true_bands_returns_the_image(model, image, monkeypatch):
  """Equation 5 with h~_k = h_k is Equation 4."""
  seen = []

  def true_band(self, low_pass, seed, label=None, conditioning_noise=None):
    assert conditioning_noise is None, "generated images have the usual noise"
    band, true_low_pass = self.real_bands(image)
    np.testing.assert_allclose(low_pass, true_low_pass, atol=1e-5)
    seen.append(self.k)
    return band

  monkeypatch.setattr(LAPGANLevel, "generate", true_band)
  np.testing.assert_allclose(model.sample(SEED, 8), image, atol=1e-5)
  assert seen == [2, 1, 0]


def test_chain_starts_at_the_sample_and_ends_at_the_coarsest(model):
  """Figure 4b, finest first; every image in the units of [-1, 1]."""
  chain = model.sample_chain(SEED, 2)
  assert [x.shape for x in chain] == [(2, s, s, 3) for s in (16, 8, 4)]
  np.testing.assert_array_equal(chain[0], model.sample(SEED, 2))
  coarsest = model.draw_coarsest(SEED, 2)
  np.testing.assert_allclose(
    chain[-1],
    model.standardisation.to_image(coarsest, model.config.kernel),
    atol=1e-6,
  )


def test_each_level_adds_its_band_to_what_the_coarser_made(model):
  """x_k = u(x_{k+1}) + G_k(z_k, u(x_{k+1})), each level with its own seed."""
  kernel, x = model.config.kernel, model.draw_coarsest(SEED, 2)
  for k in (1, 0):
    low_pass = pyramid.upsample(x, 16 >> k, kernel)
    band = model.level_models[k].generate(low_pass, tf.random.fold_in(SEED, k))
    x = low_pass + band
  np.testing.assert_allclose(
    model.standardisation.to_image(x), model.sample(SEED, 2), atol=1e-5
  )


def test_equal_seeds_give_equal_images(model):
  """And other seeds give others, in every image."""
  first, again = model.sample(SEED, 2), model.sample(SEED, 2)
  np.testing.assert_array_equal(first, again)
  other = model.sample(OTHER_SEED, 2)
  assert np.all(np.max(np.abs(first - other), axis=(1, 2, 3)) > 1e-2)
  assert np.max(np.abs(first[0] - first[1])) > 1e-2


def test_a_seed_gives_its_images_in_any_number(model):
  """The first of four images are those of a smaller batch."""
  four = model.sample(SEED, tf.constant(4))
  for count in (1, 3):
    np.testing.assert_allclose(
      four[:count], model.sample(SEED, count), atol=1e-5
    )


def test_refining_the_coarsest_of_a_seed_is_its_sample(model):
  """With the same seed; with another only the coarsest image stays."""
  coarsest = model.draw_coarsest(SEED, 2)
  chain = model.sample_chain(SEED, 2)
  for actual, expected in zip(model.refine(coarsest, SEED), chain, strict=True):
    np.testing.assert_allclose(actual, expected, atol=1e-6)
  other = model.refine(coarsest, OTHER_SEED)
  np.testing.assert_allclose(other[-1], chain[-1], atol=1e-6)
  for k in (0, 1):
    assert np.max(np.abs(other[k] - chain[k])) > 1e-2


def test_one_coarsest_image_has_many_refinements(model):
  """The supplement's experiment: each copy has noise of its own."""
  coarsest = tf.repeat(model.draw_coarsest(SEED, 1), 4, axis=0)
  finest, _, coarse = model.refine(coarsest, SEED)
  np.testing.assert_array_equal(coarse[1:], coarse[:-1])
  assert np.all(np.max(np.abs(finest[1:] - finest[:-1]), (1, 2, 3)) > 1e-3)


@pytest.mark.parametrize("label_plane", ["input", "first_maps"])
def test_class_of_an_image_matters_to_it_alone(make_model, label_plane):
  """Labels reach every level, and stay with their image."""
  model = make_model(num_classes=4, label_plane=label_plane)
  chain = model.sample_chain(SEED, 3, tf.constant([0, 1, 2]))
  changed = model.sample_chain(SEED, 3, tf.constant([0, 3, 2]))
  for one, two in zip(chain, changed, strict=True):
    np.testing.assert_allclose(one[::2], two[::2], atol=1e-6)
    assert np.max(np.abs(one[1] - two[1])) > 1e-3
  coarsest = model.draw_coarsest(SEED, 3, tf.constant([0, 1, 2]))
  refined = model.refine(coarsest, SEED, tf.constant([0, 3, 2]))
  assert np.max(np.abs(refined[0][1] - chain[0][1])) > 1e-4
  np.testing.assert_allclose(refined[0][::2], chain[0][::2], atol=1e-6)


def test_sampling_a_conditional_model_needs_labels(make_model):
  """The level that misses them first is the coarsest."""
  with pytest.raises(ValueError, match="level_1 is conditioned on 4 classes"):
    make_model(num_classes=4).sample(SEED, 2)


def test_a_single_level_samples_images(make_model):
  """The baseline of the paper is a pyramid of one level."""
  model = make_model(1)
  [actual] = model.sample_chain(SEED, 3)
  band = model.level_models[0].generate(
    tf.zeros((3, 16, 16, 3)), tf.random.fold_in(SEED, 0)
  )
  np.testing.assert_allclose(
    actual, model.standardisation.to_image(band), atol=1e-6
  )


def test_new_levels_are_made_in_order(tiny_config):
  """When none are given; parameters add up over levels."""
  model = LAPGAN(tiny_config(3), seed=5)
  assert [level.k for level in model.level_models] == [0, 1, 2]
  assert [level.size for level in model.level_models] == [16, 8, 4]
  counts = [level.num_parameters for level in model.level_models]
  assert model.num_parameters == sum(counts)


def test_a_pyramid_of_too_few_levels_is_refused(make_level):
  """Both numbers are named."""
  level = make_level()
  with pytest.raises(ValueError, match="has 2 levels, got 1"):
    LAPGAN(level.config, [level])


@pytest.mark.parametrize("k", [0, 1, 2])
def test_a_missing_level_is_named(make_model, k):
  """Such as one whose training has not begun."""
  model = make_model(3)
  levels = [None if j == k else m for j, m in enumerate(model.level_models)]
  with pytest.raises(ValueError, match=f"level_{k} is missing"):
    LAPGAN(model.config, levels)


def test_levels_in_the_wrong_order_are_refused(make_model):
  """Finest first."""
  model = make_model()
  with pytest.raises(ValueError, match="level_0 is level 1 of"):
    LAPGAN(model.config, model.level_models[::-1])


@pytest.mark.parametrize("k", [0, 1])
def test_a_level_of_another_pyramid_is_refused(make_model, make_level, k):
  """Here one that was built for another kernel; the message shows it."""
  model = make_model()
  levels = list(model.level_models)
  levels[k] = make_level(k, kernel="haar")
  message = rf"level_{k} is level {k} of another pyramid.*kernel='haar'"
  with pytest.raises(ValueError, match=message):
    LAPGAN(model.config, levels)


@pytest.mark.parametrize("statistic", ["mean", "deviation"])
def test_a_level_of_other_training_images_is_refused(make_model, statistic):
  """Its bands are in other units; a rounding error is no difference."""
  model = make_model(3)
  value = getattr(model.level_models[2].standardisation, statistic)
  start = value.numpy()
  value.assign(start + 1e-6)
  LAPGAN(model.config, model.level_models)
  start[3, 2, 1] += 0.01
  value.assign(start)
  message = "level_2 was trained on images standardised otherwise than level_0"
  with pytest.raises(ValueError, match=re.escape(message)):
    LAPGAN(model.config, model.level_models)


def test_a_level_on_replicas_is_scored_and_drawn_from(
  make_level, two_replicas, image
):
  """Between steps, outside replicas: as a level on one device."""
  one = make_level(num_levels=1)
  with two_replicas.scope():
    two = make_level(num_levels=1)
  band, low_pass = one.real_bands(image)
  seed, actual = tf.constant([1, 2]), []
  for level in (one, two):
    outcomes = [level.average.keep_if_best(score) for score in (0.5, 0.7)]
    assert outcomes == [True, False]
    cascade = LAPGAN(level.config, [level])
    distance = heuristic.nearest_distance(level, band, low_pass, seed, 2)
    actual.append([*level.real_bands(image), distance, cascade.sample(seed, 2)])
  for ours, theirs in zip(*actual, strict=True):
    np.testing.assert_allclose(ours, theirs, atol=1e-5)
