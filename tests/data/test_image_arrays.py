"""Images in a file, and windows of images, are read as if they were arrays."""

import os

import numpy as np
import pytest

from experiments.config.data_config import DatasetUnavailable
from experiments.data.image_arrays import CentreCrops, CornerCrops, ImageRows

_IMAGES = np.random.default_rng(0).integers(0, 256, (3, 9, 8, 3), np.uint8)
_INDICES = [[11, 0, 6, 6, 1], [2, 3, 4, 7, 8, 1], range(12), []]


def corner_windows(images, size):
  """Cuts window by window, as one would by hand."""
  return np.stack(
    [
      image[rows, columns]
      for image in images
      for rows in (slice(size), slice(-size, None))
      for columns in (slice(size), slice(-size, None))
    ]
  )


@pytest.fixture
def path(tmp_path):
  """A file of twelve images, the corner windows of `_IMAGES`."""
  np.save(tmp_path / "images.npy", corner_windows(_IMAGES, 5))
  return tmp_path / "images.npy"


@pytest.mark.parametrize("kind", ["rows", "corners"])
@pytest.mark.parametrize("indices", _INDICES)
def test_indices_read_those_images(path, kind, indices):
  """They may be out of order, repeated, none, and neighbours in the file."""
  array = ImageRows(path) if kind == "rows" else CornerCrops(_IMAGES, 5)
  indices = np.array(indices, np.int64)
  images = array[indices]
  np.testing.assert_array_equal(images, np.load(path)[indices])
  assert images.dtype == np.uint8 and images.flags.writeable
  assert array.shape == (12, 5, 5, 3) and len(array) == 12


def test_slices_of_a_file_are_views_of_views(path):
  """Limits, parts of a split and NumPy need no more than that."""
  images, rows = np.load(path), ImageRows(path)
  np.testing.assert_array_equal(np.array(rows[:]), images)
  np.testing.assert_array_equal(np.asarray(rows[2:7][1:3]), images[3:5])
  np.testing.assert_array_equal(rows[2:][np.array([1, 0])], images[[3, 2]])
  np.testing.assert_array_equal(rows[:99], images)
  assert len(rows[2:7]) == 5 and np.asarray(rows[5:3]).shape == (0, 5, 5, 3)


def test_other_indices_are_refused(path):
  """A view must not read its neighbours."""
  rows = ImageRows(path)
  for view, wrong in ((rows, 12), (rows, -1), (rows[:3], 3)):
    with pytest.raises(IndexError, match=f"to {len(view) - 1}, got .*{wrong}"):
      view[np.array([0, wrong])]
  with pytest.raises(ValueError, match="step of 2"):
    rows[::2]


def test_a_file_that_is_cut_short_is_an_error(path):
  """What is still there can be read; the rest names the file and a remedy."""
  images, rows = np.load(path), ImageRows(path)
  os.truncate(path, os.path.getsize(path) - 1)
  np.testing.assert_array_equal(rows[:11], images[:11])
  with pytest.raises(DatasetUnavailable, match="images.npy.*--resume"):
    rows[np.array([11])]
  with pytest.raises(ValueError, match="ends before its last image"):
    ImageRows(path)


def test_a_deleted_file_is_read_to_its_end(path):
  """It stays open."""
  images, rows = np.load(path), ImageRows(path)
  path.unlink()
  np.testing.assert_array_equal(rows[:], images)


@pytest.mark.parametrize("shape, dtype", [((2, 3), "u1"), ((2, 4, 4, 3), "f4")])
def test_a_file_of_something_else_is_refused(tmp_path, shape, dtype):
  """Labels might lie in the place of images."""
  np.save(tmp_path / "images.npy", np.zeros(shape, dtype))
  with pytest.raises(ValueError, match="holds no bytes of images"):
    ImageRows(tmp_path / "images.npy")


@pytest.mark.parametrize(
  "indices", [slice(5, 9), slice(9, None), slice(None, None, 5)]
)
def test_slices_of_windows_are_those_of_all_windows(indices):
  """They may start within an image and skip some."""
  expected = corner_windows(_IMAGES, 5)[indices]
  np.testing.assert_array_equal(CornerCrops(_IMAGES, 5)[indices], expected)


def test_windows_of_the_whole_size_are_four_copies():
  """There is nothing to move them by."""
  images = _IMAGES[:, :8]
  expected = np.repeat(images, 4, axis=0)
  np.testing.assert_array_equal(CornerCrops(images, 8)[:], expected)


def test_windows_are_copies():
  """Mirroring a batch in place must not mirror the images on disk."""
  images = _IMAGES.copy()
  CornerCrops(images, 4)[:4][:] = 0
  CentreCrops(images, 4)[:2][:] = 0
  np.testing.assert_array_equal(images, _IMAGES)


def test_centre_crops_leave_equal_margins():
  """An odd margin has its larger half below and on the right."""
  crops = CentreCrops(_IMAGES, 4)
  assert crops.shape == (3, 4, 4, 3) and len(crops) == 3
  np.testing.assert_array_equal(crops[:], _IMAGES[:, 2:6, 2:6])
