"""The two terms of Equation 12 as mathematics knows them."""

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf import losses
from lapcvae_tf.gaussian import Gaussian

# mean, log-variance of two dimensions.
POSTERIOR = ([1.5, -0.7], [-1.0, 0.4])
PRIORS = {
  "standard": ([0.0, 0.0], [0.0, 0.0]),
  "learned": ([-0.4, 0.3], [0.6, -0.5]),
}


def _gaussian(mean, log_variance):
  return Gaussian(
    tf.constant([mean], tf.float32), tf.constant([log_variance], tf.float32)
  )


def _random(seed, batch=50, dim=6):
  generator = np.random.default_rng(seed)
  mean, log_variance = generator.normal(0.0, 2.0, (2, batch, dim))
  return Gaussian(
    tf.constant(mean, tf.float32), tf.constant(log_variance, tf.float32)
  )


def _log_density(x, mean, log_variance):
  """log N(x; mean, diag(exp(log_variance))), in NumPy."""
  mean, log_variance = np.asarray(mean), np.asarray(log_variance)
  scaled = (x - mean) ** 2 / np.exp(log_variance)
  return -0.5 * np.sum(scaled + log_variance + np.log(2.0 * np.pi), axis=-1)


def test_kl_is_zero_at_the_prior():
  """Exactly, for any prior."""
  distribution = _random(0)
  np.testing.assert_array_equal(
    losses.gaussian_kl(distribution, distribution), np.zeros(50)
  )


@pytest.mark.parametrize("change", [-0.1, 0.1])
@pytest.mark.parametrize("field", ["mean", "log_variance"])
def test_kl_is_positive_off_the_prior(field, change):
  """In every dimension whose mean or variance differs, and in no other."""
  prior = _random(0)
  moved = getattr(prior, field).numpy()
  moved[:, 2] += change
  posterior = prior._replace(**{field: tf.constant(moved)})
  actual = losses.gaussian_kl_per_dimension(posterior, prior).numpy()
  assert np.all(actual[:, 2] > 1e-5)
  np.testing.assert_array_equal(np.delete(actual, 2, axis=1), 0.0)


@pytest.mark.parametrize("name", PRIORS)
def test_kl_equals_its_monte_carlo_estimate(name):
  """KL(q || p) = E_q[log q - log p], for N(0, I) and for another prior."""
  mean, log_variance = (np.asarray(part) for part in POSTERIOR)
  noise = np.random.default_rng(0).normal(size=(400_000, 2))
  samples = mean + np.exp(0.5 * log_variance) * noise
  estimate = np.mean(
    _log_density(samples, *POSTERIOR) - _log_density(samples, *PRIORS[name])
  )
  actual = losses.gaussian_kl(_gaussian(*POSTERIOR), _gaussian(*PRIORS[name]))
  np.testing.assert_allclose(actual, [estimate], rtol=5e-3)


def test_kl_is_never_negative():
  """Gibbs' inequality, for pairs of any distance."""
  assert np.all(losses.gaussian_kl(_random(1), _random(2)) > 0.0)


def test_kl_sums_over_dimensions():
  """Half a nat for each unit of squared distance from N(0, I)."""
  posterior = _gaussian([1.0] * 5, [0.0] * 5)
  prior = _gaussian([0.0] * 5, [0.0] * 5)
  np.testing.assert_allclose(losses.gaussian_kl(posterior, prior), [2.5])


def test_kl_is_finite_between_the_extremes_of_clipping():
  """Log-variances of +-10 are the limits of `from_parameters`."""
  wide, narrow = _gaussian([5.0], [10.0]), _gaussian([-5.0], [-10.0])
  assert np.all(np.isfinite(losses.gaussian_kl(wide, narrow)))
  assert np.all(np.isfinite(losses.gaussian_kl(narrow, wide)))


def test_squared_error_sums_over_pixels_and_channels():
  """Half a unit for each of 4 * 4 * 3 differences of one, per image."""
  target = tf.stack([tf.ones((4, 4, 3)), 2.0 * tf.ones((4, 4, 3))])
  actual = losses.half_squared_error(target, tf.zeros_like(target))
  np.testing.assert_allclose(actual, [24.0, 96.0])


def test_squared_error_is_computed_in_float32():
  """1000 + 1 is 1000 in half precision."""
  target = tf.concat([tf.fill((1, 1, 1000, 1), 1.0)] * 3, axis=-1)
  actual = losses.half_squared_error(
    tf.cast(target, tf.bfloat16), tf.zeros_like(target, tf.bfloat16)
  )
  assert actual.dtype == tf.float32
  np.testing.assert_allclose(actual, [1500.0])


@pytest.mark.parametrize("variance", [0.01, 1.0, 4.0])
def test_likelihood_integrates_to_one(variance):
  """It is a density of the target, at every noise variance."""
  grid = np.linspace(-30.0, 30.0, 60_001)
  target = tf.constant(grid.reshape((-1, 1, 1, 1)), tf.float32)
  loss = losses.gaussian_negative_log_likelihood(
    target, tf.fill(target.shape, 0.3), tf.constant(variance)
  )
  integral = np.sum(np.exp(-loss.numpy().astype(np.float64))) * 1e-3
  np.testing.assert_allclose(integral, 1.0, rtol=1e-4)


def test_likelihood_is_that_of_independent_pixels():
  """-log N(h; h~, variance I), summed over a whole band."""
  generator = np.random.default_rng(0)
  target, mean = generator.normal(size=(2, 2, 4, 4, 3))
  actual = losses.gaussian_negative_log_likelihood(
    tf.constant(target, tf.float32), tf.constant(mean, tf.float32), 0.2
  )
  expected = -_log_density(
    target.reshape((2, -1)), mean.reshape((2, -1)), np.log(0.2)
  )
  np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_likelihood_is_best_at_the_mean_squared_error():
  """Rybkin et al. (2021): the optimal noise variance is the MSE."""
  target = tf.constant(np.random.default_rng(0).normal(size=(1, 4, 4, 3)))
  target = tf.cast(target, tf.float32)
  best = tf.reduce_mean(tf.square(target))
  at_best, above, below = (
    losses.gaussian_negative_log_likelihood(
      target, tf.zeros_like(target), factor * best
    )
    for factor in (1.0, 1.05, 0.95)
  )
  assert at_best < above
  assert at_best < below
