"""Seeds of the noise of training steps."""

from collections.abc import Sequence

import tensorflow as tf


def of_step(numbers: Sequence[int], step: tf.Tensor) -> tf.Tensor:
  """Returns a seed of a training, one of its steps and the replica.

  Args:
    numbers: Two integers that tell trainings apart.
    step: The number of steps that were taken, a scalar.

  Returns:
    int32 `[2]`.
  """
  seed = tf.random.fold_in(tf.constant(numbers), tf.cast(step, tf.int32))
  replica = tf.distribute.get_replica_context().replica_id_in_sync_group
  return tf.random.fold_in(seed, tf.cast(replica, tf.int32))
