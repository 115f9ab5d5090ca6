"""A matrix along one axis, however it is multiplied."""

import numpy as np
import pytest
import tensorflow as tf

from pyramid_tf import axis_products

_RANDOM = np.random.default_rng(0)
_IMAGE = _RANDOM.normal(size=(2, 6, 5, 3))
_ROWS, _COLUMNS = _RANDOM.normal(size=(4, 6)), _RANDOM.normal(size=(7, 5))


@pytest.mark.parametrize("channels", [3, None], ids=["known", "unknown"])
def test_products_are_those_of_numpy(channels):
  """Whether the number of channels is known when tracing or not."""

  @tf.function(
    input_signature=[tf.TensorSpec((None, 6, 5, channels), "float64")]
  )
  def both(image):
    image = axis_products.along_height(image, _ROWS)
    return axis_products.along_width(image, _COLUMNS)

  result = both(_IMAGE)
  expected = np.einsum("oh,vw,bhwc->bovc", _ROWS, _COLUMNS, _IMAGE)
  assert result.shape == (2, 4, 7, 3)
  np.testing.assert_allclose(result, expected, atol=1e-12)


def test_large_matrices_are_not_spread_over_channels(monkeypatch):
  """They would hold mostly zeros; the product is the same."""
  spread = axis_products.along_width(tf.constant(_IMAGE), _COLUMNS)
  monkeypatch.setattr(axis_products, "_LARGEST", 1)
  monkeypatch.setattr(np, "kron", None)
  plain = axis_products.along_width(tf.constant(_IMAGE), _COLUMNS)
  np.testing.assert_allclose(spread, plain, atol=1e-12)


def test_no_images_give_none():
  """A served model is sent such a batch now and then."""
  image = tf.zeros((0, 6, 5, 3))
  assert axis_products.along_height(image, _ROWS).shape == (0, 4, 5, 3)
  assert axis_products.along_width(image, _COLUMNS).shape == (0, 6, 7, 3)
