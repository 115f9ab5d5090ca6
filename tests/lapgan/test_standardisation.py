"""Images to zero mean and unit variance, and back."""

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf.standardisation import Standardisation, pixel_statistics
from pyramid_tf import pyramid


def _batches(count=3):
  generator = np.random.default_rng(0)
  scale = generator.uniform(0.1, 0.3, (16, 16, 3))
  return [
    np.clip(0.1 + scale * generator.normal(size=(20, 16, 16, 3)), -1, 1)
    for _ in range(count)
  ]


def _fitted(kind, batches):
  layer = Standardisation(kind, 16)
  layer.fit(*pixel_statistics(batches, kind))
  return layer


@pytest.mark.parametrize(
  "kind, axes", [("per_pixel", 0), ("per_channel", (0, 1, 2))]
)
def test_training_images_get_zero_mean_and_unit_variance(kind, axes):
  """In every pixel and channel, or in every channel."""
  batches = _batches()
  actual = _fitted(kind, batches)(np.concatenate(batches).astype(np.float32))
  mean, deviation = np.mean(actual, axes), np.std(actual, axes)
  assert mean.shape == ((16, 16, 3) if kind == "per_pixel" else (3,))
  np.testing.assert_allclose(mean, np.zeros_like(mean), atol=1e-4)
  np.testing.assert_allclose(deviation, np.ones_like(mean), atol=1e-4)


@pytest.mark.parametrize("kind", ["per_pixel", "per_channel"])
def test_statistics_do_not_depend_on_the_batches(kind):
  """Nor on their sizes: the mean is over images."""
  batches = _batches()
  together = pixel_statistics([np.concatenate(batches)], kind)
  uneven = pixel_statistics(
    [batches[0][:5], batches[0][5:], *batches[1:]], kind
  )
  for actual, expected in zip(uneven, together, strict=True):
    assert actual.dtype == np.float32
    np.testing.assert_allclose(actual, expected, rtol=1e-5)


def test_none_reads_nothing_and_changes_nothing():
  """Images stay in [-1, 1]."""

  def unread():
    raise AssertionError("read a batch")
    yield

  layer, images = _fitted("none", unread()), _batches(1)[0]
  np.testing.assert_allclose(layer(images), images, atol=1e-6)


def test_a_pixel_that_never_varies_stays_finite():
  """Corners of pictures are often one colour."""
  batches = [batch.copy() for batch in _batches()]
  for batch in batches:
    batch[:, 0, 0] = -1.0
  actual = _fitted("per_pixel", batches)(batches[0].astype(np.float32))
  np.testing.assert_allclose(actual[:, 0, 0], np.zeros((20, 3)), atol=1e-2)
  assert np.all(np.isfinite(actual))


@pytest.mark.parametrize("kind", ["per_pixel", "per_channel", "none"])
def test_to_image_inverts_standardisation(kind):
  """At the finest level, whatever the statistics."""
  batches = _batches()
  layer, images = _fitted(kind, batches), batches[0].astype(np.float32)
  np.testing.assert_allclose(layer.to_image(layer(images)), images, atol=1e-5)


@pytest.mark.parametrize("kind", ["per_channel", "none"])
@pytest.mark.parametrize("kernel", ["area", "binomial5"])
def test_to_image_is_exact_at_coarser_levels_of_flat_statistics(kind, kernel):
  """d is linear and leaves constants alone."""
  batches = _batches()
  layer, images = _fitted(kind, batches), batches[0].astype(np.float32)
  coarse = pyramid.downsample(layer(images), 8, kernel)
  np.testing.assert_allclose(
    layer.to_image(coarse, kernel),
    pyramid.downsample(images, 8, kernel),
    atol=1e-5,
  )


def test_to_image_reduces_the_statistics_as_the_pyramid_does():
  """A standardised zero is the mean image, at its size."""
  layer = _fitted("per_pixel", _batches())
  zero = tf.zeros((1, 8, 8, 3))
  for kernel in ("area", "haar", "binomial5"):
    mean, deviation = (
      pyramid.downsample(statistic.value[None], 8, kernel)
      for statistic in (layer.mean, layer.deviation)
    )
    np.testing.assert_allclose(layer.to_image(zero, kernel), mean, atol=1e-6)
    np.testing.assert_allclose(
      layer.to_image(zero + 2.0, kernel), mean + 2.0 * deviation, atol=1e-6
    )


def test_statistics_are_saved_and_not_trained():
  """They belong to the weights of a level."""
  layer = Standardisation("per_pixel", 16)
  assert [w.name for w in layer.weights] == ["mean", "deviation"]
  assert layer.trainable_variables == []
