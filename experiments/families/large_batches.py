"""Images drawn in batches, so that memory does not grow with their number."""

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf
from absl import logging

from pyramid_tf import images

# (seed int32 `[2]`, number of images, their labels or None) -> the images of
# every level, floats in [-1, 1].
Draw = Callable[[tf.Tensor, int, tf.Tensor | None], Sequence[tf.Tensor]]


def levels_in_batches(
  draw: Draw,
  count: int,
  batch_size: int,
  seed: int,
  labels: np.ndarray | None = None,
  first: int = 0,
) -> list[np.ndarray]:
  """Draws `count` images of every level, `batch_size` at a time.

  Args:
    draw: A compiled function that draws one batch.
    count: The number of images in all.
    batch_size: The most images at a time; the images of a seed depend on it.
    seed: An integer; batch i is drawn with (seed, i).
    labels: Classes of the images, int32 `[count]`; None without classes.
    first: The number of the first batch.

  Returns:
    uint8 `[count, size_k, size_k, 3]` for every level, in the order of `draw`.
  """
  batch_size = min(batch_size, count)
  parts = []
  for i, start in enumerate(range(0, count, batch_size)):
    size = min(batch_size, count - start)
    label = None
    # Every batch is whole, so that the function is traced once.
    if labels is not None:
      label = tf.constant(np.resize(labels[start : start + size], batch_size))
    drawn = draw(tf.constant([seed, first + i]), batch_size, label)
    parts.append([images.to_uint8(level[:size]).numpy() for level in drawn])
    if count > batch_size:
      logging.log_every_n_seconds(
        logging.INFO, "%d of %d images.", 5, start + size, count
      )
  return [np.concatenate(level) for level in zip(*parts, strict=True)]
