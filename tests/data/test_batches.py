"""Batches: each image once per epoch, whatever the steps and replicas."""

import numpy as np
import pytest
import tensorflow as tf

from experiments.data import batches

SEED = 7


def _split(num_images, labels=True, size=4):
  """Image i holds 2 * i in its left half and 2 * i + 1 in its right half."""
  images = np.zeros((num_images, size, size, 3), np.uint8)
  images += 2 * np.arange(num_images, dtype=np.uint8)[:, None, None, None]
  images[:, :, size // 2 :] += 1
  numbers = np.arange(num_images, dtype=np.int32)
  return batches.Split(images, numbers if labels else None)


def _collect(dataset, count, key="image"):
  return np.concatenate(
    [example[key] for example in dataset.take(count).as_numpy_iterator()]
  )


def _indices(images):
  return images[:, 0, 0, 0] // 2


@pytest.mark.parametrize("num_images", [1, 2, 6, 10, 37])
@pytest.mark.parametrize("batch_size", [1, 4, 16])
def test_every_epoch_is_a_permutation(num_images, batch_size):
  """No image is dropped or repeated, though batches straddle epochs."""
  dataset = _split(num_images).training_batches(batch_size, SEED)
  seen = _indices(_collect(dataset, -(-3 * num_images // batch_size)))
  for epoch in range(3):
    part = seen[epoch * num_images : (epoch + 1) * num_images]
    np.testing.assert_array_equal(np.sort(part), np.arange(num_images))


def test_epochs_and_seeds_have_orders_of_their_own():
  """Equal orders would make every epoch show the same batches."""
  split = _split(50)
  first = _indices(_collect(split.training_batches(50, SEED), 2))
  other = _indices(_collect(split.training_batches(50, SEED + 1), 1))
  assert (first[:50] != first[50:]).any()
  assert (first[:50] != other).any()
  assert (first[:50] != np.arange(50)).any()


def test_a_resumed_stream_continues_the_first():
  """Batch i depends on (seed, i) only, images and flips alike."""
  split = _split(10)
  whole = _collect(split.training_batches(4, SEED), 9)
  rest = _collect(split.training_batches(4, SEED, start_step=5), 4)
  np.testing.assert_array_equal(rest, whole[5 * 4 :])


@pytest.mark.parametrize("num_replicas", [2, 4, 8])
@pytest.mark.parametrize("local_replicas", [1, 2])
def test_replicas_share_the_stream_of_one(num_replicas, local_replicas):
  """Their batches, put side by side, are the single replica's batches."""
  split, steps = _split(10), 6
  whole = _collect(split.training_batches(8, SEED), steps)
  share = 8 // num_replicas
  shares = [
    _collect(
      split.training_batches(
        8,
        SEED,
        first_replica=first,
        local_replicas=local_replicas,
        num_replicas=num_replicas,
      ),
      steps * local_replicas,
    ).reshape((steps, local_replicas * share, 4, 4, 3))
    for first in range(0, num_replicas, local_replicas)
  ]
  together = np.concatenate(shares, axis=1).reshape(whole.shape)
  np.testing.assert_array_equal(together, whole)


def test_about_half_of_the_images_are_mirrored():
  """And a mirrored image is the image with its columns reversed."""
  images = _collect(_split(100).training_batches(100, SEED), 10)
  mirrored = images[:, 0, 0, 0] % 2 == 1
  assert 420 < mirrored.sum() < 580
  upright = np.where(mirrored[:, None, None, None], images[:, :, ::-1], images)
  np.testing.assert_array_equal(upright[:, :, 0] + 1, upright[:, :, -1])


def test_an_image_is_mirrored_anew_in_every_epoch():
  """Flips are drawn for the step, not for the image."""
  images = _collect(_split(8).training_batches(8, SEED), 8)
  flipped = images[:, 0, 0, 0] % 2 == 1
  for i in range(8):
    assert 0 < flipped[_indices(images) == i].sum() < 8


@pytest.mark.parametrize("by_default", [True, False])
def test_flip_overrides_the_default(by_default):
  """None follows the split; a value wins."""
  split = _split(100)
  split.horizontal_flip = by_default
  for flip, expected in ((None, by_default), (True, True), (False, False)):
    images = _collect(split.training_batches(100, SEED, flip=flip), 1)
    assert (images[:, 0, 0, 0] % 2 == 1).any() == expected


def test_labels_go_with_their_images():
  """In both kinds of batches."""
  split = _split(10)
  for dataset in (split.batches(4), split.training_batches(4, SEED).take(6)):
    for example in dataset.as_numpy_iterator():
      np.testing.assert_array_equal(
        _indices(example["image"]), example["label"]
      )
      assert example["label"].dtype == np.int32


def test_evaluation_sees_every_image_once_in_order():
  """The last batch is smaller rather than dropped or padded."""
  split = _split(10, labels=False)
  found = list(split.batches(4).as_numpy_iterator())
  assert [len(example["image"]) for example in found] == [4, 4, 2]
  assert all(set(example) == {"image"} for example in found)
  np.testing.assert_array_equal(
    np.concatenate([example["image"] for example in found]), split.images()
  )


def test_shapes_are_known_before_the_first_image():
  """A compiled step must not be traced again for an unknown size."""
  split = _split(10)
  training = split.training_batches(8, SEED, num_replicas=2).element_spec
  assert training["image"] == tf.TensorSpec((4, 4, 4, 3), tf.uint8)
  assert training["label"] == tf.TensorSpec((4,), tf.int32)
  assert split.batches(8).element_spec["image"].shape == (None, 4, 4, 3)


def test_images_are_a_copy():
  """The split itself cannot be written to through them."""
  split = _split(5)
  split.images(1, 2)[:] = 255
  np.testing.assert_array_equal(_indices(split.images(1, 2)), [1, 2])
  np.testing.assert_array_equal(_indices(split.images(3)), [3, 4])


@pytest.mark.parametrize("start, count", [(0, 6), (-1, 2), (5, 1), (0, -1)])
def test_images_beyond_the_split_are_refused(start, count):
  """NumPy would return fewer without a word."""
  with pytest.raises(ValueError, match="images 0 to 4"):
    _split(5).images(start, count)


def test_an_uneven_share_is_refused():
  """The message says what would do."""
  with pytest.raises(ValueError, match="6 images .* 4 replicas.*multiple of 4"):
    _split(5).training_batches(6, SEED, num_replicas=4)


@pytest.mark.parametrize("first, local", [(1, 2), (-1, 1), (0, 0), (2, 1)])
def test_replicas_outside_the_strategy_are_refused(first, local):
  """Two processes that both feed replica 0 would see the same images."""
  with pytest.raises(ValueError, match="2 replicas 0 to 1"):
    _split(5).training_batches(
      4, SEED, first_replica=first, local_replicas=local, num_replicas=2
    )


def test_empty_splits_and_batches_are_refused():
  """Nothing could be yielded."""
  with pytest.raises(ValueError, match="at least one image"):
    batches.Split(np.zeros((0, 4, 4, 3), np.uint8))
  with pytest.raises(ValueError, match="batch_size must be at least 1"):
    _split(5).batches(0)
  with pytest.raises(ValueError, match="start_step must be at least 0"):
    _split(5).training_batches(1, SEED, start_step=-1)
  with pytest.raises(ValueError, match="5 images and 4 labels"):
    batches.Split(np.zeros((5, 4, 4, 3), np.uint8), np.zeros(4))
