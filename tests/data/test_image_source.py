"""The window cut from an image, and how it is resized."""

import numpy as np
import pytest
import tensorflow as tf

from experiments.config import data_config
from experiments.data import image_source

Window = image_source.Window


@pytest.fixture
def image():
  rng = np.random.default_rng(0)
  return rng.integers(0, 256, (218, 178, 3), dtype=np.uint8)


def _window(**fields):
  return Window.of(data_config.DataConfig(**fields))


def test_celeb_a_is_cut_where_larsen_et_al_cut_it(image):
  """Rows 40:188 and columns 15:163, unless asked otherwise."""
  cut = _window(name="celeb_a", size=148).cut(tf.constant(image))
  np.testing.assert_array_equal(cut, image[40:188, 15:163])


@pytest.mark.parametrize(
  "crop, top, left", [(178, 20, 0), (140, 39, 19), (108, 55, 35)]
)
def test_other_celeb_a_windows_are_centred(image, crop, top, left):
  """The other windows found in the literature."""
  cut = _window(name="celeb_a", size=crop, crop=crop).cut(tf.constant(image))
  expected = image[top : top + crop, left : left + crop]
  np.testing.assert_array_equal(cut, expected)


def test_window_goes_where_it_is_put(image):
  """Rows and columns count from the top left."""
  window = _window(name="folder:x", size=64, crop=64, crop_top=23, crop_left=12)
  np.testing.assert_array_equal(
    window.cut(tf.constant(image)), image[23:87, 12:76]
  )


def test_without_a_crop_the_largest_square_is_taken(image):
  """Centred, and unchanged where it has the right size."""
  window = _window(name="folder:x", size=178)
  np.testing.assert_array_equal(window.cut(tf.constant(image)), image[20:198])
  wide = tf.transpose(tf.constant(image), (1, 0, 2))
  np.testing.assert_array_equal(
    window.cut(wide), np.transpose(image[20:198], (1, 0, 2))
  )


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
  """For integers as for tensors, in an image of 50 rows and 40 columns."""
  assert window.fits(50, 40) == fits
  assert bool(window.fits(tf.constant(50), tf.constant(40))) == fits
