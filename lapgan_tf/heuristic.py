"""The distance of a level's bands from real ones."""

import numpy as np
import tensorflow as tf

from lapgan_tf.level import LAPGANLevel


def nearest_distance(
  level: LAPGANLevel,
  band: tf.Tensor,
  low_pass: tf.Tensor,
  seed: tf.Tensor,
  draws: int,
  label: tf.Tensor | None = None,
  weights: str = "averaged",
) -> tf.Tensor:
  """Returns the l2 heuristic of Section 3: min_j ||G_k(z_j, l_k) - h_k||.

  It is blind to diversity, and adding nothing scores well in it: compare with
  the norm of h_k itself, which is what a zero band scores.

  Args:
    level: Level k.
    band: h_k, `[batch, size, size, 3]`, standardised.
    low_pass: l_k, the same shape, of true images: a level that was trained
      with `conditioning_noise` adds none to them.
    seed: int32 `[2]`; selects the noise of all draws.
    draws: Number of noise vectors z_j; the authors drew 128.
    label: Integers `[batch]`; None without classes.
    weights: The set of G_k's weights, one that `LAPGANLevel.generate` knows.

  Returns:
    `[batch]`, Euclidean norms in standardised units.
  """
  count = tf.shape(band)[0]

  def nearer(nearest, j):
    generated = level.generate(
      low_pass,
      tf.random.fold_in(seed, j),
      label,
      weights,
      # l_k is of a true image, which needs no noise.
      conditioning_noise=0.0,
    )
    difference = tf.reshape(generated - band, (count, -1))
    return tf.minimum(nearest, tf.norm(difference, axis=1))

  start = tf.fill([count], np.float32(np.inf))
  return tf.foldl(nearer, tf.range(draws), start)
