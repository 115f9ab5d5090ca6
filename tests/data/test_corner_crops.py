"""Four windows an image to train on, one to validate and test on."""

import functools

import numpy as np
import pytest

from experiments.config import data_config
from experiments.data import batches, corner_crops, datasets
from experiments.data.faces import builder as faces

DataConfig = data_config.DataConfig
DatasetUnavailable = data_config.DatasetUnavailable


def _images(count, height=7, width=9):
  generator = np.random.default_rng(count)
  return generator.integers(0, 256, (count, height, width, 3), np.uint8)


def _corners(images, size):
  """Window by window, as one would cut them by hand."""
  cut = []
  for image in images:
    cut += [
      image[:size, :size],
      image[:size, -size:],
      image[-size:, :size],
      image[-size:, -size:],
    ]
  return np.stack(cut)


def test_windows_are_the_four_corners_in_their_order():
  """Top left, top right, bottom left, bottom right, image after image."""
  images = _images(3)
  crops = corner_crops.CornerCrops(images, 4)
  assert crops.shape == (12, 4, 4, 3) and len(crops) == 12
  np.testing.assert_array_equal(crops[:], _corners(images, 4))


@pytest.mark.parametrize(
  "indices",
  [
    np.array([11, 0, 6, 6, 1]),
    np.array([], np.int64),
    slice(5, 9),
    slice(9, None),
    slice(None, None, 5),
  ],
)
def test_any_choice_of_windows_is_that_choice_of_all(indices):
  """Also out of order, repeated, none, and across images."""
  crops = corner_crops.CornerCrops(_images(3), 5)
  np.testing.assert_array_equal(
    crops[indices], _corners(_images(3), 5)[indices]
  )


def test_windows_of_the_whole_size_are_four_copies():
  """There is nothing to move them by."""
  images = _images(2, 6, 6)
  crops = corner_crops.CornerCrops(images, 6)
  np.testing.assert_array_equal(crops[:], np.repeat(images, 4, axis=0))


def test_windows_are_copies():
  """Mirroring a batch in place must not mirror the images on disk."""
  images = _images(1)
  before = images.copy()
  corner_crops.CornerCrops(images, 4)[:4][:] = 0
  np.testing.assert_array_equal(images, before)


def test_centre_crops_leave_equal_margins():
  """An odd margin has its larger half below and on the right."""
  images = _images(2, 9, 8)
  np.testing.assert_array_equal(
    corner_crops.CentreCrops(images, 4)[:], images[:, 2:6, 2:6]
  )


def test_a_split_repeats_the_label_of_each_image():
  """And streams every window once an epoch."""
  images, labels = _images(3), np.array([2, 0, 1])
  split = batches.Split(images, labels, False).corner_crops(4)
  assert (split.num_images, split.image_shape) == (12, (4, 4, 3))
  np.testing.assert_array_equal(split.labels, np.repeat(labels, 4))
  [batch] = split.training_batches(12, seed=1).take(1)
  found = {
    (image.tobytes(), int(label))
    for image, label in zip(*map(np.array, batch.values()), strict=True)
  }
  expected = zip(_corners(images, 4), np.repeat(labels, 4), strict=True)
  assert found == {(image.tobytes(), int(label)) for image, label in expected}
  centred = batches.Split(images, labels, False).centre_crops(4)
  np.testing.assert_array_equal(centred.labels, labels)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
  """Where faces are drawn and decoded once for all tests."""
  names = ("data_dir", "cache_dir")
  return {name: str(tmp_path_factory.mktemp(name)) for name in names}


@pytest.fixture
def load(folders, monkeypatch):
  """`load(**options)`: six faces to train on, two to test on."""
  few = functools.partial(faces.FacesConfig, num_train=6, num_test=2)
  monkeypatch.setattr(faces, "FacesConfig", few)
  return lambda **options: datasets.load(DataConfig(**options), **folders)


def test_held_out_images_validate_and_do_not_train(load):
  """The last ones, of those that the limit leaves."""
  whole = load(size=12, train_limit=5)
  assert whole.validation is whole.test
  data = load(size=12, train_limit=5, holdout=2)
  images = whole.train.images()
  np.testing.assert_array_equal(data.train.images(), images[:3])
  np.testing.assert_array_equal(data.validation.images(), images[3:])
  np.testing.assert_array_equal(data.test.images(), whole.test.images())
  shown = {image.tobytes() for image in data.train.images()}
  assert not shown & {image.tobytes() for image in data.validation.images()}


def test_training_takes_corners_and_the_rest_the_centre(load):
  """No window of a held-out image is trained on."""
  whole = load(size=12)
  data = load(size=9, corner_crops_of=12, holdout=2)
  images = whole.train.images()
  np.testing.assert_array_equal(data.train.images(), _corners(images[:4], 9))
  np.testing.assert_array_equal(
    data.validation.images(), images[4:, 1:10, 1:10]
  )
  np.testing.assert_array_equal(
    data.test.images(), whole.test.images()[:, 1:10, 1:10]
  )
  assert data.train.horizontal_flip and data.train.image_shape == (9, 9, 3)


@pytest.mark.parametrize("holdout", [5, 6])
def test_a_holdout_that_leaves_nothing_is_refused(load, holdout):
  """Counted after the limit."""
  message = f"holdout={holdout} leaves none of 5 training images; set data.hol"
  with pytest.raises(DatasetUnavailable, match=message):
    load(size=12, train_limit=5, holdout=holdout)


@pytest.mark.parametrize(
  "change, rule",
  [
    ({"corner_crops_of": 15}, "corner_crops_of must .* least 16, or None, got"),
    ({"holdout": -1}, "holdout must be an integer of at least 0, got -1"),
    ({"holdout": None}, "holdout must be an integer of at least 0, got None"),
    ({"holdout": True}, "holdout must be an integer of at least 0, got True"),
  ],
)
def test_impossible_windows_and_holdouts_are_refused(change, rule):
  """A window larger than the image, and counts that are none."""
  with pytest.raises(ValueError, match=rule):
    DataConfig(size=16, **change)


def test_images_are_stored_at_the_side_before_the_windows():
  """One cache serves windows of any size."""
  assert DataConfig(size=28, corner_crops_of=32).stored_size == 32
  assert DataConfig(size=28).stored_size == 28
