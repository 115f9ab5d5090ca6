"""One level: what its posterior, prior and decoder depend on."""

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.level import LapCVAELevel

LEVELS = [0, 1, 2]
DIMS = [3, 4, 5]


@pytest.fixture
def make_level(tiny_config, randomise):
  """`make_level(k, **options)`: level k of three, past its first weights."""

  def make(k, **options):
    return randomise(LapCVAELevel(tiny_config(3, **options), k))

  return make


def _band(k, seed=0):
  return tf.random.stateless_normal((2, 16 >> k, 16 >> k, 3), [seed, 2])


def _latents(k):
  return [tf.random.stateless_normal((2, dim), [dim, 3]) for dim in DIMS[k:]]


def _distance(first, second):
  return float(tf.reduce_max(tf.abs(first - second)))


@pytest.mark.parametrize("k", LEVELS)
@pytest.mark.parametrize("condition", ["latents", "low_pass"])
def test_shapes_are_those_of_the_level(make_level, k, condition):
  """Posterior and prior of z_k, band of h_k."""
  level = make_level(k, decoder_condition=condition)
  posterior = level.posterior(_band(k), _band(k, 1))
  coarser = None if k == 2 else Gaussian(*[tf.zeros((2, DIMS[k + 1]))] * 2)
  prior = level.prior(coarser, 2)
  for part in (*posterior, *prior):
    assert part.shape == (2, DIMS[k])
  band = level.decode(_latents(k), _band(k, 1))
  assert band.shape == (2, *level.band_shape) == (2, 16 >> k, 16 >> k, 3)
  assert band.dtype == tf.float32


@pytest.mark.parametrize("k", [0, 1])
def test_posterior_reads_band_and_low_pass_image(make_level, k):
  """Equation 9: q_k(z_k | h_k, u(x_{k+1}))."""
  level = make_level(k)
  start = level.posterior(_band(k), _band(k, 1))
  for changed in (
    level.posterior(_band(k, 2), _band(k, 1)),
    level.posterior(_band(k), _band(k, 2)),
  ):
    assert _distance(start.mean, changed.mean) > 1e-3
    assert _distance(start.log_variance, changed.log_variance) > 1e-3


@pytest.mark.parametrize("condition", ["latents", "low_pass"])
def test_coarsest_level_has_no_low_pass_image(make_level, condition):
  """Section 4.1: level K is an ordinary VAE of h_K = b_K."""
  level = make_level(2, decoder_condition=condition)
  for actual, other in zip(
    level.posterior(_band(2), _band(2, 1)),
    level.posterior(_band(2), _band(2, 2)),
    strict=True,
  ):
    np.testing.assert_array_equal(actual, other)
  np.testing.assert_array_equal(
    level.decode(_latents(2), _band(2, 1)), level.decode(_latents(2), None)
  )


def test_prior_of_the_coarsest_level_is_the_standard_normal(make_level):
  """Equation 5; it has nothing to learn."""
  level = make_level(2)
  assert level.prior_network is None
  prior = level.prior(None, 2)
  np.testing.assert_array_equal(prior.mean, np.zeros((2, 5)))
  np.testing.assert_array_equal(prior.log_variance, np.zeros((2, 5)))


@pytest.mark.parametrize("k", [0, 1])
def test_finer_prior_is_learned_from_the_coarser_statistics(make_level, k):
  """Equation 13."""
  level = make_level(k)
  shape = (2, DIMS[k + 1])
  first = level.prior(Gaussian(tf.zeros(shape), tf.zeros(shape)), 2)
  second = level.prior(Gaussian(tf.ones(shape), tf.ones(shape)), 2)
  assert _distance(first.mean, second.mean) > 1e-3
  assert _distance(first.log_variance, second.log_variance) > 1e-3


@pytest.mark.parametrize("k", [0, 1])
def test_learned_prior_starts_at_the_standard_normal(tiny_config, k):
  """Before the first step it is the prior of Without-M."""
  prior = LapCVAELevel(tiny_config(3), k).prior(
    Gaussian(*[tf.fill((2, DIMS[k + 1]), 2.0)] * 2), 2
  )
  np.testing.assert_array_equal(prior.mean, np.zeros((2, DIMS[k])))
  np.testing.assert_array_equal(prior.log_variance, np.zeros((2, DIMS[k])))


@pytest.mark.parametrize("k", LEVELS)
def test_without_m_no_level_has_a_prior_network(make_level, k):
  """Section 5.1.3, Without-M: N(0, I) at every level."""
  level = make_level(k, prior="standard")
  assert level.prior_network is None
  assert not np.any(level.prior(None, 2).mean)
  assert not np.any(level.prior(None, 2).log_variance)


def test_variances_of_the_prior_are_clipped(make_level):
  """To e^10, as those of the posterior."""
  level = make_level(0)
  statistics = Gaussian(tf.fill((2, 4), 100.0), tf.fill((2, 4), 10.0))
  level.prior_network.log_variance.layers[-1].bias.assign([1e6, -1e6, 1e6])
  prior = level.prior(statistics, 2)
  np.testing.assert_array_equal(prior.log_variance, [[10.0, -10.0, 10.0]] * 2)
  assert np.max(np.abs(prior.mean)) > 10.0


@pytest.mark.parametrize("k", LEVELS)
def test_decoder_reads_every_latent_from_its_own_up(make_level, k):
  """Equation 11: p_k(h_k | z_k, ..., z_K), and not u(x_{k+1})."""
  level, latents = make_level(k), _latents(k)
  band = level.decode(latents, _band(k, 1))
  np.testing.assert_array_equal(band, level.decode(latents, _band(k, 2)))
  for i in range(len(latents)):
    changed = [z + 1.0 if i == j else z for j, z in enumerate(latents)]
    assert _distance(band, level.decode(changed, _band(k, 1))) > 1e-3


@pytest.mark.parametrize("k", [0, 1])
def test_decoder_of_equation_10_reads_the_low_pass_image(make_level, k):
  """p_k(h_k | z_k, u(x_{k+1})): its own latent and no coarser one."""
  level = make_level(k, decoder_condition="low_pass")
  own, *coarser = _latents(k)
  band = level.decode([own, *coarser], _band(k, 1))
  other = level.decode([own, *coarser], _band(k, 2))
  assert _distance(band, other) > 1e-3
  other = level.decode([own + 1.0, *coarser], _band(k, 1))
  assert _distance(band, other) > 1e-3
  for coarser_latents in ([z + 1.0 for z in coarser], []):
    np.testing.assert_array_equal(
      band, level.decode([own, *coarser_latents], _band(k, 1))
    )


def test_squared_error_level_has_no_noise_variance(make_level):
  """Its Gaussian has unit variance, and tracking changes nothing."""
  level = make_level(1)
  before = [weight.numpy() for weight in level.weights]
  level.track_noise_variance(tf.constant(0.3))
  assert level.noise_variance is None
  for weight, value in zip(level.weights, before, strict=True):
    np.testing.assert_array_equal(weight, value)
  error = 0.5 * np.sum(np.square(_band(1) - _band(1, 1)), axis=(1, 2, 3))
  np.testing.assert_allclose(
    level.reconstruction_loss(_band(1), _band(1, 1)), error, rtol=1e-5
  )


def test_calibrated_variance_approaches_the_mean_squared_error(make_level):
  """Rybkin et al. (2021), as a running mean that starts near its value."""
  level = make_level(1, likelihood="calibrated", variance_momentum=0.5)
  level.noise_variance.assign(0.0)
  for expected in (0.15, 0.225, 0.2625):
    level.track_noise_variance(tf.constant(0.3))
    np.testing.assert_allclose(level.noise_variance, expected, rtol=1e-5)


def test_calibrated_variance_never_vanishes(make_level):
  """A perfect band does not make the likelihood infinite."""
  level = make_level(1, likelihood="calibrated", variance_momentum=0.0)
  level.track_noise_variance(tf.constant(0.0))
  assert level.noise_variance > 0.0
  assert np.all(np.isfinite(level.reconstruction_loss(_band(1), _band(1))))
