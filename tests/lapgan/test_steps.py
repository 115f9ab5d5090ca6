"""D's step and G's step, each on its own."""

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf import steps
from pyramid_tf import adversarial_losses as losses


def _equal(first, second):
  return [
    np.array_equal(one, two) for one, two in zip(first, second, strict=True)
  ]


def _moved(variables, before):
  return [
    start - after.numpy()
    for start, after in zip(before, variables, strict=True)
  ]


@pytest.mark.parametrize("k", [0, 1])
def test_discriminator_step_leaves_the_generator_alone(
  make_level, compiled, parts_of, weights_of, image, k
):
  """And reaches every weight of D."""
  level = compiled(make_level(k))
  parts = parts_of(level, image)
  generator, discriminator = (
    weights_of(level.generator),
    weights_of(level.discriminator),
  )
  steps.discriminator_step(level, parts["real"], parts["fake"], parts["seeds"])
  assert all(_equal(generator, weights_of(level.generator)))
  assert not any(_equal(discriminator, weights_of(level.discriminator)))


@pytest.mark.parametrize("k", [0, 1])
def test_generator_step_leaves_the_discriminator_alone(
  make_level, compiled, parts_of, weights_of, image, k
):
  """And reaches every weight of G."""
  level = compiled(make_level(k))
  parts = parts_of(level, image)
  generator, discriminator = (
    weights_of(level.generator),
    weights_of(level.discriminator),
  )
  steps.generator_step(level, parts["part"], parts["seeds"])
  assert not any(_equal(generator, weights_of(level.generator)))
  assert all(_equal(discriminator, weights_of(level.discriminator)))


@pytest.mark.parametrize("k", [0, 1])
def test_discriminator_descends_half_of_its_loss(
  make_level, compiled, parts_of, image, k
):
  """Real and generated with equal probability (Section 2.1)."""
  level = compiled(make_level(k), rate=0.5)
  parts = parts_of(level, image)
  real, fake, seeds = parts["real"], parts["fake"], parts["seeds"]
  band = level.generator(level.noise(seeds[0], 2), fake.low_pass)
  variables = level.discriminator.trainable_variables
  with tf.GradientTape() as tape:
    loss = losses.discriminator_loss(
      level.discriminator(real.band, real.low_pass),
      level.discriminator(band, fake.low_pass),
    )
    objective = 0.5 * tf.reduce_mean(loss)
  gradients = tape.gradient(objective, variables)
  before = [variable.numpy() for variable in variables]
  actual = steps.discriminator_step(level, real, fake, seeds)
  np.testing.assert_allclose(
    actual["discriminator_loss"], np.mean(loss), rtol=1e-5
  )
  for step, gradient in zip(_moved(variables, before), gradients, strict=True):
    np.testing.assert_allclose(step, 0.5 * gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("k", [0, 1])
def test_generator_descends_its_loss(make_level, compiled, parts_of, image, k):
  """-log D(h~), on half of the batch."""
  level = compiled(make_level(k), rate=0.5)
  parts = parts_of(level, image)
  part, seeds = parts["part"], parts["seeds"]
  variables = level.generator.trainable_variables
  with tf.GradientTape() as tape:
    band = level.generator(level.noise(seeds[3], 4), part.low_pass)
    loss = losses.generator_loss(level.discriminator(band, part.low_pass))
    objective = tf.reduce_mean(loss)
  gradients = tape.gradient(objective, variables)
  before = [variable.numpy() for variable in variables]
  actual = steps.generator_step(level, part, seeds)
  np.testing.assert_allclose(actual["generator_loss"], objective, rtol=1e-5)
  for step, gradient in zip(_moved(variables, before), gradients, strict=True):
    np.testing.assert_allclose(step, 0.5 * gradient, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("k", [0, 1])
def test_a_step_moves_down_its_own_loss(
  make_level, compiled, parts_of, image, k
):
  """On the examples and the noise it was taken with."""
  level = compiled(make_level(k), rate=0.05)
  parts = parts_of(level, image)
  by_loss = {
    "discriminator_loss": lambda: steps.discriminator_step(
      level, parts["real"], parts["fake"], parts["seeds"]
    ),
    "generator_loss": lambda: steps.generator_step(
      level, parts["part"], parts["seeds"]
    ),
  }
  for name, step in by_loss.items():
    first, *_, last = (float(step()[name]) for _ in range(4))
    assert last < first - 1e-4
