"""Encoder, decoder and M_k: shapes, value ranges, precision."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf import networks
from lapcvae_tf.configs import DECODER_CONDITIONS
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.level_config import LevelConfig
from lapcvae_tf.prior_network import PriorNetwork

STRIDES = [(2, 2), (2, 1), (1, 1)]
MOMENTUM = 0.9


@pytest.fixture
def level_config():
  return LevelConfig(
    size=8,
    latent_dim=3,
    hidden_units=6,
    encoder_filters=(4, 5),
    decoder_filters=(5, 4),
    bottleneck_filters=7,
    strides=(2, 1),
    kernel_size=3,
  )


def _random(*shape, seed=0):
  return tf.random.stateless_normal(shape, [seed, 1])


def _prior_network(**options):
  config = LevelConfig(size=8, latent_dim=3, strides=(2, 2, 1))
  return PriorNetwork(config, 5, 7, **options)


def _statistics(seed=0, batch=4, dim=5):
  return Gaussian(
    _random(batch, dim, seed=seed), _random(batch, dim, seed=seed + 1)
  )


@pytest.mark.parametrize("channels", [3, 6])
@pytest.mark.parametrize("strides", STRIDES)
def test_encoder_returns_a_gaussian_of_the_latent(
  level_config, strides, channels
):
  """Equation 9, for bands alone and for bands with a low-pass image."""
  config = dataclasses.replace(level_config, strides=strides)
  encoder = networks.BandEncoder(config, channels, MOMENTUM)
  actual = encoder(_random(2, 8, 8, channels))
  assert isinstance(actual, Gaussian)
  assert [part.shape for part in actual] == [(2, 3), (2, 3)]


@pytest.mark.parametrize("strides", STRIDES)
@pytest.mark.parametrize("condition", DECODER_CONDITIONS)
def test_decoder_returns_a_band_of_the_level(level_config, strides, condition):
  """Equations 11, 10 and both: the decoder's strides undo the encoder's."""
  config = dataclasses.replace(level_config, strides=strides)
  decoder = networks.BandDecoder(config, 9, condition, MOMENTUM)
  assert decoder(_random(2, 9), _random(2, 8, 8, 3)).shape == (2, 8, 8, 3)


def test_decoder_ends_linear(level_config, randomise):
  """A band may take any value: the last layer's output is not squashed."""
  decoder = randomise(
    networks.BandDecoder(level_config, 9, "latents", MOMENTUM)
  )
  band = decoder(_random(2, 9), None)
  head = decoder.expand.layers[-1]
  head.set_weights([100.0 * weight for weight in head.get_weights()])
  np.testing.assert_allclose(
    decoder(_random(2, 9), None), 100.0 * band, rtol=1e-4, atol=1e-4
  )
  assert np.min(band) < 0.0 < np.max(band)


def test_heads_of_the_encoder_are_linear(level_config, randomise):
  """Means and log-variances have either sign."""
  encoder = randomise(networks.BandEncoder(level_config, 6, MOMENTUM))
  for part in encoder(_random(20, 8, 8, 6)):
    assert np.min(part) < 0.0 < np.max(part)


def test_log_variance_of_the_encoder_is_clipped(level_config):
  """To +-10, however far the head is off."""
  encoder = networks.BandEncoder(level_config, 6, MOMENTUM)
  encoder.log_variance.bias.assign([1e6, -1e6, 4.0])
  encoder.log_variance.kernel.assign(tf.zeros((6, 3)))
  actual = encoder(_random(1, 8, 8, 6)).log_variance
  np.testing.assert_array_equal(actual, [[10.0, -10.0, 4.0]])


@pytest.mark.parametrize("kind", ["encoder", "decoder"])
def test_batch_statistics_are_those_of_all_replicas(level_config, kind):
  """And layers before a normalisation carry no bias of their own."""
  if kind == "encoder":
    network = networks.BandEncoder(level_config, 6, MOMENTUM)
  else:
    network = networks.BandDecoder(level_config, 9, "both", MOMENTUM)
  layers = list(network._flatten_layers(include_self=False))
  normalisations = [
    layer
    for layer in layers
    if isinstance(layer, tf.keras.layers.BatchNormalization)
  ]
  # Convolutions (the condition's three too) and one dense layer.
  assert len(normalisations) == {"encoder": 3, "decoder": 6}[kind]
  assert all(layer.synchronized for layer in normalisations)
  assert all(layer.momentum == MOMENTUM for layer in normalisations)
  biases = [w for w in network.weights if w.name == "bias"]
  assert len(biases) == {"encoder": 2, "decoder": 1}[kind]


def test_only_training_uses_batch_statistics(level_config, randomise):
  """In inference an image's posterior is its own."""
  encoder = randomise(networks.BandEncoder(level_config, 6, MOMENTUM))
  images = _random(4, 8, 8, 6)
  alone, together = encoder(images[:1]), encoder(images)
  np.testing.assert_allclose(alone.mean, together.mean[:1], atol=1e-5)
  trained = encoder(images, training=True)
  assert np.max(np.abs(trained.mean - together.mean)) > 1e-2


def test_prior_starts_at_the_standard_normal():
  """Whatever the statistics of the coarser level are."""
  prior = _prior_network()(_statistics())
  np.testing.assert_array_equal(prior.mean, np.zeros((4, 3)))
  np.testing.assert_array_equal(prior.log_variance, np.zeros((4, 3)))


def test_prior_of_both_adds_what_the_low_pass_image_tells(randomise):
  """A sum, so that Equation 13 stays a part of it."""
  network = randomise(_prior_network(sees_low_pass=True))
  # Its large random weights would meet the limit of log-variances.
  statistics, image = _statistics(), 1e-4 * _random(4, 8, 8, 3)
  both = network(statistics, image)
  mean, log_variance = network.image(image)
  np.testing.assert_allclose(
    both.mean, network.mean(statistics.mean) + mean, rtol=1e-5
  )
  deviation = statistics.standard_deviation
  np.testing.assert_allclose(
    both.log_variance,
    network.log_variance(deviation) + log_variance,
    rtol=1e-5,
    atol=1e-6,
  )
  assert np.ptp(mean, axis=0).min() > 1e-3


def test_decoder_of_both_sees_pixels_of_the_low_pass_image(
  level_config, randomise
):
  """Detail lies where edges are: one pixel changes the band around it alone."""
  decoder = randomise(networks.BandDecoder(level_config, 9, "both", MOMENTUM))
  edges = decoder.condition(tf.zeros((1, 8, 8, 3)))[-1]
  assert edges.shape == (1, 8, 8, level_config.decoder_filters[-1])


def test_prior_maps_mean_to_mean_and_deviation_to_variance(randomise):
  """Equation 13: N(R_k(mu_{k+1}), S_k(sigma_{k+1}))."""
  network = randomise(_prior_network())
  first, second = _statistics(0), _statistics(10)
  prior = network(first)
  other_mean = network(Gaussian(second.mean, first.log_variance))
  other_deviation = network(Gaussian(first.mean, second.log_variance))
  assert np.all(prior.mean != other_mean.mean)
  np.testing.assert_array_equal(prior.log_variance, other_mean.log_variance)
  np.testing.assert_array_equal(prior.mean, other_deviation.mean)
  assert np.all(prior.log_variance != other_deviation.log_variance)
  np.testing.assert_allclose(
    prior.log_variance,
    network.log_variance(tf.exp(0.5 * first.log_variance)),
    rtol=1e-5,
  )


def test_prior_network_has_the_size_of_table_1():
  """0.1e6 parameters for three levels: Table 1 with M less without M."""
  network = PriorNetwork(LevelConfig(size=64), 64, 128)
  assert network.count_params() == 33_152
  assert round(3 * 33_152, -5) == 100_000


@pytest.fixture(params=["mixed_bfloat16", "mixed_float16"])
def mixed_precision(request):
  tf.keras.mixed_precision.set_global_policy(request.param)
  yield
  tf.keras.mixed_precision.set_global_policy("float32")


@pytest.mark.usefixtures("mixed_precision")
def test_outputs_are_float32_under_mixed_precision(level_config):
  """While the convolutions compute in half precision."""
  encoder = networks.BandEncoder(level_config, 6, MOMENTUM)
  decoder = networks.BandDecoder(level_config, 9, "both", MOMENTUM)
  posterior = encoder(_random(2, 8, 8, 6))
  assert [part.dtype for part in posterior] == [tf.float32] * 2
  assert decoder(_random(2, 9), _random(2, 8, 8, 3)).dtype == tf.float32
  assert encoder.trunk(_random(2, 8, 8, 6)).dtype != tf.float32


@pytest.mark.usefixtures("mixed_precision")
def test_prior_is_computed_in_float32_under_mixed_precision(randomise):
  """Rounding statistics to half precision would move the KL term."""
  network = randomise(_prior_network())
  tf.keras.mixed_precision.set_global_policy("float32")
  exact = _prior_network()
  exact.set_weights(network.get_weights())
  statistics = _statistics()
  for actual, expected in zip(
    network(statistics), exact(statistics), strict=True
  ):
    np.testing.assert_allclose(actual, expected, rtol=1e-5, atol=1e-6)


def test_linear_path_adds_linear_maps_to_mean_and_band(level_config, randomise):
  """The rest of both networks stays what it is."""
  config = dataclasses.replace(level_config, linear_path=True)
  encoder = randomise(networks.BandEncoder(config, 6, MOMENTUM))
  decoder = randomise(networks.BandDecoder(config, 9, "latents", MOMENTUM))
  image, latents = _random(2, 8, 8, 6), _random(2, 9)
  posterior, band = encoder(image), decoder(latents, None)
  weights = [encoder.linear.kernel.numpy(), decoder.linear.kernel.numpy()]
  for network in (encoder, decoder):
    network.linear.kernel.assign(tf.zeros_like(network.linear.kernel))
  rest = encoder(image)
  flat = image.numpy().reshape(2, -1)
  np.testing.assert_allclose(
    posterior.mean - rest.mean, flat @ weights[0], rtol=1e-3, atol=1e-2
  )
  np.testing.assert_array_equal(posterior.log_variance, rest.log_variance)
  added = (latents.numpy() @ weights[1]).reshape(2, 8, 8, 3)
  np.testing.assert_allclose(
    band - decoder(latents, None), added, rtol=1e-3, atol=1e-2
  )
