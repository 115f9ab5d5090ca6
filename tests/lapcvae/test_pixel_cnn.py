"""A PixelCNN sees what came before a pixel, all of it, and nothing else."""

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf import logistic_mixture
from lapcvae_tf.pixel_cnn import PixelCNN
from lapcvae_tf.pixel_cnn_config import PixelCNNConfig

_SIZE = 8
_ROW, _COLUMN = 4, 4


@pytest.fixture(scope="module")
def network():
  """Two layers, so that a pixel sees four rows up."""
  config = PixelCNNConfig(filters=4, layers=2, mixtures=2)
  return small_models.randomised(PixelCNN(config, _SIZE, 5))


@pytest.fixture(scope="module")
def inputs():
  """Pixels on the grid, a centre and a condition."""
  draw = np.random.default_rng(0).uniform
  pixels = logistic_mixture.on_grid(draw(-1, 1, (3, _SIZE, _SIZE, 3)))
  centre = tf.constant(draw(-0.5, 0.5, (3, _SIZE, _SIZE, 3)), tf.float32)
  condition = tf.constant(draw(-1, 1, (3, _SIZE, _SIZE, 5)), tf.float32)
  return pixels, centre, condition


@pytest.fixture(scope="module")
def influence(network, inputs):
  """How strongly each pixel acts on parameters of (4, 4), `[8, 8]`."""
  pixels, centre, condition = (tensor[:1] for tensor in inputs)
  with tf.GradientTape() as tape:
    tape.watch(pixels)
    mixture = network(pixels, centre, condition)
    out = tf.concat([mixture.logits, mixture.log_scales[..., 0]], axis=-1)
    out = tf.reduce_sum(tf.square(out[0, _ROW, _COLUMN]))
  return tf.reduce_sum(tf.abs(tape.gradient(out, pixels)[0]), -1).numpy()


def test_a_pixel_and_those_after_it_are_unseen(influence):
  """The Jacobian is exactly zero there."""
  assert not influence[_ROW, _COLUMN:].any()
  assert not influence[_ROW + 1 :].any()


def test_there_is_no_blind_spot(influence):
  """All within reach before the pixel is seen, up to the right as well."""
  assert np.all(influence[:_ROW, :][:, _COLUMN - 4 : _COLUMN + 4] > 0.0)
  assert np.all(influence[_ROW, :_COLUMN] > 0.0)


def test_draws_have_the_probabilities_of_the_whole_image(network, inputs):
  """The window of a pixel gives what the full network gives, borders too."""
  pixels, centre, condition = inputs
  reach = network.reach
  whole = network._parameters(
    network._padded(tf.concat([pixels, tf.ones_like(pixels[..., :1])], -1)),
    network._padded(condition),
  )
  padded = network._padded(
    tf.concat([pixels, tf.ones_like(pixels[..., :1])], -1)
  )
  seen = network._padded(condition)
  for row, column in ((0, 0), (0, 7), (7, 0), (7, 7), (3, 5)):
    part = (
      slice(None),
      slice(row, row + reach + 1),
      slice(column, column + 2 * reach + 1),
    )
    window = network._parameters(padded[part], seen[part])
    np.testing.assert_allclose(
      window[:, 0, 0], whole[:, row, column], atol=1e-5
    )


def test_a_draw_follows_its_own_distribution(network, inputs):
  """Each pixel is what the full network on the draw samples by its noise."""
  _, centre, condition = inputs
  seed = tf.constant([3, 4])
  drawn = network.draw(centre, condition, seed)
  noise = tf.stack(
    [
      tf.random.stateless_uniform((3, 5), tf.random.fold_in(seed, step))
      for step in range(_SIZE**2)
    ],
    axis=1,
  )
  noise = tf.reshape(noise, (3, _SIZE, _SIZE, 5))
  again = network(drawn, centre, condition).sample(noise)
  same = np.mean(np.abs(again - drawn) < 1e-6)
  # A value on the edge of two bins may round to either.
  assert same > 0.99


def test_one_draw_is_independent_of_the_batch(network, inputs):
  """The first image alone is the first of three."""
  _, centre, condition = inputs
  seed = tf.constant([1, 2])
  np.testing.assert_allclose(
    network.draw(centre[:1], condition[:1], seed)[0],
    network.draw(centre, condition, seed)[0],
    atol=1e-6,
  )


def test_everything_is_conditioned(network, inputs):
  """The likelihood moves with the condition at any place."""
  pixels, centre, condition = inputs
  with tf.GradientTape() as tape:
    tape.watch(condition)
    loss = network.negative_log_likelihood(pixels, centre, condition)
  gradient = tape.gradient(loss, condition)
  assert np.all(np.abs(gradient).sum(-1) > 0.0)


@pytest.mark.parametrize(
  "change, message",
  [
    ({"filters": 0}, "at least 1, got PixelCNNConfig(filters=0"),
    ({"mean_weight": -1.0}, "a weight of at least 0, got -1.0"),
  ],
)
def test_a_network_that_cannot_be_is_refused(change, message):
  """The message names value and rule."""
  with pytest.raises(ValueError) as error:
    PixelCNNConfig(**change)
  assert message in str(error.value)
