"""Figures on cases that are known by hand."""

import numpy as np
import pytest
import tensorflow as tf

from experiments.measures import metrics

_BLACK = -np.ones((1, 4, 4, 3))
_LINE = np.eye(4)[:1].T[None, :, :, None]


@pytest.mark.parametrize(
  "image, other, expected",
  [
    (_BLACK, _BLACK, 0.0),
    (_BLACK, -_BLACK, 255.0),
    (_BLACK, _BLACK + 1 / 127.5, 1.0),
    # A quarter of the pixels is off by ten levels: sqrt(100 / 4).
    (0.0 * _BLACK, 0.0 * _BLACK + _LINE * 10 / 127.5, 5.0),
    # Beyond white is white.
    (-_BLACK, -1.7 * _BLACK, 0.0),
  ],
)
def test_the_error_is_a_root_mean_square_in_grey_levels(image, other, expected):
  """One number for each image, after clipping."""
  pair = (np.concatenate([x, _BLACK]) for x in (image, other))
  actual = metrics.rmse(*map(tf.constant, pair))
  assert actual.dtype == np.float64
  np.testing.assert_allclose(actual, [expected, 0.0], atol=1e-12)


def test_half_precision_is_not_averaged_in_half_precision():
  """Sums over many pixels would lose the small ones."""
  image = tf.zeros((1, 64, 64, 3), tf.float16)
  other = tf.fill((1, 64, 64, 3), tf.constant(2 / 127.5, tf.float16))
  np.testing.assert_allclose(metrics.rmse(image, other), [2.0], rtol=1e-3)


def _noise(count, size, seed=0):
  generator = np.random.default_rng(seed)
  return generator.uniform(-1, 1, (count, size, size, 3)).astype(np.float32)


def test_drawn_reconstructions_are_rounded_and_their_errors_meant():
  """Draws off by 10.4 and 20.6 grey levels: (10 + 21) / 2."""
  image = np.full((2, 4, 4, 3), 100 / 127.5 - 1.0)
  drawn = []

  def draw(i):
    drawn.append(i)
    return image + (10.4, 20.6)[i] / 127.5

  actual = metrics.rmse_of_draws(image, draw, 2)
  np.testing.assert_allclose(actual, [15.5, 15.5], rtol=1e-9)
  assert drawn == [0, 1]


def test_an_error_of_a_tenth_of_the_range_is_twenty_decibels():
  """10 log10(2^2 / 0.2^2), after clipping."""
  image = np.stack([np.zeros((4, 4, 3)), np.full((4, 4, 3), 0.8)])
  other = image + np.array([0.2, 3.0])[:, None, None, None]
  actual = metrics.psnr(image, other)
  assert actual.dtype == np.float64
  np.testing.assert_allclose(actual, [20.0, 20.0], rtol=1e-5)


def test_similarity_of_a_single_window_is_its_formula():
  """Wang et al. (2004), Equation 13: Gaussian weights of deviation 1.5."""
  first, second = _noise(2, 11)
  axis = np.exp(-np.square(np.arange(-5, 6)) / (2 * 1.5**2))
  weights = np.outer(axis, axis)[:, :, None] / axis.sum() ** 2

  def mean(x):
    return (weights * x).sum((0, 1))

  a, b = first + 1.0, second + 1.0
  covariance = mean(a * b) - mean(a) * mean(b)
  variances = mean(a * a) - mean(a) ** 2 + mean(b * b) - mean(b) ** 2
  c1, c2 = (0.01 * 2) ** 2, (0.03 * 2) ** 2
  luminance = (2 * mean(a) * mean(b) + c1) / (mean(a) ** 2 + mean(b) ** 2 + c1)
  expected = (luminance * (2 * covariance + c2) / (variances + c2)).mean()
  actual = metrics.ssim(first[None], second[None])
  np.testing.assert_allclose(actual, [expected], rtol=1e-3)


@pytest.mark.parametrize(
  "size, last_weight",
  [(16, 1.0), (32, 0.2856 / 0.3304), (64, 0.3001 / 0.6305), (176, 0.1333)],
)
def test_scales_are_those_that_have_room_for_a_window(size, last_weight):
  """One, two, three, five: flat images differ at the coarsest scale alone.

  There the similarity is the luminance term, to the weight of that scale.
  """
  dark, light = (np.full((1, size, size, 3), grey) for grey in (-0.5, 0.0))
  luminance = metrics.ssim(dark, light)
  np.testing.assert_allclose(luminance, [1.0004 / 1.2504], rtol=1e-3)
  actual = metrics.ms_ssim(dark, light)
  np.testing.assert_allclose(actual, luminance**last_weight, rtol=1e-3)
  np.testing.assert_allclose(metrics.ms_ssim(dark, dark), [1.0], rtol=1e-6)


@pytest.mark.parametrize("figure", [metrics.ssim, metrics.ms_ssim])
def test_similarity_is_one_for_equal_images_and_falls_with_noise(figure):
  """One figure per image, of any range of errors."""
  image = 0.5 * _noise(1, 32).repeat(3, axis=0)
  noise = np.array([0.0, 0.1, 0.4])[:, None, None, None] * _noise(3, 32, 1)
  actual = figure(image, image + noise)
  assert actual.dtype == np.float64
  np.testing.assert_allclose(actual[0], 1.0, rtol=1e-5)
  assert 0.99 > actual[1] > actual[2] + 0.1


@pytest.mark.parametrize("figure", [metrics.ssim, metrics.ms_ssim])
def test_images_smaller_than_a_window_are_refused(figure):
  """The size is named."""
  small = np.zeros((1, 12, 10, 3))
  with pytest.raises(ValueError, match="windows of 11 pixels; .* of 12x10"):
    figure(small, small)


def test_samples_that_are_alike_are_similar_in_pairs():
  """Copies of one image are 1, and the more noise is added, the less."""
  image = 0.5 * _noise(1, 16).repeat(8, axis=0)
  actual = [
    metrics.similarity_of_pairs(image + strength * _noise(8, 16, 2))
    for strength in (0.0, 0.1, 0.4)
  ]
  np.testing.assert_allclose(actual[0], 1.0, rtol=1e-5)
  assert 0.99 > actual[1] > actual[2] + 0.1


def test_every_sample_is_in_two_pairs(monkeypatch):
  """Also where they are compared in several chunks; seeds choose the pairs."""
  pairs = []

  def record(first, second):
    pairs.append(np.stack([first, second])[:, :, 0, 0, 0])
    return pairs[-1].sum(0)

  monkeypatch.setattr(metrics, "ms_ssim", record)
  images = np.arange(300.0)[:, None, None, None] * np.ones((1, 1, 1, 3))
  actual = metrics.similarity_of_pairs(images, seed=1)
  assert actual == pytest.approx(299.0) and len(pairs) == 2
  first, second = np.concatenate(pairs, axis=1)
  np.testing.assert_array_equal(np.sort(first), np.arange(300))
  np.testing.assert_array_equal(np.sort(second), np.arange(300))
  assert not np.any(first == second)
  metrics.similarity_of_pairs(images, seed=2)
  assert not np.array_equal(pairs[0], pairs[2])


def test_the_band_ratio_is_the_contrast_of_the_finest_detail():
  """One for the image itself, half for half the detail, zero for none."""
  noise = np.random.default_rng(0).uniform(-0.5, 0.5, (2, 16, 16, 3))
  image = tf.constant(noise, tf.float32)
  assert metrics.band_ratio(image, image) == pytest.approx(1.0)
  assert metrics.band_ratio(image, 0.5 * image) == pytest.approx(0.5, rel=1e-4)
  assert metrics.band_ratio(image, 0.0 * image) == 0.0
  assert metrics.band_ratio(0.0 * image, image) is None
