"""Optimizers of a training configuration."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from experiments.config.training_config import TrainingConfig
from experiments.training import learning_rates

keras = tf.keras


@keras.utils.register_keras_serializable("experiments")
class DampenedSGD(keras.optimizers.Optimizer):
  """SGD with momentum as Torch's `optim.sgd` has it.

  v <- g in the first step, v <- m v + (1 - d) g after it, w <- w - rate v. With
  dampening d = m, as Torch has it by default, a step is 1 - m times as long as
  that of Keras' SGD. The momentum m rises from epoch to epoch, up to a limit.
  """

  def __init__(
    self,
    learning_rate: float | keras.optimizers.schedules.LearningRateSchedule,
    momentum: float = 0.0,
    momentum_increase: float = 0.0,
    momentum_limit: float = 1.0,
    epoch_steps: int = 1,
    dampening: bool = True,
    name: str = "sgd",
    **options,
  ):
    """Initializes the optimizer.

    Args:
      learning_rate: A number, or a schedule over the steps.
      momentum: m in the first epoch.
      momentum_increase: What every epoch adds to m.
      momentum_limit: The largest m.
      epoch_steps: Steps of an epoch.
      dampening: Whether d is m, or 0.
      name: Name of the optimizer.
      **options: Further arguments of Keras' optimizers.
    """
    super().__init__(learning_rate=learning_rate, name=name, **options)
    self._arguments = {
      "momentum": momentum,
      "momentum_increase": momentum_increase,
      "momentum_limit": momentum_limit,
      "epoch_steps": epoch_steps,
      "dampening": dampening,
    }

  def get_config(self) -> dict[str, Any]:
    """Returns the arguments of the constructor as plain data."""
    return {**super().get_config(), **self._arguments}

  def build(self, variables: Sequence[keras.Variable]) -> None:
    """Creates v for every variable."""
    if self.built:
      return
    super().build(variables)
    self._velocities = self.add_optimizer_variables(variables, "velocity")

  def momentum(self, step: int | tf.Tensor) -> tf.Tensor:
    """Returns m in `step`, counted from 0; a float32 scalar."""
    given = self._arguments
    epoch = tf.cast(
      tf.convert_to_tensor(step) // given["epoch_steps"], tf.float32
    )
    return tf.minimum(
      given["momentum"] + given["momentum_increase"] * epoch,
      given["momentum_limit"],
    )

  def update_step(
    self,
    gradient: tf.Tensor,
    variable: keras.Variable,
    learning_rate: tf.Tensor,
  ) -> None:
    """Moves one variable."""
    velocity = self._velocities[self._get_variable_index(variable)]
    rate = keras.ops.cast(learning_rate, variable.dtype)
    gradient = keras.ops.cast(gradient, variable.dtype)
    momentum = keras.ops.cast(self.momentum(self.iterations), variable.dtype)
    dampening = momentum * float(self._arguments["dampening"])
    moved = keras.ops.where(
      self.iterations == 0,
      gradient,
      momentum * velocity + (1.0 - dampening) * gradient,
    )
    self.assign(velocity, moved)
    self.assign_sub(variable, rate * moved)


def of_players(config: TrainingConfig) -> TrainingConfig:
  """Returns how generators and discriminators beside the main model train."""
  return dataclasses.replace(
    config,
    optimizer=config.adversary_optimizer,
    learning_rate=config.adversary_learning_rate,
    adam_beta_1=0.0,
    adam_beta_2=0.99,
  )


def make_optimizer(
  config: TrainingConfig, segments: Sequence[int]
) -> keras.optimizers.Optimizer:
  """Makes the optimizer of a configuration, scaling losses under float16.

  Args:
    config: The name of the optimizer, its rates and its momentum.
    segments: Lengths in steps after which the learning rate starts again.
  """
  rate = learning_rates.StagedSchedule(config, segments)
  if config.optimizer == "adam":
    optimizer = keras.optimizers.Adam(
      rate, beta_1=config.adam_beta_1, beta_2=config.adam_beta_2
    )
  elif config.optimizer == "rmsprop":
    # Keras adds epsilon before the root; this is 1e-8 behind it.
    optimizer = keras.optimizers.RMSprop(rate, rho=0.9, epsilon=1e-16)
  else:
    optimizer = DampenedSGD(
      rate,
      config.momentum,
      config.momentum_increase,
      config.momentum_limit,
      config.epoch_steps,
      config.dampening,
    )
  if keras.mixed_precision.global_policy().name == "mixed_float16":
    return keras.optimizers.LossScaleOptimizer(optimizer)
  return optimizer
