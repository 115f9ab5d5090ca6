"""Pictures made of images."""

import numpy as np
import pytest
from PIL import Image

from experiments.pictures import grids
from pyramid_tf import images


def _images(count, side, value=0):
  return np.full((count, side, side, 3), value, np.uint8)


def test_pixels_are_those_of_the_models():
  """The same rounding as the compiled one; zero bands are mid-grey."""
  floats = np.linspace(-1.5, 1.5, 1001, dtype=np.float32)
  expected = np.asarray(images.to_uint8(floats), int)
  actual = grids.to_pixels(floats)
  assert actual.dtype == np.uint8
  # float64 here and float32 there may round a tie differently.
  assert np.abs(actual.astype(int) - expected).max() <= 1
  ends = grids.to_pixels([-9, -1, 0, 1, 9])
  np.testing.assert_array_equal(ends, [0, 0, 128, 255, 255])


def test_a_grid_shows_rows_below_each_other_on_white():
  """Row r, column c starts at a gap after the one before."""
  rows = [_images(2, 4, 10), _images(2, 4, 20)]
  rows[1][1] = 30
  picture = grids.grid(rows)
  assert picture.shape == (2 * 4 + 3 * 2, 2 * 4 + 3 * 2, 3)
  assert picture.dtype == np.uint8
  np.testing.assert_array_equal(picture[2:6, 2:6], 10)
  np.testing.assert_array_equal(picture[8:12, 2:6], 20)
  np.testing.assert_array_equal(picture[8:12, 8:12], 30)
  for gap in (slice(0, 2), slice(6, 8), slice(12, 14)):
    np.testing.assert_array_equal(picture[gap], 255)
    np.testing.assert_array_equal(picture[:, gap], 255)


def test_small_images_are_enlarged_by_repetition():
  """Rows of several levels come to the same size, pixels stay visible."""
  checker = _images(1, 2)
  checker[0, 0, 1] = 200
  picture = grids.grid([_images(1, 8), checker])
  assert picture.shape == (2 * 8 + 3 * 2, 8 + 2 * 2, 3)
  np.testing.assert_array_equal(picture[12:16, 6:10], 200)
  np.testing.assert_array_equal(picture[16:20, 2:10], 0)
  assert grids.grid([checker], side=6).shape == (6 + 4, 6 + 4, 3)


def test_short_rows_are_filled_with_white():
  """Five images in rows of two."""
  picture = grids.sheet(_images(5, 4), columns=2)
  assert picture.shape == (3 * 4 + 4 * 2, 2 * 4 + 3 * 2, 3)
  np.testing.assert_array_equal(picture[14:18, 2:6], 0)
  np.testing.assert_array_equal(picture[14:18, 6:], 255)


@pytest.mark.parametrize("count, columns", [(1, 1), (4, 2), (5, 3), (16, 4)])
def test_a_sheet_is_nearly_square(count, columns):
  """Its width follows from the number of images."""
  width = grids.sheet(_images(count, 4)).shape[1]
  assert width == 6 * columns + 2


def test_a_png_reads_back_as_written(tmp_path):
  """Into a new folder, and nothing else is left there."""
  picture = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
  path = tmp_path / "samples" / "picture.png"
  grids.save_png(path, picture)
  np.testing.assert_array_equal(np.array(Image.open(path)), picture)
  assert [entry.name for entry in path.parent.iterdir()] == ["picture.png"]
