"""Reconstruction, sampling, and sampling of the finer levels alone."""

import re

import numpy as np
import pytest
import tensorflow as tf

SEED = tf.constant([7, 8])
OTHER_SEED = tf.constant([7, 9])


def test_equal_seeds_give_equal_images(model):
  """And other seeds give others, in every image."""
  first, again = model.sample(SEED, 2), model.sample(SEED, 2)
  assert first.shape == (2, 16, 16, 3)
  np.testing.assert_array_equal(first, again)
  other = model.sample(OTHER_SEED, 2)
  assert np.all(np.max(np.abs(first - other), axis=(1, 2, 3)) > 1e-2)
  assert np.max(np.abs(first[0] - first[1])) > 1e-2


@pytest.mark.parametrize("count", [1, 2])
def test_a_seed_gives_its_images_in_any_number(model, count):
  """The first of four images are those of a smaller batch."""
  np.testing.assert_allclose(
    model.sample(SEED, 4)[:count],
    model.sample(SEED, count),
    rtol=1e-5,
    atol=1e-5,
  )


def test_temperature_zero_draws_the_prior_means(model):
  """Whatever the seed is; temperature 1 is the default."""
  cold = model.sample(SEED, 2, 0.0)
  np.testing.assert_array_equal(cold, model.sample(OTHER_SEED, 2, 0.0))
  np.testing.assert_allclose(cold[0], cold[1], atol=1e-6)
  np.testing.assert_array_equal(
    model.sample(SEED, 2), model.sample(SEED, 2, 1.0)
  )
  assert np.max(np.abs(model.sample(SEED, 2) - cold)) > 1e-2


def test_all_levels_fixed_is_a_reconstruction(model, image):
  """Figure 8, one end: posterior means at every level, no noise."""
  np.testing.assert_array_equal(
    model.resample(image, 0, SEED), model.reconstruct(image)
  )


def test_no_level_fixed_is_a_sample(model, image):
  """Figure 8, the other end: the image has no say."""
  np.testing.assert_array_equal(
    model.resample(image, 3, SEED), model.sample(SEED, 4)
  )


def test_fewer_fixed_levels_leave_more_variance(model, image):
  """Figure 8: samples differ more, the more levels are drawn."""
  repeated = tf.repeat(image[:1], 64, axis=0)
  variances = [
    np.mean(np.var(model.resample(repeated, fixed_from, SEED), axis=0))
    for fixed_from in range(4)
  ]
  assert variances[0] < 1e-10
  for fewer, more in zip(variances, variances[1:], strict=False):
    assert more > 1.02 * fewer


def test_fixed_levels_keep_the_coarse_image(model, image):
  """Levels below `fixed_from` alone add noise to x~_0."""
  levels = model.reconstruct_levels(image)
  assert [level.shape[1] for level in levels] == [16, 8, 4]
  np.testing.assert_array_equal(levels[0], model.reconstruct(image))
  first = model.resample(image, 2, SEED)
  other = model.resample(image, 2, OTHER_SEED)
  assert np.max(np.abs(first - other)) > 1e-2


def test_fixed_from_may_be_a_tensor(model, image):
  """An exported signature takes it as an input."""
  for fixed_from in range(4):
    np.testing.assert_array_equal(
      model.resample(image, tf.constant(fixed_from), SEED),
      model.resample(image, fixed_from, SEED),
    )


@pytest.mark.parametrize("fixed_from", [-1, 4])
def test_a_level_that_does_not_exist_is_refused(model, image, fixed_from):
  """The message names the value and both ends of the range."""
  message = f"0 (all fixed) to 3 (none), got {fixed_from}."
  with pytest.raises(ValueError, match=re.escape(message)):
    model.resample(image, fixed_from, SEED)


def test_reconstruction_is_deterministic(model, image):
  """It takes posterior means; calling the model does the same."""
  first = model.reconstruct(image)
  assert first.shape == image.shape
  np.testing.assert_array_equal(first, model.reconstruct(image))
  np.testing.assert_array_equal(first, model(image))
  np.testing.assert_array_equal(first, model(image, training=True))


def test_reconstruction_of_an_image_is_its_own(model, image):
  """The other images of the batch do not matter."""
  alone = model.reconstruct(image[1:2])
  np.testing.assert_allclose(alone, model.reconstruct(image)[1:2], atol=1e-5)
  assert np.max(np.abs(alone - model.reconstruct(image)[:1])) > 1e-2


def test_reconstruction_uses_the_posterior_means(model, image, noiseless):
  """Outcomes with noise switched off are reconstructions."""
  composed = [outcome.composed for outcome in model.outcomes(image, SEED)]
  for actual, expected in zip(
    composed, model.reconstruct_levels(image), strict=True
  ):
    np.testing.assert_allclose(actual, expected, atol=1e-5)


def test_images_of_another_size_are_refused(model):
  """Both sizes are named."""
  with pytest.raises(ValueError, match="finest level is 16x16.*8x8"):
    model.reconstruct(tf.zeros((1, 8, 8, 3)))
