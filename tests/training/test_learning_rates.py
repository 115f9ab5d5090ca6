"""The schedule against a formula in NumPy."""

import numpy as np
import pytest
import tensorflow as tf

from experiments.config.training_config import TrainingConfig
from experiments.training.learning_rates import StagedSchedule

_PEAK = 0.01


def _schedule(segments, **options):
  steps = sum(segments)
  config = TrainingConfig(steps=steps, learning_rate=_PEAK, **options)
  return StagedSchedule(config, segments)


def _rates(schedule, steps):
  return np.array([schedule(tf.constant(step)) for step in range(steps)])


def _expected(segments, warmup_steps=0, cosine=True):
  rates = []
  for segment in segments:
    position = np.arange(segment)
    rate = np.full(segment, _PEAK)
    if cosine:
      rate = 0.5 * _PEAK * (1 + np.cos(np.pi * position / segment))
    if warmup_steps:
      rate *= np.minimum((position + 1) / warmup_steps, 1)
    rates.append(rate)
  return np.concatenate(rates)


@pytest.mark.parametrize("warmup_steps", [0, 3])
@pytest.mark.parametrize("decay", ["cosine", "constant"])
@pytest.mark.parametrize("segments", [(20,), (5, 10, 5)])
def test_every_segment_warms_up_and_decays(segments, decay, warmup_steps):
  """Stages of a greedy schedule train different weights from the start."""
  schedule = _schedule(
    segments, learning_rate_decay=decay, warmup_steps=warmup_steps
  )
  expected = _expected(segments, warmup_steps, decay == "cosine")
  np.testing.assert_allclose(
    _rates(schedule, 20), expected, rtol=1e-5, atol=1e-9
  )


def test_cosine_reaches_zero_and_stays():
  """At the end, and if an optimizer is driven beyond it."""
  schedule = _schedule((10, 10))
  for step in (20, 25):
    np.testing.assert_allclose(schedule(tf.constant(step)), 0.0, atol=1e-9)


def test_the_optimizer_follows_the_schedule():
  """Its iterations are int64 and counted inside a compiled function."""
  schedule = _schedule((4, 2))
  optimizer = tf.keras.optimizers.SGD(schedule)
  weight = tf.Variable(0.0)
  optimizer.build([weight])

  @tf.function
  def step():
    optimizer.apply([tf.constant(-1.0)], [weight])
    return weight.read_value()

  found = np.diff([0.0, *(float(step()) for _ in range(6))])
  np.testing.assert_allclose(found, _expected((4, 2)), atol=1e-6)


def test_a_power_of_the_epochs_falls_from_the_peak_towards_zero():
  """1 - t^0.75, with t the share of the epochs that have passed."""
  schedule = _schedule((20,), learning_rate_decay="power", epoch_steps=5)
  expected = np.repeat(1 - (np.arange(4) / 4) ** 0.75, 5) * _PEAK
  np.testing.assert_allclose(_rates(schedule, 20), expected, rtol=1e-5)
  np.testing.assert_allclose(schedule(tf.constant(20)), 0.0, atol=1e-9)
