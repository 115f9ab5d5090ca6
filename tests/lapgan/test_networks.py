"""What generator and discriminator see."""

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf.blocks import Stack
from lapgan_tf.level_config import LayerConfig
from lapgan_tf.networks import Discriminator, Generator


def _random(*shape, seed=0):
  return tf.random.stateless_normal(shape, [seed, 1])


def _generator(config, is_coarsest=False, classes=0, label_plane="input"):
  tf.keras.utils.set_random_seed(0)
  return Generator(config, is_coarsest, classes, label_plane)


def _discriminator(config, classes=0, label_plane="input"):
  tf.keras.utils.set_random_seed(0)
  return Discriminator(config, classes, label_plane)


def _kernel(network):
  return network.stack.blocks[0].weights[0]


@pytest.mark.parametrize("dense", [False, True])
def test_discriminator_sees_only_the_sum_of_band_and_low_pass(
  tiny_level, dense
):
  """Section 2.3: l_k is added to h_k before the first layer of D_k."""
  discriminator = _discriminator(tiny_level(8, dense))
  band, low_pass = _random(3, 8, 8, 3), _random(3, 8, 8, 3, seed=1)
  moved = _random(3, 8, 8, 3, seed=2)
  logit = discriminator(band, low_pass)
  assert logit.shape == (3,) and logit.dtype == tf.float32
  np.testing.assert_allclose(
    logit, discriminator(band + moved, low_pass - moved), atol=1e-5
  )
  assert np.all(np.abs(logit - discriminator(band + moved, low_pass)) > 1e-4)


def test_noise_is_a_fourth_plane(tiny_level):
  """Section 2.3: beside the three of the low-pass image."""
  generator = _generator(tiny_level(8))
  assert _kernel(generator).shape == (3, 3, 4, 4)
  noise, low_pass = _random(2, 8, 8, 1), _random(2, 8, 8, 3, seed=1)
  other_noise, other_low_pass = noise + 1.0, low_pass + 1.0
  band = generator(noise, low_pass)
  assert np.max(np.abs(band - generator(other_noise, low_pass))) > 1e-2
  assert np.max(np.abs(band - generator(noise, other_low_pass))) > 1e-2
  kernel = _kernel(generator).numpy()
  # Without the first plane of the kernel noise has no say, and only noise.
  _kernel(generator).assign(
    kernel * np.array([0.0, 1.0, 1.0, 1.0]).reshape((1, 1, 4, 1))
  )
  band = generator(noise, low_pass)
  np.testing.assert_array_equal(band, generator(other_noise, low_pass))
  assert np.max(np.abs(band - generator(noise, other_low_pass))) > 1e-2


def test_dense_generator_of_the_coarsest_level_sees_noise_alone(tiny_level):
  """l_K = 0, so there is nothing beside z_K."""
  generator = _generator(tiny_level(8, dense=True), is_coarsest=True)
  assert _kernel(generator).shape == (5, 8)
  noise = _random(2, 5)
  band = generator(noise, tf.zeros((2, 8, 8, 3)))
  assert band.shape == (2, 8, 8, 3)
  np.testing.assert_array_equal(band, generator(noise, tf.ones((2, 8, 8, 3))))
  assert np.max(np.abs(band[0] - band[1])) > 1e-2


def test_dense_generator_of_a_finer_level_sees_the_low_pass_image(tiny_level):
  """All its pixels, beside the noise."""
  generator = _generator(tiny_level(8, dense=True))
  assert _kernel(generator).shape == (5 + 3 * 8**2, 8)
  noise, low_pass = _random(2, 5), _random(2, 8, 8, 3)
  band = generator(noise, low_pass)
  assert np.max(np.abs(band - generator(noise, low_pass + 1.0))) > 1e-2
  assert np.max(np.abs(band - generator(noise + 1.0, low_pass))) > 1e-2


@pytest.mark.parametrize("dense", [False, True])
def test_generator_ends_linear(tiny_level, dense):
  """A band may take any value: the last layer's output is not squashed."""
  generator = _generator(tiny_level(8, dense))
  noise = _random(2, 5) if dense else _random(2, 8, 8, 1)
  inputs = (noise, _random(2, 8, 8, 3, seed=1))
  band = generator(*inputs)
  assert np.min(band) < 0.0 < np.max(band)
  for weight in generator.stack.blocks[-1].weights:
    weight.assign(100.0 * weight)
  np.testing.assert_allclose(
    generator(*inputs), 100.0 * band, rtol=1e-4, atol=1e-4
  )


def test_logit_follows_the_discriminator_s_layers(tiny_level):
  """One linear unit on the maps that are left: ((16 - 2) / 2)^2 of them."""
  discriminator = _discriminator(tiny_level())
  kernel, bias = discriminator.stack.blocks[-1].weights
  assert kernel.shape == (7 * 7 * 4, 1)
  inputs = (_random(4, 16, 16, 3), _random(4, 16, 16, 3, seed=1))
  logit = discriminator(*inputs)
  bias.assign(bias - 100.0)
  np.testing.assert_allclose(discriminator(*inputs), logit - 100.0, atol=1e-4)


@pytest.mark.parametrize("name", ["generator", "discriminator"])
def test_dropout_is_a_function_of_the_seed(tiny_level, name):
  """And of training only."""
  config = tiny_level(8, **{name: {"dropout": 0.5}})
  make = {"generator": _generator, "discriminator": _discriminator}[name]
  network, planes = make(config), 1 if name == "generator" else 3
  inputs = (_random(2, 8, 8, planes), _random(2, 8, 8, 3, seed=1))
  seed, other_seed = tf.constant([1, 2]), tf.constant([1, 3])
  first = network(*inputs, training=True, seed=seed)
  np.testing.assert_array_equal(
    first, network(*inputs, training=True, seed=seed)
  )
  assert np.any(first != network(*inputs, training=True, seed=other_seed))
  evaluated = network(*inputs, training=False, seed=seed)
  np.testing.assert_array_equal(evaluated, network(*inputs))
  assert np.any(first != evaluated)


def test_layers_do_not_drop_the_same_entries():
  """Two equal layers of one network, the first of which changes nothing."""
  layer = LayerConfig(filters=3, kernel_size=1, dropout=0.5)
  stack = Stack((layer, layer), (16, 16, 3), 0, "input", None, False)
  for kernel, bias in (block.weights for block in stack.blocks):
    kernel.assign(np.eye(3).reshape((1, 1, 3, 3)))
    bias.assign(np.zeros(3))
  actual = stack(
    tf.ones((8, 16, 16, 3)), training=True, seed=tf.constant([1, 2])
  )
  # Dropped by neither: a half of a half.
  np.testing.assert_allclose(np.mean(actual != 0.0), 0.25, atol=0.02)


@pytest.mark.parametrize("dense", [False, True])
def test_normal_weights_are_of_each_network_s_own_deviation(tiny_level, dense):
  """The authors' dense GANs start with 0.05 in G and 0.005 in D."""
  config = tiny_level(
    16,
    dense,
    {"filters": 64},
    {"filters": 64},
    generator_deviation=0.05,
    discriminator_deviation=0.005,
  )
  for network, deviation in (
    (_generator(config), 0.05),
    (_discriminator(config), 0.005),
  ):
    kernel = _kernel(network).numpy()
    np.testing.assert_allclose(np.std(kernel), deviation, rtol=0.1)
    biases = [w for w in network.weights if w.name == "bias"]
    assert biases and not any(np.any(bias) for bias in biases)
