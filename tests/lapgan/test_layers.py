"""One layer of a network and what follows it."""

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf.blocks import Block, LabelPlane
from lapgan_tf.level_config import LayerConfig

SEED = tf.constant([1, 2])
OTHER_SEED = tf.constant([1, 3])


def _random(*shape, seed=0):
  return tf.random.stateless_normal(shape, [seed, 1])


def _block(shape_in=(8, 8, 4), deviation=None, **options):
  tf.keras.utils.set_random_seed(0)
  options = {"filters": 8, "kernel_size": 3, **options}
  return Block(LayerConfig(**options), shape_in, deviation)


@pytest.mark.parametrize(
  "options, shape",
  [
    ({}, (8, 8, 8)),
    ({"padding": "valid"}, (6, 6, 8)),
    ({"stride": 2}, (4, 4, 8)),
    ({"padding": "valid", "stride": 2}, (3, 3, 8)),
    ({"l2_pool": 2}, (8, 8, 4)),
    ({"kernel_size": None}, (8,)),
    ({"kernel_size": None, "l2_pool": 4}, (2,)),
  ],
)
def test_shape_is_known_before_the_first_call(options, shape):
  """A dense layer flattens the maps it is given."""
  block = _block(**options)
  assert block.shape_out == shape
  assert block(_random(2, 8, 8, 4)).shape == (2, *shape)


def test_dropout_is_a_function_of_the_seed():
  """Equal seeds drop the same entries, whatever was drawn before."""
  block, x = _block(dropout=0.5), _random(2, 8, 8, 4)
  first = block(x, training=True, seed=SEED)
  other = block(x, training=True, seed=OTHER_SEED)
  np.testing.assert_array_equal(first, block(x, training=True, seed=SEED))
  assert np.any(first != other)


def test_dropout_is_of_training_alone():
  """Evaluation keeps all entries as they are."""
  x = _random(2, 8, 8, 4)
  kept = _block()(x)
  block = _block(dropout=0.5, spatial_dropout=0.5)
  np.testing.assert_array_equal(block(x, training=False, seed=SEED), kept)
  assert np.any(block(x, training=True, seed=SEED) != kept)


def test_dropout_keeps_the_mean():
  """Entries that stay are divided by the share that stays."""
  x = _random(64, 8, 8, 4)
  plain = _block(activation="linear")(x).numpy()
  dropped = _block(activation="linear", dropout=0.25)(
    x, training=True, seed=SEED
  ).numpy()
  stay = dropped != 0.0
  np.testing.assert_allclose(np.mean(stay), 0.75, atol=0.01)
  np.testing.assert_allclose(dropped[stay], plain[stay] / 0.75, rtol=1e-5)


def test_spatial_dropout_drops_whole_maps():
  """Each example loses about the given share, on its own."""
  block = _block(activation="linear", spatial_dropout=0.25)
  actual = block(_random(256, 8, 8, 4), training=True, seed=SEED).numpy()
  share = np.mean(actual != 0.0, axis=(1, 2))
  assert set(np.unique(share)) == {0.0, 1.0}
  np.testing.assert_allclose(np.mean(share), 0.75, atol=0.04)
  assert len(np.unique(share, axis=0)) > 10


def test_l2_pool_is_the_root_of_the_sum_of_squares():
  """Over neighbouring maps, as the norm of a pair."""
  x = _random(2, 8, 8, 4)
  maps = _block(activation="linear")(x).numpy()
  actual = _block(activation="linear", l2_pool=2)(x)
  expected = np.linalg.norm(maps.reshape((2, 8, 8, 4, 2)), axis=-1)
  np.testing.assert_allclose(actual, expected, atol=2e-3)


def test_l2_pool_has_a_slope_at_zero():
  """Where the root's own is infinite."""
  block, x = _block(l2_pool=2), tf.zeros((1, 8, 8, 4))
  for weight in block.weights:
    weight.assign(tf.zeros(weight.shape))
  with tf.GradientTape() as tape:
    loss = tf.reduce_sum(block(x))
  for gradient in tape.gradient(loss, block.trainable_variables):
    assert np.all(np.isfinite(gradient))


def test_batch_normalisation_follows_the_activation():
  """Maps of a batch have zero mean, which maps after a ReLU have not."""
  block = _block(batch_norm=True, activation="relu")
  actual = block(_random(32, 8, 8, 4), training=True)
  np.testing.assert_allclose(np.mean(actual, (0, 1, 2)), np.zeros(8), atol=1e-5)
  np.testing.assert_allclose(np.var(actual, (0, 1, 2)), np.ones(8), atol=0.02)


def test_batch_normalisation_has_no_scale_and_no_offset():
  """The layer's own weights are all that is trained."""
  block = _block(batch_norm=True)
  assert [w.name for w in block.trainable_variables] == ["kernel", "bias"]
  assert len(block.non_trainable_variables) == 2


def test_only_training_uses_batch_statistics():
  """In evaluation an example is its own."""
  block, x = _block(batch_norm=True), _random(4, 8, 8, 4)
  np.testing.assert_allclose(block(x)[:1], block(x[:1]), atol=1e-5)
  together = block(x, training=True)[:1]
  assert np.max(np.abs(together - block(x[:1], training=True))) > 1e-2


@pytest.mark.parametrize("groups", [1, 2, 4])
def test_groups_divide_the_weights(groups):
  """k * k * channels / groups weights and a bias for each map."""
  block = _block(groups=groups)
  count = sum(np.prod(w.shape) for w in block.weights)
  assert count == (9 * 4 // groups + 1) * 8


def test_a_group_sees_its_own_channels_only():
  """The first half of the maps reads the first half of the channels."""
  block, x = _block(groups=2), _random(2, 8, 8, 4)
  moved = x + tf.constant([0.0, 0.0, 1.0, 1.0])
  change = np.max(np.abs(block(x) - block(moved)), axis=(0, 1, 2))
  np.testing.assert_array_equal(change[:4], np.zeros(4))
  assert np.all(change[4:] > 1e-3)


@pytest.mark.parametrize(
  "options, fan_in",
  [
    ({"filters": 64}, 36),
    ({"filters": 64, "groups": 2}, 18),
    ({"filters": 64, "kernel_size": None}, 256),
  ],
)
def test_weights_start_uniform_within_the_fan_in(options, fan_in):
  """Torch's rule for weights and biases: +-1 / sqrt(fan-in)."""
  limit = fan_in**-0.5
  for weight in _block(**options).weights:
    value = weight.numpy()
    assert 0.9 * limit < np.max(np.abs(value)) <= limit
    np.testing.assert_allclose(np.std(value), limit / 3**0.5, rtol=0.2)


def test_weights_of_a_label_plane_start_within_the_number_of_classes():
  """Its fan-in; the same rule."""
  for weight in LabelPlane(10, 8).weights:
    value = np.abs(weight.numpy())
    assert 0.9 * 10**-0.5 < np.max(value) <= 10**-0.5


@pytest.mark.parametrize("kernel_size", [3, None])
def test_weights_may_start_normal(kernel_size):
  """They have the deviation given, and biases are zero."""
  block = _block(deviation=0.05, filters=64, kernel_size=kernel_size)
  kernel, bias = (weight.numpy() for weight in block.weights)
  np.testing.assert_allclose(np.std(kernel), 0.05, rtol=0.1)
  np.testing.assert_allclose(np.mean(kernel), 0.0, atol=0.01)
  assert np.max(np.abs(kernel)) > 0.1
  np.testing.assert_array_equal(bias, np.zeros(64))
