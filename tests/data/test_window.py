"""The window cut from an image, and how it is resized."""

import numpy as np
import pytest
import tensorflow as tf

from experiments.config.data_config import DataConfig
from experiments.data.window import Window


@pytest.fixture
def image():
  rng = np.random.default_rng(0)
  return rng.integers(0, 256, (218, 178, 3), dtype=np.uint8)


@pytest.mark.parametrize(
  "fields, top, left",
  [
    # Larsen et al. cut CelebA's rows 40 to 187 and columns 15 to 162.
    ({"name": "celeb_a", "size": 148}, 40, 15),
    # The other windows of CelebA in the literature are centred.
    ({"name": "celeb_a", "size": 178, "crop": 178}, 20, 0),
    ({"name": "celeb_a", "size": 140, "crop": 140}, 39, 19),
    ({"name": "celeb_a", "size": 108, "crop": 108}, 55, 35),
    ({"size": 64, "crop": 64, "crop_top": 23, "crop_left": 12}, 23, 12),
    ({"size": 178}, 20, 0),
  ],
)
def test_window_of_the_final_size_is_copied_from_its_place(
  image, fields, top, left
):
  """Rows and columns count from the top left; the default is centred."""
  config = DataConfig(**{"name": "folder:x"} | fields)
  expected = image[top : top + config.size, left : left + config.size]
  cut = Window.of(config).cut(tf.constant(image))
  np.testing.assert_array_equal(cut, expected)


def test_the_largest_square_of_a_wide_image_is_centred(image):
  """So it is in a tall one."""
  wide = np.transpose(image, (1, 0, 2))
  cut = Window(size=178).cut(tf.constant(wide))
  np.testing.assert_array_equal(cut, wide[:, 20:198])


def test_shrinking_does_not_alias():
  """A checkerboard becomes grey rather than black or white."""
  board = np.indices((64, 64)).sum(0) % 2 * 255
  image = np.repeat(board[:, :, None], 3, axis=2).astype(np.uint8)
  small = Window(size=16).cut(tf.constant(image)).numpy()
  assert np.abs(small[2:-2, 2:-2].astype(int) - 127.5).max() < 2


@pytest.mark.parametrize("value", [0, 1, 100, 254, 255])
@pytest.mark.parametrize("size", [7, 200])
def test_resizing_keeps_a_constant(value, size):
  """Rounding and clipping shift no value, shrinking or enlarging."""
  image = tf.fill((48, 31, 3), tf.constant(value, tf.uint8))
  assert (Window(size=size).cut(image).numpy() == value).all()


@pytest.mark.parametrize(
  "window, fits",
  [
    (Window(size=8, crop=40), True),
    (Window(size=8, crop=41), False),
    (Window(size=8, crop=40, top=10), True),
    (Window(size=8, crop=40, top=11), False),
    (Window(size=8, crop=30, left=11), False),
    (Window(size=80), True),
  ],
)
def test_window_fits_if_it_lies_inside(window, fits):
  """Integers and tensors agree, for an image of 50 rows and 40 columns."""
  assert window.fits(50, 40) == fits
  assert bool(window.fits(tf.constant(50), tf.constant(40))) == fits
