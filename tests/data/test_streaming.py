"""Streamed images: every one once an epoch, the same after a restart."""

import collections
import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from experiments.data import image_source, streaming

_COUNTS = (5, 7, 4, 6)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
  """Four files of PNGs whose every pixel and label is the image's number."""
  folder = tmp_path_factory.mktemp("records")
  files, number = [], 0
  for i, count in enumerate(_COUNTS):
    files.append(str(folder / f"images-{i}"))
    with tf.io.TFRecordWriter(files[-1]) as writer:
      for _ in range(count):
        image = tf.fill([6, 8, 3], tf.cast(number, tf.uint8))
        writer.write(tf.io.encode_png(image).numpy())
        number += 1

  def parse(string):
    image = tf.io.decode_png(string, channels=3)
    label = tf.cast(image[0, 0, 0], tf.int64)
    return {"image": image, "label": label, "name": "", "problem": ""}

  return image_source.Records(files=files, counts=_COUNTS, parse=parse)


def _split(records, **options):
  window = image_source.Window(size=4)
  return streaming.StreamedSplit(records, window, True, **options)


def _numbers(batches, count):
  """Labels of the first `count` batches, which their pixels repeat."""
  found = []
  for batch in batches.take(count).as_numpy_iterator():
    assert batch["image"].shape[1:] == (4, 4, 3)
    assert batch["image"].dtype == np.uint8
    pixels = batch["image"].reshape(len(batch["label"]), -1)
    assert np.all(pixels == batch["label"][:, None])
    found.append(batch["label"].tolist())
  return found


def test_an_epoch_has_every_image_once(records):
  """In another order each time."""
  split = _split(records, buffer=8)
  assert split.num_images == 22 and split.image_shape == (4, 4, 3)
  stream = sum(_numbers(split.training_batches(2, seed=1), 22), [])
  first, second = stream[:22], stream[22:]
  assert sorted(first) == sorted(second) == list(range(22))
  assert first != second and first != sorted(first)


def test_files_are_shuffled_even_without_a_buffer(records):
  """The first image is not always that of the first file."""
  starts = {
    _numbers(_split(records, buffer=1).training_batches(1, seed=i), 1)[0][0]
    for i in range(12)
  }
  assert len(starts) > 1 and starts <= {0, 5, 12, 16}


@pytest.mark.parametrize("step", [1, 5, 6, 14])
def test_a_restart_goes_on_where_the_stream_was(records, step):
  """Within an epoch, and beyond the first; flips too."""
  split = _split(records, buffer=8)
  whole = _numbers(split.training_batches(4, seed=3), 18)
  rest = _numbers(split.training_batches(4, seed=3, start_step=step), 4)
  assert rest == whole[step : step + 4]


def test_seeds_give_different_orders(records):
  """And a seed always the same."""
  orders = [
    _numbers(_split(records).training_batches(11, seed=seed), 2)
    for seed in (1, 1, 2)
  ]
  assert orders[0] == orders[1] != orders[2]


def test_the_order_does_not_depend_on_the_global_seed(records):
  """Which a training sets, usually to 0, and which the stream leaves alone."""
  orders, drawn = [], []
  for seed in (0, 3, 3):
    tf.random.set_seed(seed)
    orders.append(_numbers(_split(records).training_batches(11, seed=1), 2))
    drawn.append(float(tf.random.normal([])))
  assert orders[0] == orders[1] == orders[2]
  assert drawn[0] != drawn[1] == drawn[2]


@pytest.mark.parametrize("workers", [2, 3, 6])
def test_workers_share_the_images_without_overlap_or_loss(records, workers):
  """By files, or image by image where there are more workers than files."""
  split = _split(records, buffer=4)
  seen = collections.Counter()
  for worker in range(workers):
    share = 22 // workers + (worker < 22 % workers)
    if workers <= len(_COUNTS):
      share = sum(_COUNTS[worker::workers])
    stream = split.training_batches(
      workers, seed=5, first_replica=worker, num_replicas=workers
    )
    seen.update(sum(_numbers(stream, share), []))
  assert seen == dict.fromkeys(range(22), 1)


def test_half_of_the_images_are_mirrored(records):
  """Whole images, and none unless the configuration says so."""
  ramp = np.broadcast_to(np.arange(12, dtype=np.uint8)[:, None], (12, 12, 3))
  ramps = dataclasses.replace(
    records, parse=lambda _: {"image": tf.constant(ramp)}
  )
  split = streaming.StreamedSplit(ramps, image_source.Window(size=12), False)
  images = next(iter(split.training_batches(100, seed=0)))["image"].numpy()
  mirrored = images[:, 0, 0, 0] == 11
  assert np.all(images[~mirrored] == ramp)
  assert np.all(images[mirrored] == ramp[:, ::-1])
  assert 30 < mirrored.sum() < 70
  as_they_are = next(iter(split.training_batches(9, seed=0, flip=False)))
  assert np.all(as_they_are["image"] == ramp)


def test_images_are_held_out_by_whole_files(records):
  """None of the first so many is left."""
  for count, left in ((0, 4), (1, 3), (5, 3), (6, 2), (12, 2), (13, 1)):
    assert len(records.without_first(count).files) == left
  with pytest.raises(ValueError, match="the first 17 lie in all 4 of them"):
    records.without_first(17)


def test_images_in_order_are_those_of_the_files(records):
  """For statistics and nearest neighbours."""
  split = _split(records)
  assert sum(_numbers(split.batches(5), 5), []) == list(range(22))
  assert split.images(6, 3)[:, 0, 0, 0].tolist() == [6, 7, 8]
