"""One level: its bands, its noise, and what it generates."""

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf.level import LAPGANLevel
from pyramid_tf import pyramid

SEED = tf.constant([5, 6])
KINDS = ["per_pixel", "per_channel", "none"]
SETS = ["served", "averaged", "trained"]


def _random(*shape, seed=0):
  return tf.random.stateless_normal(shape, [seed, 1])


@pytest.mark.parametrize("kernel", ["area", "binomial5"])
@pytest.mark.parametrize("standardisation", KINDS)
def test_bands_of_all_levels_make_the_image(
  make_level, image, standardisation, kernel
):
  """Equation 4: each level cuts its own band of the standardised image."""
  levels = [
    make_level(k, 3, standardisation=standardisation, kernel=kernel)
    for k in range(3)
  ]
  bands = [level.real_bands(image)[0] for level in levels]
  assert [band.shape[1] for band in bands] == [16, 8, 4]
  restored = pyramid.reconstruct(bands, kernel)
  standardised = levels[0].standardisation(image)
  np.testing.assert_allclose(restored, standardised, atol=1e-5)
  np.testing.assert_allclose(
    levels[0].standardisation.to_image(restored), image, atol=1e-5
  )


@pytest.mark.parametrize("k", [0, 1, 2])
def test_band_and_low_pass_image_make_the_blurred_image(make_level, image, k):
  """Equation 3: h_k = b_k - u(b_{k+1}); h_K = b_K and l_K = 0."""
  level = make_level(k, 3)
  band, low_pass = level.real_bands(image)
  blurred = pyramid.gaussian_pyramid(
    level.standardisation(image), (16, 8, 4), "area"
  )
  np.testing.assert_allclose(band + low_pass, blurred[k], atol=1e-5)
  if k == 2:
    assert level.is_coarsest and not np.any(low_pass)
  else:
    expected = pyramid.upsample(blurred[k + 1], 16 >> k, "area")
    np.testing.assert_allclose(low_pass, expected, atol=1e-5)


def test_a_single_level_is_a_plain_gan(make_level, image):
  """Its band is the standardised image."""
  level = make_level(0, 1)
  band, low_pass = level.real_bands(image)
  assert level.is_coarsest and not np.any(low_pass)
  np.testing.assert_allclose(band, level.standardisation(image), atol=1e-6)


@pytest.mark.parametrize("k, shape", [(0, (16, 16, 1)), (1, (5,))])
def test_noise_is_uniform(make_level, k, shape):
  """In [-1, 1], a plane or a vector for each example; one seed, one draw."""
  level = make_level(k)
  noise = level.noise(SEED, 400)
  assert noise.shape == (400, *shape)
  assert -1.0 <= np.min(noise) < -0.98 and 0.98 < np.max(noise) <= 1.0
  np.testing.assert_allclose(np.mean(noise), 0.0, atol=0.05)
  np.testing.assert_allclose(np.var(noise), 1 / 3, rtol=0.05)
  np.testing.assert_array_equal(noise, level.noise(SEED, 400))
  assert np.all(np.any(noise[1:] != noise[:-1], axis=-1))


@pytest.mark.parametrize("k", [0, 1])
def test_generate_is_a_function_of_the_seed(make_level, k):
  """Equation 5: h~_k = G_k(z_k, l_k), where equal seeds give equal z_k."""
  level, low_pass = make_level(k), _random(2, 16 >> k, 16 >> k, 3)
  band = level.generate(low_pass, SEED)
  assert band.shape == low_pass.shape and band.dtype == tf.float32
  np.testing.assert_array_equal(band, level.generate(low_pass, SEED))
  other = level.generate(low_pass, tf.constant([5, 7]))
  assert np.all(np.max(np.abs(band - other), axis=(1, 2, 3)) > 1e-3)
  np.testing.assert_allclose(
    band, level.generator(level.noise(SEED, 2), low_pass), atol=1e-6
  )


@pytest.mark.parametrize("weights", SETS)
def test_generate_reads_the_set_of_weights_it_is_told(make_level, weights):
  """Served, averaged and trained weights are three."""
  level, low_pass = make_level(), _random(2, 16, 16, 3)
  sets = [
    level.generator_variables,
    level.average.now,
    level.generator.trainable_variables,
  ]
  for variables in sets:
    for variable in variables:
      variable.assign(tf.zeros(variable.shape))
  for name, variables in zip(SETS, sets, strict=True):
    variables[-1].assign([float(SETS.index(name) + 1)] * 3)
  np.testing.assert_array_equal(
    level.generate(low_pass, SEED, weights=weights),
    np.full((2, 16, 16, 3), SETS.index(weights) + 1.0),
  )
  np.testing.assert_array_equal(
    level.generate(low_pass, SEED), np.ones_like(low_pass)
  )


def test_calling_a_level_draws_with_a_fixed_seed(make_level):
  """What Keras' own tools call."""
  level, low_pass = make_level(), _random(2, 16, 16, 3)
  np.testing.assert_array_equal(
    level(low_pass), level.generate(low_pass, tf.constant([0, 0]))
  )


def test_weights_hold_all_that_a_level_is(make_level):
  """Another level that takes them generates the same; so it can resume."""
  level = make_level(generator={"batch_norm": True})
  networks = [level.generator, level.discriminator]
  count = sum(len(network.weights) for network in networks)
  # Twice G's again, the score, and two statistics of the images.
  assert len(level.weights) == count + 2 * len(level.generator.weights) + 3
  level.average.keep_if_best(0.25)
  other = LAPGANLevel(level.config, 0)
  low_pass = _random(2, 16, 16, 3)
  actual = other.generate(low_pass, SEED)
  assert np.any(actual != level.generate(low_pass, SEED))
  other.set_weights(level.get_weights())
  for weights in SETS:
    np.testing.assert_array_equal(
      other.generate(low_pass, SEED, weights=weights),
      level.generate(low_pass, SEED, weights=weights),
    )
  assert float(other.average.best_score) == 0.25
  images = tf.zeros((1, 16, 16, 3))
  np.testing.assert_array_equal(
    other.standardisation(images), level.standardisation(images)
  )


def test_served_variables_are_those_that_serving_reads(make_level):
  """G's kept average and D; no average of now, no score."""
  level = make_level()
  names = [v.name for v in level.served_variables]
  assert [n for n in names if n.startswith("served_")] == [
    f"served_{i}" for i in range(4)
  ]
  ours = {id(v) for v in level.served_variables}
  assert ours == {
    id(v) for v in [*level.generator_variables, *level.discriminator.weights]
  }


def test_parameters_are_counted_without_copies(make_level):
  """G: 9*4*4+4 + 9*4*3+3 = 259; D: 9*3*5+5 + 9*5*4+4 + 196+1 = 521."""
  assert make_level().num_parameters == 259 + 521
