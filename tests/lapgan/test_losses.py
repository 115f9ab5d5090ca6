"""The two sides of the adversarial game."""

import math

import numpy as np
import pytest
import tensorflow as tf

from pyramid_tf import adversarial_losses as losses


def _logits(seed, count=6):
  return tf.random.stateless_normal((count,), [seed, 1], stddev=2.0)


def _sigmoid(x):
  return 1.0 / (1.0 + np.exp(-np.asarray(x, np.float64)))


def test_undecided_discriminator_costs_log_four():
  """Goodfellow et al. (2014), Theorem 1: the value at the optimum is -log 4."""
  loss = losses.discriminator_loss(tf.zeros(3), tf.zeros(3))
  np.testing.assert_allclose(loss, [math.log(4.0)] * 3, rtol=1e-6)


def test_discriminator_loss_is_equation_2():
  """-log D(h) - log(1 - D(h~)), example by example."""
  real, generated = _logits(0), _logits(1)
  actual = losses.discriminator_loss(real, generated)
  assert actual.shape == (6,)
  expected = -np.log(_sigmoid(real)) - np.log(1.0 - _sigmoid(generated))
  np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_generator_loss_is_the_log_of_what_discriminator_believes():
  """-log D(h~), example by example."""
  generated = _logits(2)
  actual = losses.generator_loss(generated)
  assert actual.shape == (6,)
  np.testing.assert_allclose(actual, -np.log(_sigmoid(generated)), rtol=1e-5)


def test_generator_loss_does_not_saturate():
  """Where D is sure of itself the slope is -1; that of Equation 1 is 0."""
  logit = tf.constant([-30.0, 0.0, 30.0])
  with tf.GradientTape() as tape:
    tape.watch(logit)
    loss = losses.generator_loss(logit)
  slope = tape.gradient(loss, logit)
  np.testing.assert_allclose(slope, [-1.0, -0.5, 0.0], atol=1e-6)


def test_discriminator_learns_most_where_it_is_wrong():
  """Slopes D(h) - 1 and D(h~)."""
  real, generated = _logits(3), _logits(4)
  with tf.GradientTape() as tape:
    tape.watch([real, generated])
    loss = losses.discriminator_loss(real, generated)
  of_real, of_generated = tape.gradient(loss, [real, generated])
  np.testing.assert_allclose(of_real, _sigmoid(real) - 1.0, atol=1e-6)
  np.testing.assert_allclose(of_generated, _sigmoid(generated), atol=1e-6)


@pytest.mark.parametrize("logit, cost", [(1e4, 0.0), (-1e4, 1e4)])
def test_losses_are_stable_at_extreme_logits(logit, cost):
  """A probability of 0 or 1 costs the logit, not infinity, and has a slope."""
  x = tf.constant([logit])
  with tf.GradientTape(persistent=True) as tape:
    tape.watch(x)
    generator = losses.generator_loss(x)
    discriminator = losses.discriminator_loss(x, -x)
  np.testing.assert_allclose(generator, [cost])
  np.testing.assert_allclose(discriminator, [2.0 * cost])
  slope = -1.0 if cost else 0.0
  np.testing.assert_allclose(tape.gradient(generator, x), [slope])
  np.testing.assert_allclose(tape.gradient(discriminator, x), [2.0 * slope])
