"""Training images read from their files as they are needed; none are kept.

For datasets whose decoded images no disk here holds. The files are TFRecords of
a dataset prepared by TFDS, here or at an address such as gs://bucket, of which
each worker reads its own. What is cached instead is decoded once, costs nothing
per step and is shuffled over the whole epoch; here the order is only as random
as files, and a buffer of images, can make it.
"""

import numpy as np
import tensorflow as tf

from experiments.data import batches, image_order, image_source

# Files read at once, an image from each in turn.
_FILES_AT_ONCE = 16


class StreamedSplit:
  """Training images of any number; as `Split` where a training reads one.

  Attributes:
    num_images: Images per epoch.
    image_shape: `(size, size, 3)`.
    has_labels: Whether the images have classes.
    horizontal_flip: Whether `training_batches` mirrors half of the images.
  """

  def __init__(
    self,
    records: image_source.Records,
    window: image_source.Window,
    has_labels: bool,
    horizontal_flip: bool = True,
    buffer: int = 10_000,
  ):
    """Opens no file yet.

    Args:
      records: The files.
      window: What is kept of each image.
      has_labels: Whether the images have classes.
      horizontal_flip: See the attribute.
      buffer: Images, not decoded, among which the next is drawn.
    """
    self._records = records
    self._window = window
    self._buffer = buffer
    self.has_labels = has_labels
    self.num_images = int(sum(records.counts))
    self.image_shape = (window.size, window.size, 3)
    self.horizontal_flip = horizontal_flip

  def batches(self, batch_size: int) -> tf.data.Dataset:
    """Every image once, in the order of the files; see `Split.batches`."""
    serialised = tf.data.TFRecordDataset(list(self._records.files))
    return self._decoded(serialised).batch(batch_size).prefetch(2)

  def images(self, start: int, count: int) -> np.ndarray:
    """`count` images from `start` on, uint8; reads all files up to there."""
    strings = tf.data.TFRecordDataset(list(self._records.files))
    wanted = self._decoded(strings.skip(start).take(count))
    return np.stack([x["image"] for x in wanted.as_numpy_iterator()])

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
    """An endless stream, each epoch in another order; as `Split`'s.

    Workers read different files or, where there are fewer files than workers,
    different images of all; so none is read by two, and which images share a
    step depends on the number of workers. A restart reads, without decoding,
    what the epoch had read before.

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

    def mirrored(n, example):
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

  def _shuffled(self, seed, skipped, workers, worker):
    """A worker's strings, epoch after epoch, without the first `skipped`."""
    files, counts = list(self._records.files), list(self._records.counts)
    by_file = len(files) >= workers
    if by_file:
      files, counts = files[worker::workers], counts[worker::workers]
      per_epoch = sum(counts)
    else:
      per_epoch = len(range(worker, sum(counts), workers))
    first, skipped = divmod(skipped, per_epoch)

    def epoch(number):
      # Of this function's graph alone: the order must not depend on the global
      # seed, and beside one of 0 a tensor is not accepted below.
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

  def _decoded(self, strings):
    """Windows of the images, and their labels."""

    def example(string):
      found = self._records.parse(string)
      window = {"image": self._window.cut(found["image"])}
      if self.has_labels:
        window["label"] = tf.cast(found["label"], tf.int32)
      return window

    return strings.map(
      example, num_parallel_calls=tf.data.AUTOTUNE, deterministic=True
    )
