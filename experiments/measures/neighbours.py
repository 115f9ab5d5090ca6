"""The nearest training images of samples, which tell copies."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from experiments.data.batches import Split

_AT_ONCE = 2000


class Neighbours(NamedTuple):
  """The nearest images of each sample.

  Attributes:
    index: int64 `[N, count]`, the positions of the images in the split, nearest
      first.
    distance: float64 `[N, count]`, Euclidean distances of pixels in [0, 1].
  """

  index: np.ndarray
  distance: np.ndarray


def nearest(
  samples: np.ndarray,
  split: Split,
  count: int = 1,
  report: Callable[[int, int], None] | None = None,
) -> Neighbours:
  """Searches a split, a chunk of images at a time.

  Args:
    samples: uint8 `[N, height, width, channels]`.
    split: The images to search, of the same shape.
    count: How many neighbours each sample gets, at most as many as the split
      has images.
    report: Called with the number of images searched and of all, after each
      chunk; what it raises ends the search.

  Raises:
    ValueError: If shapes or the count do not go together.
  """
  if samples.shape[1:] != split.image_shape:
    raise ValueError(
      f"Samples are {samples.shape[1:]}, the split's images "
      f"{split.image_shape}."
    )
  if not 1 <= count <= split.num_images:
    raise ValueError(
      f"count lies in 1 to {split.num_images}, the images there are; got "
      f"{count}."
    )
  # Products and sums of bytes are whole numbers, exact in float64.
  points = samples.reshape(len(samples), -1).astype(np.float64)
  squares = (points * points).sum(1)[:, None]
  index = np.zeros((len(points), 0), np.int64)
  best = np.zeros((len(points), 0))
  for start in range(0, split.num_images, _AT_ONCE):
    size = min(_AT_ONCE, split.num_images - start)
    chunk = split.images(start, size).reshape(size, -1).astype(np.float64)
    squared = squares + (chunk * chunk).sum(1) - 2.0 * (points @ chunk.T)
    numbers = np.broadcast_to(np.arange(start, start + size), squared.shape)
    best = np.concatenate([best, squared], 1)
    index = np.concatenate([index, numbers], 1)
    order = np.argsort(best, axis=1, kind="stable")[:, :count]
    best = np.take_along_axis(best, order, 1)
    index = np.take_along_axis(index, order, 1)
    if report is not None:
      report(start + size, split.num_images)
  return Neighbours(index, np.sqrt(np.maximum(best, 0.0)) / 255.0)
