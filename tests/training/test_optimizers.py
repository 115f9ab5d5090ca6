"""SGD as Torch has it, and the schedules of the paper and of its code."""

import contextlib
import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from experiments.config import presets
from experiments.config.training_config import TrainingConfig
from experiments.training import checkpoints, learning_rates, optimizers

_SHAPES = ((3, 2), (2,))


def _gradients(step):
  generator = np.random.default_rng(step)
  return [generator.normal(size=shape).astype(np.float32) for shape in _SHAPES]


def _config(**options):
  usual = {
    "optimizer": "sgd",
    "learning_rate": 0.1,
    "learning_rate_decay": "per_epoch",
    "decay_per_epoch": 0.25,
    "momentum": 0.5,
    "momentum_increase": 0.2,
    "momentum_limit": 0.8,
    "epoch_steps": 3,
  }
  return TrainingConfig(steps=20, **{**usual, **options})


def _weights():
  return [tf.Variable(tf.ones(shape)) for shape in _SHAPES]


def _drive(optimizer, weights, steps):
  """Weights after each of some steps, compiled."""

  @tf.function
  def step(gradients):
    optimizer.apply(gradients, weights)

  after = []
  for i in steps:
    step([tf.constant(g) for g in _gradients(i)])
    after.append([weight.numpy() for weight in weights])
  return after


def _torch_sgd(steps, dampening):
  """`optim.sgd`, line by line: its first momentum buffer is the gradient."""
  weights = [np.ones(shape) for shape in _SHAPES]
  buffers, after = None, []
  for step in range(steps):
    rate = 0.1 / 1.25 ** (step // 3)
    momentum = min(0.5 + 0.2 * (step // 3), 0.8)
    gradients = _gradients(step)
    if buffers is None:
      buffers = [g.astype(np.float64) for g in gradients]
    else:
      share = 1.0 - momentum if dampening else 1.0
      buffers = [
        momentum * b + share * g
        for b, g in zip(buffers, gradients, strict=True)
      ]
    weights = [w - rate * b for w, b in zip(weights, buffers, strict=True)]
    after.append(weights)
  return after


@pytest.mark.parametrize("dampening", [True, False])
def test_sgd_takes_the_steps_of_torch(dampening):
  """Ten steps, over which rate and momentum change and the latter is capped."""
  optimizer = optimizers.make_optimizer(_config(dampening=dampening), [20])
  actual = _drive(optimizer, _weights(), range(10))
  expected = _torch_sgd(10, dampening)
  for step, (ours, theirs) in enumerate(zip(actual, expected, strict=True)):
    for weight, reference in zip(ours, theirs, strict=True):
      np.testing.assert_allclose(weight, reference, 1e-5, 1e-6, str(step))


@pytest.mark.parametrize("dampening, length", [(True, 1.0), (False, 4.0)])
def test_dampening_shortens_the_path_by_one_minus_the_momentum(
  dampening, length
):
  """Under a constant gradient: v tends to g, or to g / (1 - m)."""
  config = _config(
    dampening=dampening,
    momentum=0.75,
    momentum_increase=0.0,
    learning_rate_decay="constant",
  )
  optimizer = optimizers.make_optimizer(config, [20])
  weight = tf.Variable(0.0)
  optimizer.build([weight])
  positions = []
  for _ in range(60):
    optimizer.apply([tf.constant(1.0)], [weight])
    positions.append(float(weight))
  np.testing.assert_allclose(positions[0], -0.1, rtol=1e-6)
  np.testing.assert_allclose(
    positions[-2] - positions[-1], 0.1 * length, rtol=1e-4
  )


_EPOCHS = (0, 1, 100, 499)


@pytest.mark.parametrize(
  "suffix, rates, momenta",
  [
    ("", (0.02, 0.019992, 0.01921594, 0.01638182), (0.5, 0.5008, 0.58, 0.8)),
    (
      "_eyescream",
      (0.02, 0.01999992, 0.019992, 0.01996012),
      (0.5, 0.5008, 0.58, 0.7),
    ),
  ],
)
def test_schedules_of_the_paper_and_of_its_code(suffix, rates, momenta):
  """Section 3 and the authors' scripts, from the first epoch to the last."""
  config = presets.PRESETS[f"lapgan_cifar10{suffix}"]().training
  assert (config.epoch_steps, config.dampening) == (704, True)
  assert config.steps == 704 * 500
  schedule = learning_rates.StagedSchedule(config, [config.steps])
  momentum = optimizers.make_optimizer(config, [config.steps]).momentum
  for epoch, rate, expected in zip(_EPOCHS, rates, momenta, strict=True):
    for step in (704 * epoch, 704 * epoch + 703):
      np.testing.assert_allclose(schedule(tf.constant(step)), rate, rtol=4e-5)
      np.testing.assert_allclose(momentum(step), expected, rtol=1e-6)


def test_the_rate_ends_at_its_floor():
  """However many epochs follow."""
  config = _config(learning_rate_floor=0.05)
  rate = learning_rates.StagedSchedule(config, [20])
  actual = [float(rate(tf.constant(step))) for step in (0, 3, 6, 9, 12, 600)]
  np.testing.assert_allclose(
    actual, [0.1, 0.08, 0.064, 0.0512, 0.05, 0.05], rtol=1e-6
  )


@contextlib.contextmanager
def _policy(name):
  before = tf.keras.mixed_precision.global_policy()
  tf.keras.mixed_precision.set_global_policy(name)
  try:
    yield
  finally:
    tf.keras.mixed_precision.set_global_policy(before)


def test_float16_scales_the_loss_and_takes_the_same_steps():
  """An overflow skips a step, and the next is the first: v = g."""
  with _policy("mixed_bfloat16"):
    plain = optimizers.make_optimizer(_config(), [20])
  assert isinstance(plain, optimizers.DampenedSGD)
  with _policy("mixed_float16"):
    optimizer = optimizers.make_optimizer(_config(), [20])
  assert isinstance(optimizer, tf.keras.optimizers.LossScaleOptimizer)
  assert isinstance(optimizer.inner_optimizer, optimizers.DampenedSGD)
  weight = tf.Variable(1.0)
  optimizer.build([weight])
  scale = float(optimizer.scale_loss(tf.constant(1.0)))
  assert scale == 2.0**15
  optimizer.apply([tf.constant(np.inf)], [weight])
  assert float(weight) == 1.0
  assert float(optimizer.scale_loss(tf.constant(1.0))) == scale / 2
  optimizer.apply([tf.constant(3.0 * scale / 2)], [weight])
  np.testing.assert_allclose(weight, 0.7, rtol=1e-6)


@pytest.mark.parametrize("policy", ["float32", "mixed_float16"])
@pytest.mark.parametrize("name", ["adam", "sgd"])
def test_a_stored_optimizer_goes_on_bit_for_bit(tmp_path, name, policy):
  """Velocities and the step are in its checkpoint."""

  def make():
    with _policy(policy):
      optimizer = optimizers.make_optimizer(_config(optimizer=name), [20])
    weights = _weights()
    optimizer.build(weights)
    return optimizer, weights

  optimizer, weights = make()
  whole = _drive(optimizer, weights, range(4))
  folder = tmp_path / "checkpoints"
  checkpoints.Checkpoints(folder, {"optimizer": optimizer}).save()
  whole += _drive(optimizer, weights, range(4, 7))
  resumed, weights = make()
  assert checkpoints.Checkpoints(folder, {"optimizer": resumed}).restore()
  for weight, value in zip(weights, whole[3], strict=True):
    weight.assign(value)
  after = _drive(resumed, weights, range(4, 7))
  for actual, expected in zip(after, whole[4:], strict=True):
    for weight, value in zip(actual, expected, strict=True):
      np.testing.assert_array_equal(weight, value)


@pytest.mark.parametrize("size", [1.0, 1e-4, 1e-6])
def test_rmsprop_has_its_epsilon_behind_the_root(size):
  """A first step of rate / sqrt(0.1), however small the gradient is."""
  config = TrainingConfig(
    steps=2,
    optimizer="rmsprop",
    learning_rate=0.01,
    learning_rate_decay="constant",
  )
  weight = tf.Variable([1.0])
  optimizer = optimizers.make_optimizer(config, [2])
  optimizer.apply([tf.constant([size])], [weight])
  np.testing.assert_allclose(1.0 - weight, 0.01 / 0.1**0.5, rtol=2e-3)
  moved = weight.numpy()
  optimizer.apply([tf.constant([0.0])], [weight])
  np.testing.assert_array_equal(weight, moved)


def test_players_of_a_game_have_adam_without_first_moment():
  """Whatever moves the rest, unless rmsprop is asked for."""
  config = TrainingConfig(steps=2, optimizer="sgd", adversary_learning_rate=0.3)
  players = optimizers.of_players(config)
  made = optimizers.make_optimizer(players, [2])
  assert isinstance(made, tf.keras.optimizers.Adam)
  assert (made.beta_1, made.beta_2) == (0.0, 0.99)
  np.testing.assert_allclose(made.learning_rate, 0.3)
  other = dataclasses.replace(config, adversary_optimizer="rmsprop")
  assert optimizers.of_players(other).optimizer == "rmsprop"
