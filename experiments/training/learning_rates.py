"""Learning rates over the stages of a training."""

import math
from collections.abc import Sequence

import tensorflow as tf

from experiments.config.training_config import TrainingConfig


class StagedSchedule(tf.keras.optimizers.schedules.LearningRateSchedule):
  """Warm-up and decay, anew in every segment of the steps."""

  def __init__(self, config: TrainingConfig, segments: Sequence[int]):
    """Initializes the schedule.

    Args:
      config: Peak, decay and warm-up.
      segments: Lengths in steps; the schedule starts again after each.
    """
    self._config = config
    self._segments = tuple(segments)

  def __call__(self, step):
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
    if self._config.learning_rate_decay == "per_epoch":
      epoch = tf.floor(position / self._config.epoch_steps)
      rate = tf.maximum(
        rate / tf.pow(1.0 + self._config.decay_per_epoch, epoch),
        self._config.learning_rate_floor,
      )
    if self._config.warmup_steps:
      rate *= tf.minimum((position + 1.0) / self._config.warmup_steps, 1.0)
    return rate

  def get_config(self):
    """Arguments of the constructor."""
    return {"config": self._config, "segments": self._segments}
