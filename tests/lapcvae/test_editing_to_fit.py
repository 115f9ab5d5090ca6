"""Detail that goes with a painted coarse image and what lies around it."""

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf import editing
from lapcvae_tf.gaussian import Gaussian
from pyramid_tf import pyramid

SEED = tf.constant([7, 8])


@pytest.fixture(scope="module")
def model(tiny_model):
  """Two levels, the finer one with a noise variance of its own."""
  return tiny_model(2, likelihood="calibrated")


@pytest.fixture(scope="module")
def coarse(model, image):
  """b_1 of the first two images."""
  config = model.config
  return pyramid.gaussian_pyramid(image[:2], config.sizes, config.kernel)[1]


@pytest.fixture(scope="module")
def region():
  """The middle of every image."""
  inside = np.zeros((2, 16, 16), np.float32)
  inside[:, 5:11, 4:12] = 1.0
  return tf.constant(inside)


@pytest.fixture
def draw(model, coarse, image, region):
  """`draw(**changes)` at temperature 0, with few steps."""

  def make(**changes):
    arguments = {
      "coarse": coarse,
      "level": 1,
      "image": image[:2],
      "region": region,
      "seed": SEED,
      "temperature": 0.0,
      "steps": 20,
    }
    return editing.draw_to_fit(model, **(arguments | changes))

  return make


@pytest.fixture
def sure(model, monkeypatch):
  """The encoder of the painted level has no doubt."""
  level = model.level_models[1]
  encode = level.posterior

  def posterior(target, low_pass, training=False):
    mean = encode(target, low_pass, training).mean
    return Gaussian(mean, tf.fill(mean.shape, -20.0))

  monkeypatch.setattr(level, "posterior", posterior)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.usefixtures("sure")
def test_where_nothing_lies_around_detail_is_drawn_from_the_prior(
  model, draw, coarse, region, temperature
):
  """Then the minimum is where it starts: the draw of that seed."""
  everywhere = tf.ones_like(region)
  actual = draw(region=everywhere, temperature=temperature)
  expected = editing.draw_from_coarse(model, coarse, 1, SEED, temperature)
  for k in range(2):
    np.testing.assert_allclose(actual[k], expected[k], atol=1e-3)


def test_what_the_encoder_doubts_is_drawn_too(draw, region):
  """At temperature 1 the painted level is drawn from its posterior."""
  everywhere = tf.ones_like(region)
  mean, first, other = (
    draw(region=everywhere, temperature=temperature, seed=tf.constant([7, i]))
    for temperature, i in ((0.0, 1), (1.0, 1), (1.0, 2))
  )
  for drawn in (first, other):
    assert np.abs(drawn[1] - mean[1]).max() > 1e-2
  assert np.abs(first[1] - other[1]).max() > 1e-2


def test_detail_fits_the_image_around_the_region(
  model, draw, coarse, image, region
):
  """In every image better than the prior's mean."""
  actual = draw()
  prior = editing.draw_from_coarse(model, coarse, 1, SEED, 0.0)
  outside = 1.0 - region[..., None]
  errors = [
    np.square(outside * (image[:2] - drawn[0])).sum((1, 2, 3))
    for drawn in (actual, prior)
  ]
  assert np.all(errors[0] < 0.999 * errors[1])


def test_the_painting_is_held_as_firmly_as_the_encoder_knows_it(
  draw, model, coarse, request
):
  """An encoder that is sure leaves the painted level where it was."""
  mean = editing.draw_from_coarse(model, coarse, 1, SEED, 0.0)
  moved = np.abs(draw()[1] - mean[1]).max((1, 2, 3))
  assert np.all(moved > 1e-3)
  request.getfixturevalue("sure")
  np.testing.assert_allclose(draw()[1], mean[1], atol=1e-3)


def test_an_image_as_drawn_changes_nothing(draw, model, coarse):
  """The mean of the prior is then the minimum."""
  mean = editing.draw_from_coarse(model, coarse, 1, SEED, 0.0)
  same = draw(image=mean[0])
  for k in range(2):
    np.testing.assert_allclose(same[k], mean[k], atol=1e-5)


def test_pixels_in_the_region_do_not_count(draw, image, region):
  """Those around it do."""
  before = draw()[0]
  shift = 0.5 * region[..., None]
  np.testing.assert_allclose(
    draw(image=image[:2] + shift)[0], before, atol=1e-5
  )
  moved = draw(image=image[:2] + 0.5 - shift)[0]
  assert np.max(np.abs(moved - before)) > 1e-3


def test_images_of_a_batch_do_not_mix(draw, coarse, image, region):
  """Each is fitted as if it were alone."""
  alone = draw(coarse=coarse[1:], image=image[1:2], region=region[1:])
  np.testing.assert_allclose(alone[0][0], draw()[0][1], atol=1e-4)


def test_noise_comes_from_the_seed(draw):
  """Equal seeds give equal images; at temperature 0 all do."""
  other = tf.constant([7, 9])
  np.testing.assert_array_equal(draw()[0], draw(seed=other)[0])
  first, again, third = (
    draw(temperature=1.0, seed=seed)[0] for seed in (SEED, SEED, other)
  )
  np.testing.assert_array_equal(first, again)
  assert np.max(np.abs(first - third)) > 1e-2
