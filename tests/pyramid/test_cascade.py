"""The coarse-to-fine recurrence."""

import numpy as np
import pytest
import tensorflow as tf

from pyramid_tf import cascade, pyramid

_SIZES = (12, 8, 4)


@pytest.fixture
def image():
  generator = np.random.default_rng(0)
  return generator.uniform(-1, 1, (2, 12, 12, 3)).astype(np.float32)


@pytest.mark.parametrize("kernel", ["binomial5", "area"])
def test_walking_with_the_true_bands_returns_the_image(image, kernel):
  """LapCVAE's Equation 7, LAPGAN's 5, with h~_k = h_k is Equation 4."""
  bands = pyramid.laplacian_pyramid(image, _SIZES, kernel)
  walked = cascade.walk(lambda k, _: bands[k], _SIZES, 2, kernel=kernel)
  np.testing.assert_allclose(walked[0], image, atol=1e-6)
  blurred = pyramid.gaussian_pyramid(image, _SIZES, kernel)
  for composed, right in zip(walked, blurred, strict=True):
    np.testing.assert_allclose(composed, right, atol=1e-6)


def test_levels_are_visited_coarsest_first_with_their_low_pass(image):
  """l_K = 0 and l_k = u(x_{k+1}) at the finer levels."""
  bands, seen = pyramid.laplacian_pyramid(image, _SIZES), []

  def band_at(k, low_pass):
    seen.append((k, low_pass))
    return bands[k]

  walked = cascade.walk(band_at, _SIZES, 2)
  assert [k for k, _ in seen] == [2, 1, 0]
  np.testing.assert_array_equal(seen[0][1], np.zeros((2, 4, 4, 3)))
  for k, low_pass in seen[1:]:
    expected = pyramid.upsample(walked[k + 1], _SIZES[k])
    np.testing.assert_array_equal(low_pass, expected)


@pytest.mark.parametrize("level", [0, 1, 2])
def test_refining_continues_from_a_level(image, level):
  """From b_level the true finer bands lead to the image; others are unused."""
  bands, visited = pyramid.laplacian_pyramid(image, _SIZES), []

  def band_at(k, low_pass):
    del low_pass
    visited.append(k)
    return bands[k]

  start = pyramid.gaussian_pyramid(image, _SIZES)[level]
  refined = cascade.refine(start, band_at, _SIZES, level)
  assert visited == list(reversed(range(level)))
  assert len(refined) == level + 1
  np.testing.assert_array_equal(refined[level], start)
  np.testing.assert_allclose(refined[0], image, atol=1e-6)


def test_sizes_and_channels_are_those_asked_for():
  """One level, non-square, grey: the band itself is the image."""
  [composed] = cascade.walk(
    lambda k, low_pass: low_pass + 0.5, ((3, 5),), 4, channels=1
  )
  np.testing.assert_array_equal(composed, np.full((4, 3, 5, 1), 0.5))


def test_batch_size_may_be_a_tensor():
  """A served function draws as many images as it is asked for."""

  @tf.function(input_signature=[tf.TensorSpec((), tf.int32)])
  def constant(count):
    walked = cascade.walk(
      lambda k, low_pass: tf.ones_like(low_pass), _SIZES, count
    )
    # Networks need static sides; only the batch is unknown.
    assert [x.shape[1:3].as_list() for x in walked] == [[s, s] for s in _SIZES]
    return walked[0]

  for count in (1, 3):
    expected = np.full((count, 12, 12, 3), 3.0)
    np.testing.assert_allclose(constant(count), expected, atol=1e-6)
