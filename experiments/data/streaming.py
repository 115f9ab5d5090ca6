"""Reads training images from their files as they are needed, and keeps none.

This is for datasets whose decoded images fit on no disk at hand. The files are
TFRecords of a dataset prepared by TFDS, on this machine or at an address such
as gs://bucket, and each worker reads its own. The cache is the better choice
where it fits: its images are decoded once and shuffled over the whole epoch,
while the order here is only as random as a shuffle of the files, and a buffer
of images, can make it.
"""

import numpy as np
import tensorflow as tf

from experiments.data import batches, image_order, image_source, read_errors
from experiments.data.batches import Split
from experiments.data.window import Window

# So many files are read at once, an image from each in turn.
_FILES_AT_ONCE = 16


class StreamedSplit:
  """Any number of training images, with what a training needs of `Split`.

  Attributes:
    num_images: The number of images per epoch.
    image_shape: `(size, size, 3)`.
    has_labels: Whether the images have classes.
    horizontal_flip: Whether `training_batches` mirrors half of the images.
  """

  def __init__(
    self,
    records: image_source.Records,
    window: Window,
    has_labels: bool,
    horizontal_flip: bool = True,
    buffer: int = 10_000,
  ):
    """Takes down what to read; no file is opened yet.

    Args:
      records: The files.
      window: The window that is kept of each image.
      has_labels: Whether the images have classes.
      horizontal_flip: The attribute of this name.
      buffer: The number of images, not decoded, among which the next is drawn.
    """
    self._records = records
    self._window = window
    self._buffer = buffer
    self.has_labels = has_labels
    self.num_images = int(sum(records.counts))
    self.image_shape = (window.size, window.size, 3)
    self.horizontal_flip = horizontal_flip

  def batches(self, batch_size: int) -> tf.data.Dataset:
    """Yields every image once, in the files' order, as `Split.batches` does."""
    serialised = tf.data.TFRecordDataset(list(self._records.files))
    return self._decoded(serialised).batch(batch_size).prefetch(2)

  def images(self, start: int, count: int) -> np.ndarray:
    """Returns `count` uint8 images from `start` on; reads all those before."""
    return self.part(start, start + count).images()

  def part(self, start: int, stop: int) -> Split:
    """Returns images from `start` up to `stop`, decoded, in memory.

    Raises:
      DatasetUnavailable: If they cannot be read.
    """
    strings = tf.data.TFRecordDataset(list(self._records.files))
    examples = self._decoded(strings.skip(start).take(stop - start))
    with read_errors.explained("The training images"):
      read = list(examples.as_numpy_iterator())
    labels = None
    if self.has_labels:
      labels = np.array([example["label"] for example in read], np.int32)
    images = np.stack([example["image"] for example in read])
    return Split(images, labels, self.horizontal_flip)

  def photographs(self, count: int) -> Split:
    """Returns the first images in memory, as `Split.photographs` does."""
    return self.part(0, min(count, self.num_images))

  def training_batches(
    self,
    batch_size: int,
    seed: int,
    start_step: int = 0,
    first_replica: int = 0,
    local_replicas: int = 1,
    num_replicas: int = 1,
    flip: bool | None = None,
  ) -> tf.data.Dataset:
    """Returns an endless stream, each epoch in another order.

    The arguments and the examples are those of `Split.training_batches`.
    Workers read different files or, where there are fewer files than workers,
    different images of all files. So no image is read twice, and which images
    share a step depends on the number of workers. A restart reads, without
    decoding, what the epoch had read before.

    Raises:
      ValueError: If the batch cannot be shared out like that.
    """
    batches.check_shares(
      batch_size, first_replica, local_replicas, num_replicas
    )
    share = batch_size // num_replicas
    flip = self.horizontal_flip if flip is None else flip
    workers = num_replicas // local_replicas
    strings = self._shuffled(
      seed,
      start_step * share * local_replicas,
      workers,
      first_replica // local_replicas,
    )

    def mirrored(
      n: tf.Tensor, example: dict[str, tf.Tensor]
    ) -> dict[str, tf.Tensor]:
      if not flip:
        return example
      step = start_step + n // local_replicas
      first = share * (first_replica + n % local_replicas)
      flips = image_order.flips(seed, step, batch_size)[first : first + share]
      image = example["image"]
      image = tf.where(flips[:, None, None, None], image[:, :, ::-1], image)
      return {**example, "image": image}

    return (
      self._decoded(strings)
      .batch(share, drop_remainder=True)
      .enumerate()
      .map(mirrored, num_parallel_calls=2, deterministic=True)
      .prefetch(2 * local_replicas)
    )

  def _shuffled(
    self, seed: int, skipped: int, workers: int, worker: int
  ) -> tf.data.Dataset:
    """Returns a worker's strings, epoch after epoch, after `skipped` others."""
    files, counts = list(self._records.files), list(self._records.counts)
    by_file = len(files) >= workers
    if by_file:
      files, counts = files[worker::workers], counts[worker::workers]
      per_epoch = sum(counts)
    else:
      per_epoch = len(range(worker, sum(counts), workers))
    first, skipped = divmod(skipped, per_epoch)

    def epoch(number: tf.Tensor) -> tf.data.Dataset:
      # This sets the seed of this function's graph alone. The order must not
      # depend on the program's global seed; besides, if that were 0, `shuffle`
      # would refuse a seed that is a tensor, as it is below.
      tf.random.set_seed(1)
      positions = number * len(files) + tf.range(len(files), dtype=tf.int64)
      order = image_order.shuffled_indices(positions, len(files), seed)
      strings = tf.data.Dataset.from_tensor_slices(
        tf.gather(tf.constant(files), order)
      ).interleave(
        tf.data.TFRecordDataset,
        cycle_length=min(_FILES_AT_ONCE, len(files)),
        num_parallel_calls=tf.data.AUTOTUNE,
        deterministic=True,
      )
      if not by_file:
        strings = strings.shard(workers, worker)
      return strings.shuffle(
        min(self._buffer, per_epoch),
        seed=seed + number,
        reshuffle_each_iteration=False,
      )

    epochs = tf.data.Dataset.range(first, np.iinfo(np.int64).max)
    return epochs.flat_map(epoch).skip(skipped)

  def _decoded(self, strings: tf.data.Dataset) -> tf.data.Dataset:
    """Returns windows of the images, and their labels."""

    def example(string: tf.Tensor) -> dict[str, tf.Tensor]:
      parsed = self._records.parse(string)
      window = {"image": self._window.cut(parsed["image"])}
      if self.has_labels:
        window["label"] = tf.cast(parsed["label"], tf.int32)
      return window

    return strings.map(
      example, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
