"""Learning rates over the stages of a training."""

import math
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from experiments.config import stored_json
from experiments.config.training_config import TrainingConfig

_POWER = 0.75


@tf.keras.utils.register_keras_serializable("experiments")
class StagedSchedule(tf.keras.optimizers.schedules.LearningRateSchedule):
  """Warm-up and decay, anew in every segment of the steps."""

  def __init__(self, config: TrainingConfig, segments: Sequence[int]):
    """Initializes the schedule.

    Args:
      config: The largest rate, its decay and its warm-up.
      segments: Lengths in steps; the schedule starts again after each.
    """
    self._config = config
    self._segments = tuple(segments)

  def __call__(self, step: int | tf.Tensor) -> tf.Tensor:
    """The learning rate of `step`, counted from 0; a float32 scalar."""
    step = tf.cast(step, tf.float32)
    start = tf.constant(0.0)
    length = tf.constant(float(self._segments[0]))
    begin = 0
    for segment in self._segments:
      inside = step >= float(begin)
      start = tf.where(inside, float(begin), start)
      length = tf.where(inside, float(segment), length)
      begin += segment
    position = step - start
    rate = tf.constant(self._config.learning_rate)
    if self._config.learning_rate_decay == "cosine":
      fraction = tf.clip_by_value(position / length, 0.0, 1.0)
      rate *= 0.5 * (1.0 + tf.cos(math.pi * fraction))
    if self._config.learning_rate_decay == "power":
      passed = tf.floor(position / self._config.epoch_steps)
      share = tf.minimum(passed * self._config.epoch_steps / length, 1.0)
      rate *= 1.0 - tf.pow(share, _POWER)
    if self._config.learning_rate_decay == "per_epoch":
      epoch = tf.floor(position / self._config.epoch_steps)
      rate = tf.maximum(
        rate / tf.pow(1.0 + self._config.decay_per_epoch, epoch),
        self._config.learning_rate_floor,
      )
    if self._config.warmup_steps:
      rate *= tf.minimum((position + 1.0) / self._config.warmup_steps, 1.0)
    return rate

  def get_config(self) -> dict[str, Any]:
    """Returns the arguments of the constructor as plain data."""
    return {
      "config": stored_json.to_json(self._config),
      "segments": list(self._segments),
    }

  @classmethod
  def from_config(cls, config: dict[str, Any]) -> "StagedSchedule":
    """Makes the schedule that `get_config` described."""
    training = stored_json.from_json(TrainingConfig, config["config"])
    return cls(training, config["segments"])
