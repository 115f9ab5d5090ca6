"""Fused or not, batch normalisation is Keras'."""

import numpy as np
import pytest
import tensorflow as tf

from pyramid_tf.batch_normalisation import BatchNormalisation

_RANDOM = np.random.default_rng(0)


def _layers(shape, **options):
  """Keras' layer and ours, with the same weights."""
  plain = tf.keras.layers.BatchNormalization(momentum=0.8, **options)
  ours = BatchNormalisation(momentum=0.8, **options)
  for layer in (plain, ours):
    layer.build((None, *shape[1:]))
  drawn = [_RANDOM.uniform(0.5, 1.5, w.shape) for w in plain.weights]
  plain.set_weights(drawn)
  ours.set_weights(drawn)
  return plain, ours


def _step(layer, x, weight):
  with tf.GradientTape() as tape:
    tape.watch(x)
    y = layer(x, training=True)
    loss = tf.reduce_sum(y * weight)
  return y, tape.gradient(loss, [x, *layer.trainable_variables])


@pytest.mark.parametrize("shape", [(6, 4, 5, 3), (16, 7)])
@pytest.mark.parametrize("options", [{}, {"center": False, "scale": False}])
def test_a_step_is_that_of_keras(shape, options):
  """Output, gradients and moving statistics."""
  plain, ours = _layers(shape, **options)
  x = tf.constant(_RANDOM.normal(3.0, 2.0, shape), tf.float32)
  weight = tf.constant(_RANDOM.normal(size=shape), tf.float32)
  (y, gradients), (expected, expected_gradients) = (
    _step(layer, x, weight) for layer in (ours, plain)
  )
  np.testing.assert_allclose(y, expected, atol=1e-5)
  assert len(gradients) == len(expected_gradients)
  for gradient, value in zip(gradients, expected_gradients, strict=True):
    np.testing.assert_allclose(gradient, value, rtol=1e-4, atol=1e-4)
  for own, weight in zip(ours.weights, plain.weights, strict=True):
    assert own.name == weight.name
    np.testing.assert_allclose(own, weight, rtol=1e-5)
  np.testing.assert_allclose(ours(x), plain(x), atol=1e-6)


def test_one_replica_adds_up_no_three_gradients():
  """Whose sum would depend on which is ready first."""
  _, ours = _layers((2, 4, 4, 3))

  @tf.function
  def step(x):
    return _step(ours, x, tf.ones_like(x))[1]

  graph = step.get_concrete_function(tf.ones((2, 4, 4, 3))).graph
  kinds = {op.type for op in graph.get_operations()}
  assert "FusedBatchNormV3" in kinds and "AddN" not in kinds


def test_a_layer_that_is_frozen_stays():
  """It uses its moving statistics, in training too."""
  plain, ours = _layers((6, 4, 5, 3))
  plain.trainable = ours.trainable = False
  x = tf.constant(_RANDOM.normal(size=(6, 4, 5, 3)), tf.float32)
  before = ours.get_weights()
  np.testing.assert_allclose(
    ours(x, training=True), plain(x, training=True), atol=1e-6
  )
  for old, new in zip(before, ours.get_weights(), strict=True):
    np.testing.assert_array_equal(old, new)


def test_half_precision_is_summed_in_full():
  """Sixty-five thousand ones do not fit into float16."""
  layer = BatchNormalisation(dtype="mixed_float16")
  layer.build((None, 64, 64, 1))
  x = tf.random.stateless_normal((20, 64, 64, 1), (1, 2), 100.0, 3.0)
  y = layer(tf.cast(x, tf.float16), training=True)
  assert y.dtype == tf.float16
  assert abs(float(tf.reduce_mean(tf.cast(y, tf.float32)))) < 1e-2
  np.testing.assert_allclose(np.std(y.numpy().astype(float)), 1.0, atol=2e-2)
  assert layer.moving_variance.dtype == "float32"
