"""Distances of features in closed form, and the network's inputs."""

import numpy as np
import pytest
import scipy.linalg
import tensorflow as tf

from experiments.measures import inception
from experiments.system import errors


def _features(count, dimensions=6, seed=0):
  return np.random.default_rng(seed).normal(size=(count, dimensions))


def _exact(mean, deviation, seed):
  """Features whose mean and diagonal covariance are exactly these."""
  features = _features(50, len(mean), seed)
  features -= features.mean(0)
  root = np.linalg.cholesky(np.cov(features, rowvar=False))
  white = features @ np.linalg.inv(root).T
  return white * np.array(deviation) + np.array(mean)


def test_gaussians_along_the_axes_have_a_closed_form():
  """|m - n|^2 + sum (s - t)^2."""
  real = _exact([0.0, 1.0, 2.0], [1.0, 2.0, 0.5], 0)
  generated = _exact([1.0, 1.0, 0.0], [3.0, 2.0, 1.0], 1)
  expected = (1 + 4) + (4 + 0.25)
  actual = inception.frechet_distance(real, generated)
  np.testing.assert_allclose(actual, expected, rtol=1e-9)


@pytest.mark.parametrize("count", [200, 5])
def test_the_distance_is_that_of_the_root_of_a_product(count):
  """scipy's root, which may be complex; also with fewer images than features.

  With so few the product is singular, and scipy's root inexact.
  """
  mix = _features(6, 6, 2)
  real, generated = _features(count, 6, 3) @ mix, 1.0 + _features(200, 6, 4)
  first, second = (np.cov(x, rowvar=False) for x in (real, generated))
  root = scipy.linalg.sqrtm(first @ second)
  difference = real.mean(0) - generated.mean(0)
  expected = difference @ difference + np.trace(
    first + second - 2.0 * np.real(root)
  )
  actual = inception.frechet_distance(real, generated)
  np.testing.assert_allclose(actual, expected, rtol=1e-5)
  assert inception.frechet_distance(generated, real) == pytest.approx(actual)


def test_equal_features_are_at_no_distance():
  """A single feature has a covariance too."""
  for features in (_features(30), _features(30, 1)):
    actual = inception.frechet_distance(features, features[::-1])
    np.testing.assert_allclose(actual, 0.0, atol=1e-9)


def test_the_kernel_distance_of_two_pairs_is_known():
  """(x y + 1)^3: 1 and 27 within, (1 + 1 + 8 + 27) / 4 across."""
  real, generated = np.array([[0.0], [1.0]]), np.array([[1.0], [2.0]])
  mean, deviation = inception.kernel_distance(real, generated, 3)
  np.testing.assert_allclose(mean, 1 + 27 - 2 * 37 / 4)
  np.testing.assert_allclose(deviation, 0.0, atol=1e-12)


def test_the_kernel_distance_is_unbiased():
  """About zero between equals; counting pairs of one would add 0.4."""
  real, generated = _features(3000, 8, 5), _features(3000, 8, 6)
  options = {"subsets": 200, "size": 40}
  mean, deviation = inception.kernel_distance(real, generated, **options)
  assert abs(mean) < 0.05 and deviation > 0.0
  shifted, _ = inception.kernel_distance(real, generated + 0.5, **options)
  assert shifted > 0.2


def test_equal_seeds_draw_equal_subsets():
  """As many features as the smaller set has are enough."""
  real, generated = _features(60, seed=7), _features(40, seed=8) * 1.5
  actual = [
    inception.kernel_distance(real, generated, 5, 1000, seed)
    for seed in (0, 0, 1)
  ]
  assert actual[0] == actual[1] != actual[2]


@pytest.mark.parametrize("text", [None, "no weights"])
def test_weights_that_are_missing_or_something_else_are_named(tmp_path, text):
  """In one line, with the reader's reason or the way without them."""
  path = tmp_path / "mine.h5"
  if text:
    path.write_text(text)
  with pytest.raises(errors.UserError, match="mine.h5") as caught:
    inception.InceptionFeatures(str(path))
  assert "\n" not in str(caught.value)
  assert text or "--inception_weights" in str(caught.value)


def test_the_network_sees_images_of_its_size_in_its_range(
  tmp_path, monkeypatch
):
  """299 pixels in [-1, 1], in batches; here it only takes their mean."""
  path = tmp_path / "weights.h5"
  path.touch()
  asked = []

  def network(**options):
    asked.append(options)
    image = tf.keras.Input((299, 299, 3))
    mean = tf.keras.layers.GlobalAveragePooling2D()(image)
    return tf.keras.Model(image, mean)

  monkeypatch.setattr(tf.keras.applications, "InceptionV3", network)
  monkeypatch.setattr(inception, "_BATCH", 2)
  features = inception.InceptionFeatures(str(path))
  greys = np.array([0, 51, 255], np.uint8)[:, None, None, None]
  actual = features(np.broadcast_to(greys, (3, 8, 8, 3)))
  assert actual.dtype == np.float64
  np.testing.assert_allclose(
    actual, np.array([[-1.0], [-0.6], [1.0]]) * np.ones(3), atol=2e-3
  )
  assert asked == [
    {"include_top": False, "weights": str(path), "pooling": "avg"}
  ]
