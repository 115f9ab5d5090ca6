"""Mixtures of logistics are distributions over the grid of 256 values."""

import itertools
import math

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf import logistic_mixture
from lapcvae_tf.logistic_mixture import LogisticMixture

_GRID = (np.arange(256) / 127.5 - 1.0).astype(np.float32)


def _mixture(rows=(), components=3, scale=1.0, seed=0):
  draw = np.random.default_rng(seed).normal
  count = logistic_mixture.PER_COMPONENT * components
  parameters = tf.constant(scale * draw(size=(*rows, count)), tf.float32)
  centre = tf.constant(0.3 * draw(size=(*rows, 3)), tf.float32)
  return logistic_mixture.from_parameters(parameters, centre)


@pytest.mark.parametrize("log_scale", [-10.0, -4.0, 0.0, 5.0])
@pytest.mark.parametrize("mean", [-1.4, -1.0, 0.1, 1.0])
def test_probabilities_of_the_grid_sum_to_one(log_scale, mean):
  """At extreme scales and edges too; the other channels are summed out."""
  ones = tf.ones((1, 3))
  mixture = LogisticMixture(
    tf.zeros(1), mean * ones, log_scale * ones, 0.0 * ones, tf.zeros(3)
  )
  grey = tf.tile(tf.constant(_GRID)[:, None], (1, 3))
  # Equal independent channels: the cube root is one channel's probability.
  channel = tf.exp(mixture.log_prob(grey) / 3.0)
  assert float(tf.reduce_sum(channel)) == pytest.approx(1.0, abs=1e-4)


def test_joint_probabilities_sum_to_one():
  """All greens and blues beside one red have the probability of that red."""
  mixture = _mixture(scale=2.0)
  colours = [(0.2, g, b) for g, b in itertools.product(_GRID, _GRID)]
  colours = logistic_mixture.on_grid(tf.constant(colours, tf.float32))
  total = tf.reduce_sum(tf.exp(mixture.log_prob(colours)))
  weights = tf.nn.softmax(mixture.logits)
  value = colours[0, 0]
  centre = mixture.centre[0] + mixture.means[:, 0]
  s = tf.exp(mixture.log_scales[:, 0])
  alone = tf.sigmoid((value + 1 / 255 - centre) / s) - tf.sigmoid(
    (value - 1 / 255 - centre) / s
  )
  np.testing.assert_allclose(total, tf.reduce_sum(weights * alone), rtol=1e-3)


def test_the_component_is_shared_by_the_channels():
  """Two sure components, one black and one white: no mixed colour."""
  means = tf.constant([[-1.0] * 3, [1.0] * 3])
  sure = tf.fill((2, 3), -9.0)
  mixture = LogisticMixture(
    tf.zeros(2), means, sure, tf.zeros((2, 3)), tf.zeros(3)
  )
  values = tf.constant([[-1.0] * 3, [1.0] * 3, [-1.0, 1.0, 1.0]])
  black, white, mixed = mixture.log_prob(values).numpy()
  assert black == pytest.approx(math.log(0.5), abs=1e-4)
  assert white == pytest.approx(math.log(0.5), abs=1e-4)
  assert mixed < -1000.0


def test_log_probabilities_and_gradients_stay_finite():
  """However small or large the scale, and however far the value."""
  for scale in (1.0, 30.0, 1000.0):
    parameters = tf.constant(
      scale * np.random.default_rng(1).normal(size=(64, 30)), tf.float32
    )
    pixels = tf.constant(np.random.default_rng(2).choice(_GRID, (64, 3)))
    with tf.GradientTape() as tape:
      tape.watch(parameters)
      mixture = logistic_mixture.from_parameters(parameters, tf.zeros((64, 3)))
      loss = tf.reduce_sum(mixture.log_prob(pixels))
    assert np.isfinite(float(loss))
    assert np.all(np.isfinite(tape.gradient(loss, parameters)))


def test_a_flat_distribution_costs_eight_bits():
  """As many narrow components as values, all of the same weight."""
  draws = _GRID[np.random.default_rng(3).integers(1, 255, (500, 3))]
  means = tf.tile(tf.constant(_GRID)[:, None], (1, 3))
  shape = (256, 3)
  mixture = LogisticMixture(
    tf.zeros(256), means, tf.fill(shape, -9.0), tf.zeros(shape), tf.zeros(3)
  )
  grey = tf.tile(tf.constant(draws)[:, :1], (1, 3))
  bits = -tf.reduce_mean(mixture.log_prob(grey)) / math.log(2.0)
  assert float(bits) == pytest.approx(8.0, abs=1e-3)


def test_later_channels_follow_earlier_ones():
  """B depends on R and G, G on R, and R on neither."""
  mixture = _mixture(components=1)
  pixels = tf.constant([0.1, 0.2, 0.3])
  means = mixture._means_given(pixels)[0].numpy()
  by_red = mixture._means_given(pixels + [0.2, 0.0, 0.0])[0].numpy() - means
  by_green = mixture._means_given(pixels + [0.0, 0.2, 0.0])[0].numpy() - means
  by_blue = mixture._means_given(pixels + [0.0, 0.0, 0.2])[0].numpy() - means
  assert by_red[0] == 0.0 and np.all(by_red[1:] != 0.0)
  assert np.all(by_green[:2] == 0.0) and by_green[2] != 0.0
  assert np.all(by_blue == 0.0)


def test_samples_have_the_probabilities_of_log_prob():
  """The cross-entropy of draws is the entropy: here of 40,000 colours."""
  mixture = _mixture(components=2)
  noise = np.random.default_rng(4).uniform(size=(40000, 5))
  tiled = LogisticMixture(
    *(tf.repeat(part[None], 40000, axis=0) for part in mixture)
  )
  drawn = tiled.sample(tf.constant(noise, tf.float32)).numpy()
  np.testing.assert_allclose(drawn, logistic_mixture.on_grid(drawn), atol=0)
  reds, counts = np.unique(drawn[:, 0], return_counts=True)
  weights = tf.nn.softmax(mixture.logits).numpy()
  centre = (mixture.centre[0] + mixture.means[:, 0]).numpy()
  s = np.exp(mixture.log_scales[:, 0].numpy())
  # The share of draws below a value is the mixture's distribution there.
  for value in (-0.5, 0.0, 0.5):
    edge = logistic_mixture.on_grid(tf.constant(value)).numpy() + 1 / 255
    share = counts[reds < edge].sum() / 40000
    expected = np.sum(weights / (1.0 + np.exp(-(edge - centre) / s)))
    assert share == pytest.approx(expected, abs=0.01)
