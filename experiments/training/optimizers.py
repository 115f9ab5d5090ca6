"""Optimizers of a training configuration."""

from collections.abc import Sequence

import tensorflow as tf

from experiments.config.training_config import TrainingConfig
from experiments.training import learning_rates

keras = tf.keras


class DampenedSGD(keras.optimizers.Optimizer):
  """SGD with momentum as Torch's `optim.sgd` has it.

  v <- g in the first step, v <- m v + (1 - d) g after it, w <- w - rate v. With
  dampening d = m, as Torch has it by default, a step is 1 - m times as long as
  that of Keras' SGD.
  """

  def __init__(self, learning_rate, momentum, dampening: bool, name="sgd"):
    """Initializes the optimizer.

    Args:
      learning_rate: A number or a schedule.
      momentum: A function of the step, an integer tensor counted from 0.
      dampening: Whether d is m, or 0.
      name: Of the optimizer.
    """
    super().__init__(learning_rate=learning_rate, name=name)
    self._momentum = momentum
    self._dampening = dampening

  def build(self, variables):
    """Creates v for every variable."""
    if self.built:
      return
    super().build(variables)
    self._velocities = self.add_optimizer_variables(variables, "velocity")

  def update_step(self, gradient, variable, learning_rate):
    """Moves one variable."""
    velocity = self._velocities[self._get_variable_index(variable)]
    rate = keras.ops.cast(learning_rate, variable.dtype)
    gradient = keras.ops.cast(gradient, variable.dtype)
    momentum = keras.ops.cast(self._momentum(self.iterations), variable.dtype)
    new = (1.0 - momentum * float(self._dampening)) * gradient
    moved = keras.ops.where(
      self.iterations == 0, gradient, momentum * velocity + new
    )
    self.assign(velocity, moved)
    self.assign_sub(variable, rate * moved)


def momentum_schedule(config: TrainingConfig):
  """Momentum by step: it rises from epoch to epoch, up to a limit."""

  def momentum(step):
    epoch = tf.cast(
      tf.convert_to_tensor(step) // config.epoch_steps, tf.float32
    )
    return tf.minimum(
      config.momentum + config.momentum_increase * epoch, config.momentum_limit
    )

  return momentum


def make_optimizer(
  config: TrainingConfig, segments: Sequence[int]
) -> keras.optimizers.Optimizer:
  """The optimizer of a configuration, scaling losses under float16.

  Args:
    config: Which, and its rates.
    segments: As of `StagedSchedule`.
  """
  rate = learning_rates.StagedSchedule(config, segments)
  if config.optimizer == "adam":
    optimizer = keras.optimizers.Adam(rate, beta_1=config.adam_beta_1)
  else:
    optimizer = DampenedSGD(rate, momentum_schedule(config), config.dampening)
  if keras.mixed_precision.global_policy().name == "mixed_float16":
    return keras.optimizers.LossScaleOptimizer(optimizer)
  return optimizer
