"""Figures on cases that are known by hand."""

import numpy as np
import tensorflow as tf

from experiments.harness import metrics


def test_equal_images_have_no_error():
  """One figure per image."""
  image = np.random.default_rng(0).uniform(-1, 1, (3, 4, 4, 3))
  np.testing.assert_array_equal(metrics.rmse(image, image), [0, 0, 0])


def test_error_is_in_grey_levels():
  """Black against white is 255, and one grey level is one."""
  black = -np.ones((2, 4, 4, 3))
  other = black.copy()
  other[0] = 1.0
  other[1] += 1 / 127.5
  found = metrics.rmse(tf.constant(black), tf.constant(other))
  assert found.dtype == np.float64
  np.testing.assert_allclose(found, [255.0, 1.0])


def test_errors_are_squared_before_the_mean():
  """A quarter of the pixels off by ten levels: sqrt(100 / 4) = 5."""
  image = np.zeros((1, 4, 4, 3))
  other = image.copy()
  other[:, 0] = 10 / 127.5
  np.testing.assert_allclose(metrics.rmse(image, other), [5.0])


def test_reconstructions_are_clipped_to_images():
  """What is shown counts: beyond white is white."""
  white = np.ones((1, 2, 2, 3), np.float32)
  np.testing.assert_array_equal(metrics.rmse(white, 1.7 * white), [0.0])


def test_half_precision_is_not_averaged_in_half_precision():
  """Sums over many pixels would lose the small ones."""
  image = tf.zeros((1, 64, 64, 3), tf.float16)
  other = tf.fill((1, 64, 64, 3), tf.constant(2 / 127.5, tf.float16))
  np.testing.assert_allclose(metrics.rmse(image, other), [2.0], rtol=1e-3)
