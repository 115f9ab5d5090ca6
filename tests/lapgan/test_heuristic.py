"""The l2 heuristic: how near the best of many bands comes (Section 3)."""

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf import heuristic
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.level import LAPGANLevel

SEED = tf.constant([5, 6])


def _examples(level, image):
  return level.real_bands(image[:3])


@pytest.mark.parametrize("k", [0, 1])
def test_nearest_distance_is_the_least_of_all_draws(make_level, image, k):
  """Section 3: min_j ||G_k(z_j, l_k) - h_k||, example by example."""
  level = make_level(k)
  band, low_pass = _examples(level, image)
  drawn = [
    level.generate(
      low_pass, tf.random.fold_in(SEED, j), weights="averaged"
    ).numpy()
    for j in range(6)
  ]
  distances = [
    np.linalg.norm((x - band.numpy()).reshape((3, -1)), axis=1) for x in drawn
  ]
  actual = heuristic.nearest_distance(level, band, low_pass, SEED, 6)
  assert actual.shape == (3,)
  np.testing.assert_allclose(actual, np.min(distances, axis=0), rtol=1e-5)
  assert np.any(actual < 0.9999 * distances[0])


def test_coarse_images_of_photographs_get_no_noise(tiny_level, image):
  """Noise hides the errors of coarse images that were drawn; these are true."""
  config = LAPGANConfig(
    levels=(tiny_level(16), tiny_level(8, True)),
    conditioning_noise=0.5,
    sampling_noise=0.4,
  )
  level = LAPGANLevel(config, 0)
  band, low_pass = _examples(level, image)
  drawn = level.generate(
    low_pass,
    tf.random.fold_in(SEED, 0),
    weights="averaged",
    conditioning_noise=0.0,
  )
  distance = np.linalg.norm((drawn - band).numpy().reshape((3, -1)), axis=1)
  actual = heuristic.nearest_distance(level, band, low_pass, SEED, 1)
  np.testing.assert_allclose(actual, distance, rtol=1e-5)


def test_nearest_distance_falls_with_more_draws(make_level, image):
  """The first draws are the same."""
  level = make_level(1)
  band, low_pass = _examples(level, image)
  one, some, many = (
    heuristic.nearest_distance(level, band, low_pass, SEED, draws).numpy()
    for draws in (1, 8, 64)
  )
  assert np.all(some <= one) and np.all(many <= some)
  assert np.mean(many) < np.mean(one)


@pytest.mark.parametrize("k", [0, 1])
def test_adding_nothing_scores_the_norm_of_the_band(make_level, image, k):
  """The figure that stands beside every value of the heuristic."""
  level = make_level(k)
  for variable in level.average.now:
    variable.assign(tf.zeros(variable.shape))
  band, low_pass = _examples(level, image)
  norm = np.linalg.norm(band.numpy().reshape((3, -1)), axis=1)
  actual = heuristic.nearest_distance(level, band, low_pass, SEED, 3)
  np.testing.assert_allclose(actual, norm, rtol=1e-5)
  served = heuristic.nearest_distance(
    level, band, low_pass, SEED, 3, weights="served"
  )
  assert np.max(np.abs(served - norm)) > 1e-2


def test_nearest_distance_of_a_class_depends_on_the_class(make_level, image):
  """Labels reach the generator."""
  level = make_level(num_classes=3)
  band, low_pass = _examples(level, image)
  zero, one = (
    heuristic.nearest_distance(
      level, band, low_pass, SEED, 2, tf.constant([label] * 3)
    )
    for label in (0, 1)
  )
  assert np.max(np.abs(zero - one)) > 1e-4
