"""Diagonal Gaussians: their samples and their limits."""

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf import gaussian
from lapcvae_tf.gaussian import Gaussian

SEED = tf.constant([3, 4])


def _gaussian(batch, mean, log_variance):
  """The same distribution for every element of a batch."""
  return Gaussian(
    *(
      tf.tile(tf.constant([values], tf.float32), (batch, 1))
      for values in (mean, log_variance)
    )
  )


@pytest.mark.parametrize("temperature", [1.0, 0.5])
def test_samples_have_the_mean_and_the_scaled_deviation(temperature):
  """Equation 4: z = mu + sigma * epsilon, epsilon ~ N(0, I)."""
  distribution = _gaussian(100_000, [1.0, -2.0], [0.0, np.log(9.0)])
  samples = distribution.sample(SEED, temperature).numpy()
  np.testing.assert_allclose(samples.mean(axis=0), [1.0, -2.0], atol=0.04)
  np.testing.assert_allclose(
    samples.std(axis=0), [temperature, 3.0 * temperature], rtol=0.01
  )


def test_elements_and_dimensions_are_drawn_independently():
  """N(mean, diag(sigma^2)) has no covariances."""
  samples = _gaussian(20_000, [0.0] * 3, [0.0] * 3).sample(SEED).numpy()
  np.testing.assert_allclose(np.cov(samples.T), np.eye(3), atol=0.05)
  lagged = np.mean(samples[1:] * samples[:-1], axis=0)
  np.testing.assert_allclose(lagged, 0.0, atol=0.05)


def test_samples_are_a_function_of_the_seed():
  """Equal seeds give equal samples, others give others."""
  distribution = _gaussian(2, [0.0] * 4, [0.0] * 4)
  first, again = distribution.sample(SEED), distribution.sample(SEED)
  np.testing.assert_array_equal(first, again)
  assert np.all(first != distribution.sample(SEED + 1))


def test_temperature_zero_returns_the_mean():
  """Whatever the seed is."""
  distribution = _gaussian(2, [1.0, -2.0], [3.0, 3.0])
  np.testing.assert_array_equal(distribution.sample(SEED, 0), distribution.mean)


def test_deviation_is_the_root_of_the_variance():
  """sigma = exp(log sigma^2 / 2)."""
  actual = _gaussian(1, [0.0, 0.0], [0.0, np.log(4.0)]).standard_deviation
  np.testing.assert_allclose(actual, [[1.0, 2.0]], rtol=1e-6)


def test_log_variance_is_clipped_at_ten():
  """And left alone in between; the mean is never clipped."""
  raw = tf.constant([[-1e6, -10.5, -9.5, 0.0, 9.5, 10.5, 1e6]])
  actual = gaussian.from_parameters(raw, raw)
  np.testing.assert_array_equal(actual.mean, raw)
  np.testing.assert_array_equal(
    actual.log_variance, [[-10.0, -10.0, -9.5, 0.0, 9.5, 10.0, 10.0]]
  )


def test_clipping_keeps_what_is_not_finite():
  """A diverged network must show in its loss."""
  raw = tf.constant([[np.nan]])
  assert np.isnan(gaussian.from_parameters(raw, raw).log_variance)


@pytest.mark.parametrize("dtype", [tf.bfloat16, tf.float16])
def test_parameters_become_float32(dtype):
  """KL terms are float32 under mixed precision."""
  raw = tf.ones((2, 3), dtype)
  actual = gaussian.from_parameters(raw, raw)
  assert [part.dtype for part in actual] == [tf.float32, tf.float32]


def test_standard_normal_is_zero_mean_and_unit_variance():
  """Equation 5, for batch sizes known or not."""
  for batch in (2, tf.constant(2)):
    actual = gaussian.standard_normal(batch, 3)
    np.testing.assert_array_equal(actual.mean, np.zeros((2, 3)))
    np.testing.assert_array_equal(actual.standard_deviation, np.ones((2, 3)))


def test_stopped_distribution_is_a_constant():
  """Equal in value, without gradient in either parameter."""
  source = tf.Variable([[1.0, 2.0]])
  with tf.GradientTape(persistent=True) as tape:
    moving = Gaussian(2.0 * source, 3.0 * source)
    stopped = moving.stop_gradient()
  np.testing.assert_array_equal(stopped.mean, moving.mean)
  np.testing.assert_array_equal(stopped.log_variance, moving.log_variance)
  assert tape.gradient(moving.mean, source) is not None
  assert tape.gradient(stopped.mean, source) is None
  assert tape.gradient(stopped.log_variance, source) is None
