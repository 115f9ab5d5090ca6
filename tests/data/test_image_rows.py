"""Images read from a file as if they were an array."""

import os

import numpy as np
import pytest

from experiments.config import data_config
from experiments.data import image_rows


@pytest.fixture
def images():
  """Nine images of 4x5 pixels."""
  return np.random.default_rng(0).integers(0, 256, (9, 4, 5, 3), np.uint8)


@pytest.fixture
def rows(images, tmp_path):
  """The same in a file."""
  np.save(tmp_path / "images.npy", images)
  return image_rows.ImageRows(tmp_path / "images.npy")


@pytest.mark.parametrize(
  "indices", [[0], [8, 0, 8], [2, 3, 4, 7, 8, 1, 2], range(9), []]
)
def test_indices_read_those_images(images, rows, indices):
  """In their order, neighbours and repetitions among them."""
  indices = np.array(indices, np.int64)
  found = rows[indices]
  np.testing.assert_array_equal(found, images[indices])
  assert found.dtype == np.uint8 and found.flags.writeable


def test_slices_are_views_of_views(images, rows):
  """Limits, parts of a split and what NumPy makes of them."""
  assert rows.shape == images.shape and len(rows[2:7]) == 5
  np.testing.assert_array_equal(np.array(rows[:]), images)
  np.testing.assert_array_equal(np.asarray(rows[2:7][1:3]), images[3:5])
  np.testing.assert_array_equal(rows[2:][np.array([1, 0])], images[[3, 2]])
  np.testing.assert_array_equal(rows[:99], images)
  assert np.asarray(rows[5:3]).shape == (0, 4, 5, 3)


def test_other_indices_are_refused(rows):
  """A view must not read its neighbours."""
  for wrong in ([9], [-1], [0, 100]):
    with pytest.raises(IndexError, match="Images are 0 to 8, got"):
      rows[np.array(wrong)]
  with pytest.raises(IndexError, match="0 to 2"):
    rows[:3][np.array([3])]
  with pytest.raises(ValueError, match="step of 2"):
    rows[::2]


def test_a_file_that_is_cut_short_is_an_error(images, rows, tmp_path):
  """What is still there can be read; the rest names the file and a remedy."""
  path = tmp_path / "images.npy"
  os.truncate(path, os.path.getsize(path) - 1)
  np.testing.assert_array_equal(rows[:8], images[:8])
  message = "Cannot read .*images.npy: it was cut short while in use. Delete"
  with pytest.raises(data_config.DatasetUnavailable, match=message):
    rows[np.array([8])]
  with pytest.raises(ValueError, match="ends before its last image"):
    image_rows.ImageRows(path)


def test_a_deleted_file_is_read_to_its_end(images, rows, tmp_path):
  """It is open."""
  (tmp_path / "images.npy").unlink()
  np.testing.assert_array_equal(rows[:], images)


@pytest.mark.parametrize(
  "array", [np.zeros((2, 3)), np.zeros((2, 4, 4, 3), np.float32)]
)
def test_other_arrays_are_refused(tmp_path, array):
  """Such as labels in the place of images."""
  np.save(tmp_path / "images.npy", array)
  with pytest.raises(ValueError, match="holds no bytes of images"):
    image_rows.ImageRows(tmp_path / "images.npy")
