"""The operators d and u against OpenCV, tf.image and loops in NumPy."""

import cv2
import numpy as np
import pytest

from pyramid_tf import kernels, pyramid, resampling

# (fine, coarse) sides; those of exact kernels are whole ratios.
_RATIOS = [(16, 8), (14, 8), (96, 64), (9, 4), (5, 5), (7, 1)]
_WHOLE_RATIOS = [(16, 8), (12, 4), (5, 5), (7, 1)]
_CASES = [
  (kernel, *sides)
  for kernel in kernels.KERNELS
  for sides in (_WHOLE_RATIOS if kernel in kernels.EXACT_KERNELS else _RATIOS)
]


def _image(height, width, seed=0):
  generator = np.random.default_rng(seed)
  return generator.uniform(-1, 1, (height, width, 3)).astype(np.float32)


def _reflected(index, length):
  """BORDER_REFLECT_101: ... 2 1 | 0 1 2 ... n-1 | n-2 n-3 ..."""
  while not 0 <= index < length:
    index = -index if index < 0 else 2 * (length - 1) - index
    if length == 1:
      return 0
  return index


def _blurred(signal, taps):
  reach = len(taps) // 2
  result = []
  for i in range(len(signal)):
    total = 0.0
    for offset, tap in enumerate(taps):
      total += tap * signal[_reflected(i + offset - reach, len(signal))]
    result.append(total)
  return np.array(result)


def _burt_adelson_down(signal, target):
  blurred = _blurred(signal, (1 / 16, 4 / 16, 6 / 16, 4 / 16, 1 / 16))
  positions = [i * len(signal) / target for i in range(target)]
  return np.interp(positions, range(len(signal)), blurred)


def _burt_adelson_up(signal, target):
  positions = [i * len(signal) / target for i in range(target)]
  fine = np.interp(positions, range(len(signal)), signal)
  return _blurred(fine, (1 / 4, 2 / 4, 1 / 4))


def _box_mean(signal, target):
  """Each coarse sample weighs fine ones by how much of them it covers."""
  width = len(signal) / target
  result = []
  for i in range(target):
    start, end, total = i * width, (i + 1) * width, 0.0
    for j, value in enumerate(signal):
      total += value * max(0.0, min(end, j + 1) - max(start, j))
    result.append(total / width)
  return np.array(result)


@pytest.mark.parametrize("kernel, fine, coarse", _CASES)
def test_rows_sum_to_one(kernel, fine, coarse):
  """A constant signal keeps its value, at the ends as well."""
  down = resampling.downsampling_matrix(fine, coarse, kernel)
  up = resampling.upsampling_matrix(coarse, fine, kernel)
  assert down.shape == (coarse, fine) and up.shape == (fine, coarse)
  np.testing.assert_allclose(down.sum(axis=1), 1.0, rtol=1e-12)
  np.testing.assert_allclose(up.sum(axis=1), 1.0, rtol=1e-12)


@pytest.mark.parametrize("kernel", kernels.KERNELS)
def test_equal_sizes_change_nothing(kernel):
  """A ratio of one neither blurs nor moves."""
  image = _image(6, 4)[None]
  np.testing.assert_array_equal(
    pyramid.downsample(image, (6, 4), kernel), image
  )
  np.testing.assert_array_equal(pyramid.upsample(image, (6, 4), kernel), image)


# Sides that halve. Where the fine side is odd OpenCV keeps sample 2i and leaves
# half a sample over at the end; here the coarse grid spans the whole image, as
# ratios other than two (28-14-8, 96-64) need, so the two agree on even sides.
@pytest.mark.parametrize("height, width", [(16, 32), (6, 10), (14, 2), (4, 8)])
def test_binomial5_is_opencv(height, width):
  """d is pyrDown and u pyrUp with BORDER_REFLECT_101, at odd coarse sides."""
  fine, coarse = _image(height, width), _image(height // 2, width // 2)
  np.testing.assert_allclose(
    pyramid.downsample(fine[None], (height // 2, width // 2))[0],
    cv2.pyrDown(fine, borderType=cv2.BORDER_REFLECT_101),
    atol=1e-6,
  )
  np.testing.assert_allclose(
    pyramid.upsample(coarse[None], (height, width))[0],
    cv2.pyrUp(coarse, dstsize=(width, height)),
    atol=1e-6,
  )


@pytest.mark.parametrize("fine, coarse", [r for r in _RATIOS if r != (5, 5)])
def test_binomial5_is_burt_and_adelson(fine, coarse):
  """Burt and Adelson (1983), Figures 2 and 4, at any ratio, by loops."""
  signal = _image(fine, 1)[:, 0, 0].astype(np.float64)
  matrix = resampling.downsampling_matrix(fine, coarse, "binomial5")
  np.testing.assert_allclose(
    matrix @ signal, _burt_adelson_down(signal, coarse), atol=1e-12
  )
  signal = signal[:coarse]
  matrix = resampling.upsampling_matrix(coarse, fine, "binomial5")
  np.testing.assert_allclose(
    matrix @ signal, _burt_adelson_up(signal, fine), atol=1e-12
  )


@pytest.mark.parametrize("fine, coarse", _RATIOS)
def test_area_is_the_box_mean_and_aligned_bilinear(fine, coarse):
  """What the authors of LAPGAN coded; 14 to 8 weighs samples by fractions."""
  signal = _image(fine, 1)[:, 0, 0].astype(np.float64)
  matrix = resampling.downsampling_matrix(fine, coarse, "area")
  np.testing.assert_allclose(
    matrix @ signal, _box_mean(signal, coarse), atol=1e-6
  )
  signal = signal[:coarse]
  # The operator of tf.image places its grid in float32.
  grid = np.linspace(0, coarse - 1, fine)
  matrix = resampling.upsampling_matrix(coarse, fine, "area")
  np.testing.assert_allclose(
    matrix @ signal, np.interp(grid, range(coarse), signal), atol=1e-5
  )


_EXACT = pytest.mark.parametrize("kernel", kernels.EXACT_KERNELS)


@_EXACT
@pytest.mark.parametrize("fine, coarse", _WHOLE_RATIOS)
def test_exact_downsampling_undoes_upsampling(kernel, fine, coarse):
  """d(u(x)) = x, so P = I - u d projects: LAPGAN, Appendix A."""
  down = resampling.downsampling_matrix(fine, coarse, kernel)
  up = resampling.upsampling_matrix(coarse, fine, kernel)
  np.testing.assert_allclose(down @ up, np.eye(coarse), atol=1e-12)
  projection = np.eye(fine) - up @ down
  np.testing.assert_allclose(projection @ projection, projection, atol=1e-12)


@_EXACT
@pytest.mark.parametrize("fine, coarse", _WHOLE_RATIOS)
def test_exact_downsampling_is_the_block_mean(kernel, fine, coarse):
  """Both exact kernels share d; they differ in u."""
  down = resampling.downsampling_matrix(fine, coarse, kernel)
  blocks = np.repeat(np.eye(coarse), fine // coarse, axis=1)
  np.testing.assert_allclose(down, blocks * coarse / fine, atol=1e-7)


@pytest.mark.parametrize("fine, coarse", _WHOLE_RATIOS)
def test_haar_upsampling_replicates(fine, coarse):
  """u repeats each sample."""
  up = resampling.upsampling_matrix(coarse, fine, "haar")
  replicated = np.repeat(np.eye(coarse), fine // coarse, axis=0)
  np.testing.assert_array_equal(up, replicated)


def test_average_interpolation_at_factor_two_is_the_known_filter():
  """Cohen, Daubechies and Feauveau's (1, 3): (-1, 1, 8, 8, 1, -1) / 8."""
  up = resampling.upsampling_matrix(5, 10, "average_interpolation")
  np.testing.assert_allclose(
    up[:, 2], np.array([0, 0, -1, 1, 8, 8, 1, -1, 0, 0]) / 8, atol=1e-12
  )
  # The border repeats its sample.
  np.testing.assert_allclose(up[:4, 0], np.array([9, 7, 1, -1]) / 8)


@pytest.mark.parametrize("ratio", [2, 3, 4])
def test_average_interpolation_repeats_parabolas(ratio):
  """Means of a parabola over cells give its means over smaller cells."""

  def means(cells):
    ends = np.linspace(-1.0, 2.0, cells + 1)
    integral = ends - ends**2 + 0.5 * ends**3
    return np.diff(integral) / np.diff(ends)

  up = resampling.upsampling_matrix(8, 8 * ratio, "average_interpolation")
  inner = slice(ratio, -ratio)
  fine = up @ means(8)
  np.testing.assert_allclose(fine[inner], means(8 * ratio)[inner], atol=1e-12)


@pytest.mark.parametrize("kernel", kernels.KERNELS)
def test_wrong_direction_is_refused(kernel):
  """Increasing sizes; the message says in which order to list them."""
  with pytest.raises(ValueError, match="from 4 to 8 .*enlarges; .*finest fir"):
    resampling.downsampling_matrix(4, 8, kernel)
  with pytest.raises(ValueError, match="from 8 to 4 .*shrinks; .*finest first"):
    resampling.upsampling_matrix(8, 4, kernel)


@_EXACT
def test_exact_kernels_refuse_fractional_ratios(kernel):
  """The message names the kernel that takes them."""
  for matrix_of, sizes in (
    (resampling.downsampling_matrix, (14, 8)),
    (resampling.upsampling_matrix, (8, 14)),
  ):
    with pytest.raises(ValueError, match="whole ratios.*14 to 8.*area kernel"):
      matrix_of(*sizes, kernel)
