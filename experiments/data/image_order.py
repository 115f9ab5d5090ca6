"""Chooses which image comes when, from the seed and the position alone."""

import tensorflow as tf

# These keep the permutations and the flips of one seed apart.
_SHUFFLE_STREAM = 0x5EED
_FLIP_STREAM = 0xF11B


def shuffled_indices(
  positions: tf.Tensor, num_images: int, seed: int
) -> tf.Tensor:
  """Returns the images at some positions of the endless stream of a seed.

  Args:
    positions: int64 `[B]`, at least 0; they may lie in different epochs.
    num_images: The number of images per epoch.
    seed: An integer that selects the permutations.

  Returns:
    int64 `[B]` in [0, num_images). Over the positions of one epoch it is a
    permutation.
  """
  epoch = positions // num_images
  # The raw op behind `tf.random.experimental.index_shuffle`, whose wrapper
  # refuses one seed per element (it pads the wrong axis of a seed matrix).
  seeds = tf.stack(
    [
      tf.fill(tf.shape(epoch), tf.constant(_SHUFFLE_STREAM, tf.int64)),
      tf.fill(tf.shape(epoch), tf.constant(seed, tf.int64)),
      epoch,
    ],
    axis=-1,
  )
  return tf.raw_ops.RandomIndexShuffle(
    index=positions % num_images,
    seed=seeds,
    max_index=tf.constant(num_images - 1, tf.int64),
    rounds=4,
  )


def flips(seed: int, step: tf.Tensor, batch_size: int) -> tf.Tensor:
  """Chooses the images of a step's global batch that are mirrored.

  Args:
    seed: An integer that selects the flips.
    step: The number of the step, int64 `[]`.
    batch_size: The number of images per step over all replicas.

  Returns:
    bool `[batch_size]`, True for about half.
  """
  stream = tf.random.fold_in(
    tf.constant([seed, _FLIP_STREAM], tf.int64), tf.cast(step, tf.int64)
  )
  return tf.random.stateless_uniform([batch_size], stream) < 0.5
