"""The moving average of G's weights, and which of them is kept."""

import numpy as np
import pytest
import tensorflow as tf

BN = {"batch_norm": True}


def _values(variables):
  return [variable.numpy().copy() for variable in variables]


def _trained(level):
  network = level.generator
  return _values(network.trainable_variables + network.non_trainable_variables)


def _assert_close(actual, expected):
  for one, two in zip(actual, expected, strict=True):
    np.testing.assert_allclose(one, two, rtol=1e-5, atol=1e-6)


def test_average_forgets_the_first_steps_sooner(make_level, compiled, image):
  """a <- w + min(decay, (1 + t) / (10 + t)) (a - w), running statistics too."""
  level = compiled(make_level(average_decay=0.4, generator=BN))
  expected = _trained(level)
  decays = []
  for t in range(1, 9):
    level.train_step(image)
    decays.append(min(0.4, (1 + t) / (10 + t)))
    expected = [
      w + decays[-1] * (a - w)
      for a, w in zip(expected, _trained(level), strict=True)
    ]
    _assert_close(_values(level.average.now), expected)
  assert decays[0] == 2 / 11 and decays[3] < 0.4 and decays[-1] == 0.4
  assert any(
    np.max(np.abs(a - w)) > 1e-3
    for a, w in zip(expected, _trained(level), strict=True)
  )


def test_no_decay_follows_the_weights(make_level, compiled, image):
  """`average_decay=0` switches the average off, warm-up included."""
  level = compiled(make_level(average_decay=0.0, generator=BN))
  for _ in range(2):
    level.train_step(image)
    _assert_close(_values(level.average.now), _trained(level))


def test_training_does_not_move_what_is_served(make_level, compiled, image):
  """Until a score or `serve` says so; first weights serve first."""
  level = compiled(make_level())
  start = _trained(level)
  level.train_step(image)
  _assert_close(_values(level.generator_variables), start)
  assert np.isinf(level.average.best_score)
  level.average.serve()
  _assert_close(_values(level.generator_variables), _values(level.average.now))
  assert any(
    np.any(a != b)
    for a, b in zip(start, _values(level.generator_variables), strict=True)
  )
  assert np.isinf(level.average.best_score)


@pytest.mark.parametrize("selection", ["swd", "l2_heuristic"])
def test_the_average_of_the_smallest_score_is_kept(
  make_level, compiled, image, selection
):
  """A worse, an equal or an undefined score changes nothing."""
  level = compiled(make_level(selection=selection))
  kept, outcomes = None, []
  for score in (5.0, 7.0, 5.0, float("nan"), 4.0, float("inf")):
    level.train_step(image)
    outcomes.append(level.average.keep_if_best(score))
    if outcomes[-1]:
      kept = _values(level.average.now)
      assert float(level.average.best_score) == score
    _assert_close(_values(level.generator_variables), kept)
  assert outcomes == [True, False, False, False, True, False]
  assert float(level.average.best_score) == 4.0


def test_the_last_average_is_kept_whatever_its_score(
  make_level, compiled, image
):
  """`selection="last"`; the score is that of what is served."""
  level = compiled(make_level(selection="last"))
  for score in (5.0, 7.0, 6.0):
    level.train_step(image)
    assert level.average.keep_if_best(score)
    assert float(level.average.best_score) == score
    _assert_close(
      _values(level.generator_variables), _values(level.average.now)
    )


def test_bands_are_those_of_the_kept_average(make_level, compiled, image):
  """`generate` uses it without being told."""
  level = compiled(make_level())
  level.train_step(image)
  _, low_pass = level.real_bands(image)
  seed = tf.constant([1, 2])

  def drawn(weights="served"):
    return level.generate(low_pass, seed, weights=weights)

  assert np.any(drawn() != drawn("averaged"))
  level.average.keep_if_best(1.0)
  np.testing.assert_array_equal(drawn(), drawn("averaged"))
  assert np.any(drawn() != drawn("trained"))
  np.testing.assert_allclose(
    drawn("trained"), level.generator(level.noise(seed, 8), low_pass), atol=1e-6
  )
