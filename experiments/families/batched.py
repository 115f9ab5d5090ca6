"""Images drawn in batches, so that memory does not grow with their number."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
from absl import logging

from pyramid_tf import images


def in_batches(
  draw: Callable[[tf.Tensor, int], tf.Tensor],
  count: int,
  batch_size: int,
  seed: int,
) -> np.ndarray:
  """Draws `count` images, `batch_size` at a time.

  Args:
    draw: (seed int32 `[2]`, number of images) -> floats in [-1, 1].
    count: Images in all.
    batch_size: Most images at a time; the images of a seed depend on it.
    seed: Of the first batch; batch i uses (seed, i).

  Returns:
    uint8 `[count, height, width, 3]`.
  """
  [drawn] = levels_in_batches(
    lambda seed, size, label: [draw(seed, size)], count, batch_size, seed
  )
  return drawn


def levels_in_batches(
  draw: Callable[[tf.Tensor, int, tf.Tensor | None], Sequence[tf.Tensor]],
  count: int,
  batch_size: int,
  seed: int,
  labels: np.ndarray | None = None,
) -> list[np.ndarray]:
  """As `in_batches`, but images of several levels, and of given classes.

  Args:
    draw: (seed, number of images, their labels or None) -> images by level.
    count: As of `in_batches`.
    batch_size: As of `in_batches`.
    seed: As of `in_batches`.
    labels: int32 `[count]`.

  Returns:
    Those of every level, in the order of `draw`.
  """
  batch_size = min(batch_size, count)
  parts = []
  for i, start in enumerate(range(0, count, batch_size)):
    size = min(batch_size, count - start)
    label = None
    # A whole batch is drawn always, so the function is traced once.
    if labels is not None:
      label = tf.constant(np.resize(labels[start : start + size], batch_size))
    drawn = draw(tf.constant([seed, i]), batch_size, label)
    parts.append([images.to_uint8(level[:size]).numpy() for level in drawn])
    if count > batch_size:
      logging.log_every_n_seconds(
        logging.INFO, "%d of %d images.", 5, start + size, count
      )
  return [np.concatenate(level) for level in zip(*parts, strict=True)]
