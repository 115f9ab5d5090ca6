"""Parzen windows against scikit-learn and densities known in closed form."""

import math

import numpy as np
import pytest
from sklearn.neighbors import KernelDensity

from experiments.measures import parzen
from pyramid_tf import pyramid

_SIGMAS = (0.3, 1.0, 4.0)


def _normal(shape, seed=0, scale=1.0):
  return np.random.default_rng(seed).normal(0.0, scale, shape)


def _flat(x):
  return x.reshape(len(x), -1)


def _log_normal(x, sigma):
  """log N(x; 0, sigma^2 I) of every row."""
  x = _flat(x)
  constant = x.shape[1] * math.log(sigma * math.sqrt(2 * math.pi))
  return -0.5 * np.square(x / sigma).sum(1) - constant


def test_likelihoods_are_those_of_scikit_learn():
  """Images are flattened; a row for every width."""
  points, samples = _normal((7, 3, 2, 3)), _normal((11, 3, 2, 3), 1)
  actual = parzen.log_likelihoods(points, samples, _SIGMAS)
  assert actual.shape == (3, 7) and actual.dtype == np.float64
  for row, sigma in zip(actual, _SIGMAS, strict=True):
    density = KernelDensity(bandwidth=sigma).fit(_flat(samples))
    np.testing.assert_allclose(
      row, density.score_samples(_flat(points)), rtol=1e-9
    )


def test_one_sample_is_a_gaussian_around_it():
  """Far out in its tail too, where its density underflows."""
  sample = np.full((1, 4), 5.0)
  offsets = np.array([[0.0], [0.1], [1.0], [300.0]]) * np.ones(4)
  [actual] = parzen.log_likelihoods(sample + offsets, sample, [0.01])
  np.testing.assert_allclose(actual, _log_normal(offsets, 0.01), rtol=1e-9)


def test_the_window_widens_the_true_density():
  """Samples of N(0, I) make N(0, (1 + sigma^2) I), within Monte Carlo error."""
  points = _normal((50, 2), 2, 0.8)
  [actual] = parzen.log_likelihoods(points, _normal((40_000, 2), 3), [0.5])
  np.testing.assert_allclose(
    actual, _log_normal(points, math.sqrt(1.25)), atol=0.1
  )
  assert abs(np.mean(actual - _log_normal(points, math.sqrt(1.25)))) < 0.02


def _of_their_own(points, samples):
  """The conditional estimate where every point has the same samples."""
  squared = np.square(_flat(points)[:, None] - _flat(samples)).sum(-1)
  return parzen.conditional_log_likelihoods(squared, points[0].size, _SIGMAS)


@pytest.mark.parametrize(
  "estimate",
  [
    # Sums over chunks are log-sums of log-sums.
    *(
      lambda x, s, n=n: parzen.log_likelihoods(x, s, _SIGMAS, *n)
      for n in ((1, 1), (4, 5))
    ),
    # It is a mean over samples, of differences.
    lambda x, s: parzen.log_likelihoods(x, np.tile(s, (3, 1)), _SIGMAS),
    lambda x, s: parzen.log_likelihoods(x + 1e4, s + 1e4, _SIGMAS),
    # Images may be bytes, which do not overflow.
    lambda x, s: parzen.log_likelihoods(
      *(y.astype(np.uint8) for y in (x, s)), _SIGMAS
    ),
    _of_their_own,
  ],
)
def test_what_changes_nothing(estimate):
  """Chunks, copies of all samples, shifts of space, bytes, own samples."""
  random = np.random.default_rng(0)
  points, samples = (random.integers(0, 256, (n, 6)) * 1.0 for n in (9, 13))
  expected = parzen.log_likelihoods(points, samples, _SIGMAS)
  np.testing.assert_allclose(estimate(points, samples), expected, rtol=1e-9)


_BY_SIGMA = np.array([[0.0, 1, 9, 9], [2.0, 4, 3, 3], [1.0, 3, 5, 7]])


def test_the_width_with_the_best_mean_is_taken():
  """Mean, deviation and standard error are over its images."""
  actual = parzen.choose(_BY_SIGMA, _SIGMAS)
  assert (actual.sigma, actual.at_edge) == (0.3, True)
  np.testing.assert_array_equal(actual.per_image, _BY_SIGMA[0])
  assert actual.mean == 4.75
  deviation = math.sqrt((4.75**2 + 3.75**2 + 2 * 4.25**2) / 4)
  assert actual.deviation == pytest.approx(deviation)
  assert actual.standard_error == pytest.approx(deviation / 2)


def test_images_that_tuned_the_width_are_not_reported():
  """What is best for them need not be best for the rest."""
  actual = parzen.choose(_BY_SIGMA, _SIGMAS, slice(0, 2))
  assert (actual.sigma, actual.at_edge) == (1.0, False)
  np.testing.assert_array_equal(actual.per_image, [3.0, 3.0])


@pytest.mark.parametrize(
  "means, at_edge",
  [((3, 2, 1), True), ((1, 2, 3), True), ((1, 3, 2), False), ((1,), False)],
)
def test_an_edge_of_the_grid_is_flagged(means, at_edge):
  """A single width has no neighbours to be better."""
  by_sigma = np.array(means, float)[:, None] * np.ones(5)
  widths = np.arange(1, len(means) + 1)
  assert parzen.choose(by_sigma, widths).at_edge == at_edge


@pytest.mark.parametrize("coarser", [1, 2, 3])
def test_the_multi_scale_estimate_is_exact_for_white_noise(coarser):
  """Appendix A: of N(0, s^2 I) every part is a Gaussian of known width.

  Blocks of four have the means N(0, (s/2)^2), their detail is N(0, s^2).
  """
  s = 0.7
  images = _normal((6, 8, 8, 3), 10, s)
  levels, dimensions, image, width = [], [], images, s
  for _ in range(coarser):
    side = image.shape[1]
    sides = (side, side // 2)
    detail, coarse = pyramid.laplacian_pyramid(image, sides, "haar")
    squared = np.square(detail).sum((1, 2, 3))[:, None]
    size = image[0].size * 3 // 4
    by_sigma = parzen.conditional_log_likelihoods(squared, size, [width])
    levels.append(parzen.choose(by_sigma, [width]))
    image = coarse.numpy()
    width /= 2
    dimensions.append(image[0].size)
  nothing = np.zeros((1, *image.shape[1:]))
  by_sigma = parzen.log_likelihoods(image, nothing, [width])
  coarsest = parzen.choose(by_sigma, [width])
  np.testing.assert_allclose(
    parzen.multi_scale(coarsest, levels, dimensions),
    _log_normal(images, s),
    rtol=1e-9,
  )


def test_every_level_costs_the_volume_of_its_coarse_image():
  """n log 2 for each, and the terms are added image by image."""
  coarsest = parzen.Estimate(1.0, np.array([1.0, 2.0]), False)
  level = parzen.Estimate(1.0, np.array([10.0, 30.0]), False)
  actual = parzen.multi_scale(coarsest, [level, level], [12, 3])
  np.testing.assert_allclose(actual + 15 * math.log(2.0), [21.0, 62.0])
  np.testing.assert_array_equal(coarsest.per_image, [1.0, 2.0])


def test_what_cannot_be_estimated_is_named():
  """Dimensions and widths."""
  points = _normal((3, 4, 4, 3))
  with pytest.raises(ValueError, match="have 48 dimensions, samples 12"):
    parzen.log_likelihoods(points, points[:, ::2, ::2], [1.0])
  for width in (0.0, -1.0, math.nan):
    with pytest.raises(ValueError, match=f"positive width, got {width}"):
      parzen.log_likelihoods(points, points, [1.0, width])
