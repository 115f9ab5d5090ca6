"""Between bytes and floats in [-1, 1]."""

import numpy as np
import pytest
import tensorflow as tf

from pyramid_tf import images

_BYTES = np.arange(256, dtype=np.uint8)


def test_bytes_fill_the_range():
  """0 is -1 and 255 is 1, in equal steps of float32."""
  floats = images.from_uint8(_BYTES)
  assert floats.dtype == tf.float32
  np.testing.assert_allclose(floats, np.linspace(-1, 1, 256), atol=1e-6)


def test_bytes_survive_the_way_there_and_back():
  """All of them, in any shape."""
  pixels = _BYTES.reshape((2, 8, 16, 1))
  np.testing.assert_array_equal(
    images.to_uint8(images.from_uint8(pixels)), pixels
  )


def test_floats_are_clipped_and_rounded():
  """A cast alone would wrap around and always round down."""
  floats = np.array([-7.0, -1.01, -1.0, 0.9, 1.0, 1.3], np.float32)
  expected = [0, 0, 0, round(1.9 * 127.5), 255, 255]
  np.testing.assert_array_equal(images.to_uint8(floats), expected)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float64"])
def test_other_float_dtypes_are_taken(dtype):
  """Outputs of a mixed-precision network are pictures, too."""
  floats = tf.constant([-1.0, 1.0], dtype)
  np.testing.assert_array_equal(images.to_uint8(floats), [0, 255])


def test_a_step_takes_bytes_or_floats_alone_or_in_a_batch():
  """Floats are in [-1, 1] already and stay as they are."""
  floats = images.from_uint8(_BYTES)
  for given in (_BYTES, floats, {"image": _BYTES, "label": 3}):
    actual = images.of_example(given)
    assert actual.dtype == tf.float32
    np.testing.assert_array_equal(actual, floats)
