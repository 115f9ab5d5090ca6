"""Levels that keep to the coarse image that they refine."""

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf import editing, walk
from pyramid_tf import consistency, kernels, pyramid

SEED = tf.constant([3, 4])


def _normal(*shape, seed=0):
  return tf.random.stateless_normal(shape, [seed, 5])


def _drift(model, images, k, j):
  """The largest difference between d(x_k), at level j, and x_j."""
  config = model.config
  seen = pyramid.gaussian_pyramid(
    images[k], config.sizes[k : j + 1], config.kernel
  )[-1]
  return float(tf.reduce_max(tf.abs(seen - images[j])))


_EXACT_KERNEL = pytest.mark.parametrize("kernel", kernels.EXACT_KERNELS)


@_EXACT_KERNEL
def test_one_step_is_exact_and_the_smallest(kernel):
  """d(x) = base, whatever x was, and no smaller change does that."""
  image, base = _normal(2, 16, 16, 3), _normal(2, 8, 8, 3, seed=1)
  kept = consistency.back_projected(image, base, kernel, 1)
  np.testing.assert_allclose(
    pyramid.downsample(kept, 8, kernel), base, atol=1e-5
  )
  again = consistency.back_projected(kept, base, kernel, 1)
  np.testing.assert_allclose(again, kept, atol=1e-5)
  other = _normal(2, 16, 16, 3, seed=2)
  unseen = consistency.back_projected(other, tf.zeros_like(base), kernel, 1)
  product = tf.reduce_sum((kept - image) * unseen)
  assert abs(float(product)) < 1e-2


@pytest.mark.parametrize("kernel", ["binomial5", "area"])
def test_every_step_brings_other_operators_nearer(kernel):
  """As u is no inverse of d there, and detail is lost with every step."""
  image, base = _normal(2, 16, 16, 3), _normal(2, 8, 8, 3, seed=1)
  errors = []
  for steps in range(4):
    kept = consistency.back_projected(image, base, kernel, steps)
    difference = pyramid.downsample(kept, 8, kernel) - base
    errors.append(float(tf.norm(difference)))
  assert errors == sorted(errors, reverse=True)
  assert errors[3] < 0.7 * errors[0]


@_EXACT_KERNEL
def test_samples_keep_to_their_coarse_levels(kernel):
  """d of x~_0 is x~_1, and of x~_1 it is x~_2, for any weights."""
  model = small_models.lapcvae(3, kernel=kernel, consistency_steps=1)
  images = model.sample_levels(SEED, 4)
  assert max(_drift(model, images, 0, 2), _drift(model, images, 0, 1)) < 1e-4
  free = small_models.lapcvae(3, kernel=kernel)
  assert _drift(free, free.sample_levels(SEED, 4), 0, 1) > 1e-2


@pytest.mark.parametrize("level", [1, 2])
def test_a_given_image_is_refined_itself(model, image, level):
  """And is the last of what is returned."""
  config = model.config
  coarse = pyramid.gaussian_pyramid(image, config.sizes, config.kernel)[level]
  drawn = editing.draw_from_given(model, coarse, level, SEED)
  assert len(drawn) == level + 1
  np.testing.assert_array_equal(drawn[-1], coarse)
  if config.consistency_steps:
    assert _drift(model, drawn, 0, level) < 1e-4
  other = editing.draw_from_given(model, coarse, level, SEED + 1)
  assert np.abs(drawn[0] - other[0]).max() > 1e-3


@_EXACT_KERNEL
def test_bands_of_a_consistent_model_have_consistent_targets(image, kernel):
  """What no band could reach is not asked of it."""
  model = small_models.lapcvae(
    2, kernel=kernel, consistency_steps=1, target="closed_loop"
  )
  fine = model.outcomes(image, SEED)[0]
  np.testing.assert_allclose(
    pyramid.downsample(fine.target, 8, kernel), 0.0, atol=1e-5
  )


@pytest.mark.parametrize("source", ["reconstructed", "true", "mixed"])
def test_training_refines_the_images_of_its_source(image, source):
  """With mixed ones, each image and level draws one of the two."""
  model = small_models.lapcvae(2, low_pass_source=source)
  choose = walk.refined_in_training(model.config, SEED)
  composed, true = tf.zeros((1000, 4, 4, 3)), tf.ones((1000, 4, 4, 3))
  chosen = choose(1, composed, true).numpy().reshape(1000, -1)
  assert np.all(np.ptp(chosen, axis=1) == 0.0)
  expected = {"reconstructed": 0.0, "true": 1.0, "mixed": 0.5}[source]
  assert abs(chosen[:, 0].mean() - expected) < 0.06


def test_true_low_pass_images_do_not_depend_on_coarser_levels(image, train):
  """Level 0 then learns the same whatever level 1 generates."""
  losses = []
  for scale in (1.0, 3.0):
    model = small_models.lapcvae(
      2,
      low_pass_source="true",
      decoder_condition="low_pass",
      prior="standard",
      target="closed_loop",
    )
    head = model.level_models[1].decoder.expand.layers[-1]
    head.set_weights([scale * weight for weight in head.get_weights()])
    losses.append(train(model, image)["level_0/loss"])
  assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_end_to_end_needs_generated_images():
  """Gradients would not reach coarser levels."""
  with pytest.raises(ValueError, match="leaves out; choose"):
    small_models.lapcvae(2, low_pass_source="true", fine_tune_fraction=0.2)


@pytest.mark.parametrize("kernel", ["binomial5", "haar"])
def test_only_bands_are_taken_of_an_image_on_another_coarse_one(kernel):
  """Its own gives it back; others differ by what they differ, enlarged."""
  image, sizes = _normal(2, 16, 16, 3), (16, 8, 4)
  blurred = pyramid.gaussian_pyramid(image, sizes, kernel)
  for level in (1, 2):
    own = blurred[level]
    same = consistency.with_coarse(image, own, sizes[: level + 1], kernel)
    np.testing.assert_allclose(same, image, atol=1e-5)
    painted = own + tf.random.stateless_normal(own.shape, [1, level])
    actual = consistency.with_coarse(image, painted, sizes[: level + 1], kernel)
    difference = painted - own
    for k in reversed(range(level)):
      difference = pyramid.upsample(difference, sizes[k], kernel)
    np.testing.assert_allclose(actual - image, difference, atol=1e-5)


_EXACT = {"kernel": "haar", "consistency_steps": 1, "target": "closed_loop"}


@_EXACT_KERNEL
def test_errors_of_consistent_levels_add_up_to_the_images(image, kernel):
  """Which makes the sum of the losses a bound of the image's likelihood."""
  model = small_models.lapcvae(3, **{**_EXACT, "kernel": kernel})
  outcomes = model.outcomes(image, SEED)
  bands = [tf.reduce_mean(tf.square(o.target - o.band)) for o in outcomes]
  whole = tf.reduce_mean(tf.square(image - outcomes[0].composed))
  assert float(sum(bands)) == pytest.approx(float(whole), rel=1e-4)


def test_one_variance_weighs_errors_by_the_pixels_that_they_reach(image, train):
  """A pixel of level k is (size_0 / size_k)^2 pixels of the image."""
  model = small_models.lapcvae(
    3, likelihood="image_calibrated", variance_momentum=0.0, **_EXACT
  )
  train(model, image)
  variances = [float(level.noise_variance) for level in model.level_models]
  assert len(set(variances)) == 1
  assert [level.pixels for level in model.level_models] == [1.0, 4.0, 16.0]
  terms = []
  for level in model.level_models:
    zero = tf.zeros((1, *level.band_shape))
    offset = level.reconstruction_loss(zero, zero)
    error = level.reconstruction_loss(zero, zero + 0.1) - offset
    terms.append(float(error[0]))
  # The same error everywhere is the same error of the image.
  np.testing.assert_allclose(terms, terms[0], rtol=1e-4)
  halves = 0.5 * 0.01 * 16 * 16 * 3 / variances[0]
  assert terms[0] == pytest.approx(halves, rel=1e-3)


def test_one_variance_needs_levels_that_train_together():
  """Level by level, coarse ones would be weighed by their own errors alone."""
  options = {**_EXACT, "likelihood": "image_calibrated"}
  with pytest.raises(ValueError, match="schedule='greedy' .*Set schedule='joi"):
    small_models.lapcvae_config(2, schedule="greedy", **options)
  small_models.lapcvae_config(1, schedule="greedy", **options)


def test_one_variance_needs_orthogonal_errors():
  """The message names the options."""
  with pytest.raises(ValueError, match="consistency_steps=1 and kernel='haar'"):
    small_models.lapcvae(2, likelihood="image_calibrated")
  options = {**_EXACT, "kernel": "average_interpolation"}
  with pytest.raises(ValueError, match="'closed_loop'; got 1, .*'open_loop'"):
    small_models.lapcvae(
      2, likelihood="image_calibrated", **{**options, "target": "open_loop"}
    )
  small_models.lapcvae(2, likelihood="image_calibrated", **options)
