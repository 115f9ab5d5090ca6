"""Batches, cached and streamed: each image once an epoch, however it is split.

Image i holds 2 i in its left half and 2 i + 1 in its right; its label is i.
"""

import numpy as np
import pytest
import tensorflow as tf

from experiments.data import batches, image_arrays, image_source, streaming
from experiments.data.window import Window

SEED = 7
_COUNTS = (5, 7, 4, 6)
_IMAGES = np.zeros((100, 4, 4, 3), np.uint8)
_IMAGES += 2 * np.arange(100, dtype=np.uint8)[:, None, None, None]
_IMAGES[:, :, 2:] += 1


def _cached(num_images=22, labels=True):
  numbers = np.arange(num_images) if labels else None
  return batches.Split(_IMAGES[:num_images], numbers)


@pytest.fixture(scope="module")
def records(tmp_path_factory):
  """The first 22 images as PNGs in four files."""
  folder = tmp_path_factory.mktemp("records")
  files, number = [str(folder / str(i)) for i in range(4)], 0
  for file, count in zip(files, _COUNTS, strict=True):
    with tf.io.TFRecordWriter(file) as writer:
      for image in _IMAGES[number : number + count]:
        writer.write(tf.io.encode_png(image).numpy())
    number += count

  def parse(string):
    image = tf.io.decode_png(string, channels=3)
    label = tf.cast(image[0, 0, 0] // 2, tf.int64)
    return {"image": image, "label": label, "name": "", "problem": ""}

  return image_source.Records(files=files, counts=_COUNTS, parse=parse)


def _streamed(records, labels=True, **options):
  window = Window(size=4)
  return streaming.StreamedSplit(records, window, labels, **options)


@pytest.fixture(params=["cached", "streamed"])
def split(request, records):
  """22 images."""
  if request.param == "cached":
    return _cached()
  return _streamed(records, buffer=8)


def _read(dataset, count=None):
  """The numbers of the images of `count` batches, and which are mirrored."""
  numbers, flips = [], []
  for batch in dataset.take(count or -1).as_numpy_iterator():
    images = batch["image"]
    number, mirrored = np.divmod(images[:, 0, 0, 0].astype(int), 2)
    flipped = mirrored[:, None, None, None] == 1
    upright = np.where(flipped, images[:, :, ::-1], images)
    np.testing.assert_array_equal(upright, _IMAGES[number])
    if "label" in batch:
      assert batch["label"].dtype == np.int32
      np.testing.assert_array_equal(batch["label"], number)
    numbers += number.tolist()
    flips += mirrored.tolist()
  return numbers, flips


@pytest.mark.parametrize("batch_size", [4, 16])
def test_every_epoch_is_a_permutation(split, batch_size):
  """No image is dropped or repeated, though batches straddle epochs."""
  stream = split.training_batches(batch_size, SEED)
  numbers, _ = _read(stream, -(-66 // batch_size))
  for epoch in range(3):
    assert sorted(numbers[22 * epoch : 22 * (epoch + 1)]) == list(range(22))


@pytest.mark.parametrize("num_images", [1, 2, 37])
@pytest.mark.parametrize("batch_size", [1, 16])
def test_the_stream_takes_any_number_of_images(num_images, batch_size):
  """There may be fewer than a batch has."""
  stream = _cached(num_images).training_batches(batch_size, SEED)
  numbers, _ = _read(stream, -(-num_images // batch_size))
  assert sorted(numbers[:num_images]) == list(range(num_images))


def test_epochs_and_seeds_have_orders_of_their_own(split):
  """Equal orders would make every epoch show the same batches."""
  one, again, other = (
    _read(split.training_batches(11, seed), 4)[0] for seed in (1, 1, 2)
  )
  assert one == again
  assert one[:22] not in (one[22:], other[:22], list(range(22)))


@pytest.mark.parametrize("step", [1, 5, 6, 14])
def test_a_resumed_stream_continues_the_first(split, step):
  """Batch i depends on (seed, i) only, images and flips alike."""
  whole = np.array(_read(split.training_batches(4, SEED), 18))
  rest = _read(split.training_batches(4, SEED, start_step=step), 4)
  np.testing.assert_array_equal(rest, whole[:, 4 * step : 4 * step + 16])


@pytest.mark.parametrize("num_replicas", [2, 4, 8])
@pytest.mark.parametrize("local_replicas", [1, 2])
def test_replicas_share_the_stream_of_one(num_replicas, local_replicas):
  """Their batches, put side by side, are the single replica's batches."""
  split, steps = _cached(10), 6
  shares = []
  for first in range(0, num_replicas, local_replicas):
    replicas = (first, local_replicas, num_replicas)
    stream = split.training_batches(8, SEED, 0, *replicas)
    share = np.array(_read(stream, steps * local_replicas))
    shares.append(share.reshape(2, steps, -1))
  whole = np.array(_read(split.training_batches(8, SEED), steps))
  together = np.concatenate(shares, axis=2).reshape(whole.shape)
  np.testing.assert_array_equal(together, whole)


@pytest.mark.parametrize("workers", [2, 3, 6])
def test_workers_share_streamed_images_without_overlap_or_loss(
  records, workers
):
  """They share files, or single images where there are too few files."""
  split, numbers = _streamed(records, buffer=4), []
  for worker in range(workers):
    share = len(range(worker, 22, workers))
    if workers <= len(_COUNTS):
      share = sum(_COUNTS[worker::workers])
    stream = split.training_batches(workers, 5, 0, worker, 1, workers)
    numbers += _read(stream, share)[0]
  assert sorted(numbers) == list(range(22))


def test_half_of_the_images_are_mirrored_anew_in_every_epoch(split):
  """Flips are drawn for the step, not for the image."""
  numbers, flips = map(np.array, _read(split.training_batches(22, SEED), 12))
  assert 0.4 < flips.mean() < 0.6
  for i in range(22):
    assert 0 < flips[numbers == i].sum() < 12


@pytest.mark.parametrize("by_default", [True, False])
def test_flip_overrides_the_default(split, by_default):
  """None follows the split; a value wins."""
  split.horizontal_flip = by_default
  for flip, expected in ((None, by_default), (True, True), (False, False)):
    _, flips = _read(split.training_batches(22, SEED, flip=flip), 1)
    assert any(flips) == expected
  split.horizontal_flip = True


def test_evaluation_sees_every_image_once_in_order(split):
  """The last batch is smaller rather than dropped or padded."""
  assert split.num_images == 22 and split.image_shape == (4, 4, 3)
  assert _read(split.batches(5)) == (list(range(22)), [0] * 22)
  sizes = [len(x["label"]) for x in split.batches(5).as_numpy_iterator()]
  assert sizes == [5, 5, 5, 5, 2]
  np.testing.assert_array_equal(split.images(6, 3), _IMAGES[6:9])


def test_a_part_is_a_split_of_its_images(split):
  """With their labels, wherever the images lie."""
  part = split.part(4, 9)
  assert part.labels.tolist() == [4, 5, 6, 7, 8]
  np.testing.assert_array_equal(part.images(), _IMAGES[4:9])
  assert _read(part.batches(3)) == ([4, 5, 6, 7, 8], [0] * 5)


def test_shapes_are_known_before_the_first_image(split, records):
  """A compiled step must not be traced again for an unknown size."""
  training = split.training_batches(8, SEED, num_replicas=2).element_spec
  assert training["image"] == tf.TensorSpec((4, 4, 4, 3), tf.uint8)
  assert training["label"] == tf.TensorSpec((4,), tf.int32)
  assert split.batches(8).element_spec["image"].shape == (None, 4, 4, 3)
  for other in (_cached(labels=False), _streamed(records, labels=False)):
    assert set(other.batches(8).element_spec) == {"image"}


def test_images_are_a_copy():
  """The split itself cannot be written to through them."""
  split = _cached(5)
  split.images(1, 2)[:] = 255
  np.testing.assert_array_equal(split.images(1, 2), _IMAGES[1:3])
  np.testing.assert_array_equal(split.images(3), _IMAGES[3:5])


@pytest.mark.parametrize("start, count", [(0, 6), (-1, 2), (5, 1), (0, -1)])
def test_images_beyond_the_split_are_refused(start, count):
  """NumPy would return fewer without a word."""
  with pytest.raises(ValueError, match=f"0 to 4, got start={start}.*={count}"):
    _cached(5).images(start, count)


@pytest.mark.parametrize(
  "options, message",
  [
    ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
    ({"batch_size": 6, "num_replicas": 4}, "6 .* 4 replicas.*multiple of 4"),
    ({"first_replica": 1, "local_replicas": 2}, "2 replicas 0 to 1"),
    ({"first_replica": -1, "local_replicas": 1}, "2 replicas 0 to 1"),
    ({"first_replica": 0, "local_replicas": 0}, "2 replicas 0 to 1"),
    ({"first_replica": 2, "local_replicas": 1}, "2 replicas 0 to 1"),
  ],
)
def test_batches_that_cannot_be_shared_out_are_refused(split, options, message):
  """Two processes that both feed replica 0 would see the same images."""
  options = {"batch_size": 4, "num_replicas": 2} | options
  with pytest.raises(ValueError, match=message):
    split.training_batches(seed=SEED, **options)


def test_splits_need_images_labels_and_a_first_step():
  """Nothing could be yielded otherwise."""
  with pytest.raises(ValueError, match="at least one image"):
    batches.Split(_IMAGES[:0])
  with pytest.raises(ValueError, match="5 images and 4 labels"):
    batches.Split(_IMAGES[:5], np.zeros(4))
  with pytest.raises(ValueError, match="start_step must .* 0, got -1"):
    _cached().training_batches(1, SEED, start_step=-1)


def test_windows_take_the_labels_of_their_images():
  """Each corner window is streamed once an epoch."""
  images = np.random.default_rng(0).integers(0, 256, (3, 7, 9, 3), np.uint8)
  split = batches.Split(images, np.array([2, 0, 1]), horizontal_flip=False)
  corners, centred = split.corner_crops(4), split.centre_crops(4)
  assert centred.labels.tolist() == [2, 0, 1]
  assert (corners.num_images, corners.image_shape) == (12, (4, 4, 3))
  windows = image_arrays.CornerCrops(images, 4)[:]
  expected = {(windows[i].tobytes(), [2, 0, 1][i // 4]) for i in range(12)}
  [batch] = corners.training_batches(12, SEED).take(1).as_numpy_iterator()
  pairs = zip(batch["image"], batch["label"], strict=True)
  assert {(image.tobytes(), int(label)) for image, label in pairs} == expected


def test_photographs_are_seen_once_each():
  """All four corners take turns; without windows it is the first images."""
  images = np.random.default_rng(0).integers(0, 256, (6, 7, 9, 3), np.uint8)
  split = batches.Split(images, np.arange(6))
  windows = image_arrays.CornerCrops(images, 4)[:]
  chosen = split.corner_crops(4).photographs(5)
  np.testing.assert_array_equal(chosen.images(), windows[[0, 5, 10, 15, 16]])
  assert chosen.labels.tolist() == [0, 1, 2, 3, 4]
  assert split.corner_crops(4).photographs(99).num_images == 6
  np.testing.assert_array_equal(split.photographs(3).images(), images[:3])


def test_files_are_shuffled_even_without_a_buffer(records):
  """The first image is not always that of the first file."""
  split = _streamed(records, buffer=1)
  starts = {_read(split.training_batches(1, i), 1)[0][0] for i in range(6)}
  assert len(starts) > 1 and starts <= {0, 5, 12, 16}


def test_the_streamed_order_does_not_depend_on_the_global_seed(records):
  """A training sets that, usually to 0, and the stream leaves it alone."""
  orders, drawn = [], []
  for seed in (0, 3, 3):
    tf.random.set_seed(seed)
    orders.append(_read(_streamed(records).training_batches(11, SEED), 2))
    drawn.append(float(tf.random.normal([])))
  assert orders[0] == orders[1] == orders[2]
  assert drawn[0] != drawn[1] == drawn[2]


def test_streamed_images_are_held_out_by_whole_files(records):
  """None of the first images is left."""
  for count, left in ((0, 4), (1, 3), (5, 3), (6, 2), (12, 2), (13, 1)):
    assert len(records.without_first(count).files) == left
  with pytest.raises(ValueError, match="the first 17 lie in all 4 of them"):
    records.without_first(17)
