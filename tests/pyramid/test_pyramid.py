"""Laplacian pyramids: promises that hold for every kernel and size list."""

import numpy as np
import pytest
import tensorflow as tf

from pyramid_tf import kernels, pyramid

_HALVES = (16, 8, 4, 2)
_SIZES = {
  "halves": _HALVES,
  "mnist": (28, 14, 8),
  "lsun": (96, 64, 32, 16, 8),
  "one_level": (9,),
  "non_square": ((12, 20), (6, 10), (3, 5)),
}
_FRACTIONAL = ("mnist", "lsun")
_CASES = [
  pytest.param(kernel, sizes, id=f"{kernel}-{name}")
  for kernel in kernels.KERNELS
  for name, sizes in _SIZES.items()
  if kernel not in kernels.EXACT_KERNELS or name not in _FRACTIONAL
]
_EVERY_CASE = pytest.mark.parametrize("kernel, sizes", _CASES)
_EVERY_KERNEL = pytest.mark.parametrize("kernel", kernels.KERNELS)


def _images(size, dtype=np.float64, seed=0, batch=2):
  generator = np.random.default_rng(seed)
  shape = (batch, *pyramid.height_and_width(size), 3)
  return generator.uniform(-1, 1, shape).astype(dtype)


@_EVERY_CASE
def test_reconstruction_inverts_decomposition(kernel, sizes):
  """Equation 4 of LAPGAN undoes Equation 3, whatever u and d are."""
  image = _images(sizes[0], np.float32)
  bands = pyramid.laplacian_pyramid(image, sizes, kernel)
  assert [tuple(band.shape[1:3]) for band in bands] == [
    pyramid.height_and_width(size) for size in sizes
  ]
  np.testing.assert_allclose(
    pyramid.reconstruct(bands, kernel), image, atol=1e-6
  )


@_EVERY_CASE
def test_bands_are_differences_of_the_gaussian_pyramid(kernel, sizes):
  """h_k = b_k - u(b_{k+1}) and h_K = b_K: LapCVAE, Equation 6."""
  image = _images(sizes[0])
  blurred = pyramid.gaussian_pyramid(image, sizes, kernel)
  bands = pyramid.laplacian_pyramid(image, sizes, kernel)
  np.testing.assert_array_equal(bands[-1], blurred[-1])
  for k, size in enumerate(sizes[:-1]):
    coarser = pyramid.downsample(blurred[k], sizes[k + 1], kernel)
    np.testing.assert_array_equal(blurred[k + 1], coarser)
    low_pass = pyramid.upsample(blurred[k + 1], size, kernel)
    np.testing.assert_array_equal(bands[k], blurred[k] - low_pass)


@_EVERY_CASE
def test_constant_image_has_zero_bands(kernel, sizes):
  """Up to the corners: padding the border with zeros would darken them."""
  image = np.full((1, *pyramid.height_and_width(sizes[0]), 3), 0.75)
  *bands, coarsest = pyramid.laplacian_pyramid(image, sizes, kernel)
  for band in bands:
    np.testing.assert_allclose(band, np.zeros(band.shape), atol=1e-12)
  np.testing.assert_allclose(coarsest, np.full(coarsest.shape, 0.75))


@_EVERY_CASE
def test_decomposition_is_linear(kernel, sizes):
  """The pyramid of a sum is the sum of the pyramids."""
  x, y = _images(sizes[0]), _images(sizes[0], seed=1)
  of_sum = pyramid.laplacian_pyramid(2 * x - 3 * y, sizes, kernel)
  of_x = pyramid.laplacian_pyramid(x, sizes, kernel)
  of_y = pyramid.laplacian_pyramid(y, sizes, kernel)
  for band, band_x, band_y in zip(of_sum, of_x, of_y, strict=True):
    np.testing.assert_allclose(band, 2 * band_x - 3 * band_y, atol=1e-12)


@_EVERY_KERNEL
def test_channels_and_images_stay_separate(kernel):
  """A blur across channels would tint the neighbours of a coloured image."""
  image = np.zeros((3, 16, 16, 3))
  image[1, :, :, 2] = _images(16)[0, :, :, 0]
  for band in pyramid.laplacian_pyramid(image, _HALVES, kernel):
    assert np.any(band[1, :, :, 2])
    rest = np.array(band)
    rest[1, :, :, 2] = 0.0
    np.testing.assert_array_equal(rest, 0.0)


@_EVERY_KERNEL
@pytest.mark.parametrize(
  "dtype, tolerance",
  [("float16", 4e-3), ("bfloat16", 4e-2), ("float32", 1e-6), ("float64", 0)],
)
def test_float_dtypes_are_kept(kernel, dtype, tolerance):
  """tf.image would return float32 for every one of them."""
  image = tf.cast(_images(16), dtype)
  exact = tf.cast(image, tf.float64)
  bands = pyramid.laplacian_pyramid(image, _HALVES, kernel)
  expected = pyramid.laplacian_pyramid(exact, _HALVES, kernel)
  for band, right in zip(bands, expected, strict=True):
    assert band.dtype == dtype
    np.testing.assert_allclose(tf.cast(band, tf.float64), right, atol=tolerance)
  assert pyramid.reconstruct(bands, kernel).dtype == dtype


def _squared_bands(image, kernel):
  bands = pyramid.laplacian_pyramid(image, _HALVES, kernel)
  return tf.add_n([tf.reduce_sum(tf.square(band)) for band in bands])


@_EVERY_KERNEL
def test_gradient_is_the_numeric_one(kernel):
  """For the sum of squares central differences are exact."""
  image = tf.constant(_images(16, batch=1))
  direction = _images(16, seed=1, batch=1)
  with tf.GradientTape() as tape:
    tape.watch(image)
    value = _squared_bands(image, kernel)
  slope = tf.reduce_sum(tape.gradient(value, image) * direction)
  ahead = _squared_bands(image + direction, kernel)
  behind = _squared_bands(image - direction, kernel)
  np.testing.assert_allclose(slope, (ahead - behind) / 2, rtol=1e-10)


@_EVERY_KERNEL
def test_second_order_gradient_exists(kernel):
  """The sum of squares has a constant Hessian: H v is the gradient at v."""
  image = tf.constant(_images(16, batch=1))
  direction = tf.constant(_images(16, seed=1, batch=1))

  def gradient(x):
    with tf.GradientTape() as tape:
      tape.watch(x)
      value = _squared_bands(x, kernel)
    return tape.gradient(value, x)

  with tf.GradientTape() as tape:
    tape.watch(image)
    slope = tf.reduce_sum(gradient(image) * direction)
  np.testing.assert_allclose(
    tape.gradient(slope, image), gradient(direction), rtol=1e-9, atol=1e-12
  )


@_EVERY_KERNEL
@pytest.mark.parametrize("jit_compile", [False, True], ids=["graph", "xla"])
def test_compiled_with_unknown_batch_gives_the_same(kernel, jit_compile):
  """One graph serves every batch size, and XLA takes it."""
  spec = tf.TensorSpec((None, 16, 16, 3), tf.float32)

  @tf.function(input_signature=[spec], jit_compile=jit_compile)
  def there_and_back(image):
    bands = pyramid.laplacian_pyramid(image, _HALVES, kernel)
    return bands, pyramid.reconstruct(bands, kernel)

  for batch in (1, 3):
    image = _images(16, np.float32, batch=batch)
    bands, restored = there_and_back(image)
    expected = pyramid.laplacian_pyramid(image, _HALVES, kernel)
    for band, right in zip(bands, expected, strict=True):
      np.testing.assert_allclose(band, right, atol=1e-6)
    np.testing.assert_allclose(restored, image, atol=1e-6)


def test_wrong_size_is_refused():
  """The message has both sizes and two remedies."""
  with pytest.raises(
    ValueError, match="level is 16x16, got images of 15x16. Crop or.*change"
  ):
    pyramid.laplacian_pyramid(_images((15, 16)), _HALVES)


def test_increasing_sizes_are_refused():
  """A list given coarsest first, or u and d exchanged."""
  with pytest.raises(ValueError, match="4 to 8 .*enlarges.*finest first"):
    pyramid.laplacian_pyramid(_images(4), (4, 8))
  with pytest.raises(ValueError, match="8 to 4 .*shrinks.*finest first"):
    pyramid.upsample(_images(8), 4)


def test_unknown_kernel_is_refused_with_the_right_names():
  """A misspelt name lists every choice."""
  with pytest.raises(
    ValueError, match="'gauss'; choose one of binomial5, area, haar, ave"
  ):
    pyramid.laplacian_pyramid(_images(16), _HALVES, "gauss")


def test_integer_images_are_refused():
  """Bands of uint8 images would wrap around."""
  with pytest.raises(ValueError, match="floats, got uint8; convert .*-1, 1"):
    pyramid.downsample(np.zeros((1, 4, 4, 3), np.uint8), 2)
