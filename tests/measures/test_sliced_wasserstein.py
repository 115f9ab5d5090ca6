"""The sliced Wasserstein distance on cases with a known answer."""

import numpy as np
import pytest

from experiments.measures import sliced_wasserstein as swd
from pyramid_tf import pyramid

_FEW = {"patches_per_image": 16, "directions": 32}


def _textures(count, seed, side=16, length=3, noise=0.0):
  """White noise, averaged over squares of a side, and more of it on top."""
  generator = np.random.default_rng(seed)
  white = generator.normal(size=(count, side, side, 3))
  for axis in (1, 2):
    white = sum(np.roll(white, i, axis) for i in range(length)) / length**0.5
  white += noise * generator.normal(size=white.shape)
  return np.clip(127.5 + 40 * white, 0, 255).astype(np.uint8)


def _floats(images):
  return images.astype(np.float32) / 127.5 - 1.0


def _vectors(count, dimensions, seed=0):
  return np.random.default_rng(seed).normal(size=(count, dimensions))


@pytest.mark.parametrize(
  "vectors, change, directions, expected, tolerance",
  [
    # The order of a set does not count.
    (_vectors(50, 4), lambda x: x[::-1], 16, 0.0, 1e-9),
    # In one dimension every direction is the same, up to its sign.
    *((_vectors(200, 1), lambda x: x + 0.3, n, 300.0, 1e-5) for n in (1, 100)),
    # W1(N(0, 1), N(0, 4)) = E|x| = sqrt(2 / pi), by matching of quantiles.
    (_vectors(100_000, 1), lambda x: 2 * x, 4, 1e3 * (2 / np.pi) ** 0.5, 1e-2),
    # |a . c| for a unit vector a; in three dimensions its mean is |c| / 2.
    (_vectors(20, 3), lambda x: x + [0.6, 0.0, -0.8], 4096, 500.0, 0.03),
  ],
)
def test_known_distances_of_vectors(
  vectors, change, directions, expected, tolerance
):
  """Both ways alike, bit for bit: the directions are the same."""
  pair = vectors, change(vectors)
  there, back = (
    swd.distance_of_vectors(*p, directions) for p in (pair, pair[::-1])
  )
  assert there == back
  np.testing.assert_allclose(there, expected, rtol=tolerance, atol=1e-9)


def _slow_distance(real, generated, patches_per_image, directions, seed):
  """Patch by patch, direction by direction, after the paper's description."""
  random = np.random.default_rng(seed)
  sets = []
  for images in (real, generated):
    count, height, width, _ = images.shape
    rows = random.integers(0, height - 6, (count, patches_per_image))
    columns = random.integers(0, width - 6, (count, patches_per_image))
    patches = []
    for image, tops, lefts in zip(images, rows, columns, strict=True):
      for top, left in zip(tops, lefts, strict=True):
        patches.append(image[top : top + 7, left : left + 7].astype(float))
    patches = np.stack(patches)
    for channel in range(3):
      values = patches[..., channel]
      patches[..., channel] = (values - values.mean()) / values.std()
    sets.append(patches.reshape(len(patches), -1))
  axes = np.random.default_rng(seed).standard_normal((147, directions))
  total = 0.0
  for axis in (axes / np.linalg.norm(axes, axis=0)).T:
    first, second = (sorted(vectors @ axis) for vectors in sets)
    total += np.mean(np.abs(np.subtract(first, second)))
  return 1000.0 * total / directions


def test_the_distance_is_that_of_a_slow_reference():
  """On images that are not square."""
  generator = np.random.default_rng(5)
  real = generator.normal(size=(4, 11, 9, 3)).astype(np.float32)
  generated = generator.uniform(size=(4, 11, 9, 3)).astype(np.float32)
  actual = swd.distance(real, generated, 6, 10, seed=7)
  expected = _slow_distance(real, generated, 6, 10, seed=7)
  np.testing.assert_allclose(actual, expected, rtol=1e-4)


def test_equal_seeds_give_equal_distances():
  """Seeds choose patches and directions; both sets count as much."""
  real, generated = _floats(_textures(20, 0)), _floats(_textures(30, 1))
  actual = [swd.distance(real, generated, **_FEW, seed=s) for s in (3, 3, 4)]
  assert actual[0] == actual[1] != actual[2]
  fewer = swd.distance(real, generated[:20], **_FEW, seed=3)
  assert fewer == actual[0]


def test_brightness_and_contrast_of_a_channel_do_not_count():
  """Patches are standardised per colour channel, each set for itself."""
  real, generated = _floats(_textures(20, 0)), _floats(_textures(20, 1))
  changed = generated * np.float32([0.5, 2.0, 1.0]) + np.float32([0.0, 1.0, -2])
  np.testing.assert_allclose(
    swd.distance(real, changed, **_FEW),
    swd.distance(real, generated, **_FEW),
    rtol=1e-3,
  )


def _noisier(step):
  return _floats(_textures(100, 1, noise=0.7 * step))


def _blurred(step):
  images = _floats(_textures(100, 1))
  for _ in range(step):
    images = (images + np.roll(images, 1, 1) + np.roll(images, 1, 2)) / 3
  return images


@pytest.mark.parametrize("worse", [_noisier, _blurred])
def test_the_distance_grows_with_damage(worse):
  """From other images of the same kind on, in the finest band as well."""
  real, distances = _floats(_textures(100, 0)), []
  for step in range(4):
    pair = real, worse(step)
    bands = (swd.bands_of(images)[0] for images in pair)
    distances.append([swd.distance(*p, **_FEW) for p in (pair, tuple(bands))])
  assert np.all(np.diff(distances, axis=0) > 2.0), distances


@pytest.mark.parametrize(
  "side, smallest, sides",
  [(32, 8, [32, 16, 8]), (28, 8, [28, 14]), (28, 7, [28, 14, 7]), (8, 1, [8])],
)
def test_scales_are_halved_while_patches_fit(side, smallest, sides):
  """Down to the smallest that is asked for, and never below a patch."""
  images = _textures(4, 0, side), _textures(4, 1, side)
  actual = swd.per_scale(*images, smallest, patches_per_image=2, directions=4)
  assert list(actual) == sides
  assert all(value > 0 for value in actual.values())


def test_a_scale_compares_its_band():
  """That of the Laplacian pyramid; the coarsest compares the images."""
  real, generated = _textures(6, 0), _textures(6, 1)
  actual = swd.per_scale(real, generated, **_FEW)
  pyramids = [
    pyramid.laplacian_pyramid(_floats(images), (16, 8))
    for images in (real, generated)
  ]
  for side, bands in zip((16, 8), zip(*pyramids, strict=True), strict=True):
    expected = swd.distance(*(band.numpy() for band in bands), **_FEW)
    np.testing.assert_allclose(actual[side], expected, rtol=1e-5)


def test_bands_do_not_depend_on_batches(monkeypatch):
  """Odd sides included."""
  images = _floats(_textures(7, 0, 15))
  whole = swd.bands_of(images)[0]
  expected = pyramid.laplacian_pyramid(images, (15, 8))[0]
  np.testing.assert_allclose(whole, expected, atol=1e-6)
  monkeypatch.setattr(swd, "_BATCH", 3)
  np.testing.assert_allclose(swd.bands_of(images)[0], whole, atol=1e-6)


def test_every_set_is_nearest_to_its_own_kind():
  """And about as far from each as the distance of two sets says."""
  real, generated = (
    [_textures(100, seed + length, length=length) for length in (1, 2, 4)]
    for seed in (0, 10)
  )
  actual = swd.between_sets(real, generated, **_FEW)
  assert actual.shape == (3, 3)
  np.testing.assert_array_equal(actual.argmin(axis=0), range(3))
  np.testing.assert_array_equal(actual.argmin(axis=1), range(3))
  for i, j in np.ndindex(3, 3):
    scales = swd.per_scale(real[i], generated[j], **_FEW)
    mean = np.mean(list(scales.values()))
    np.testing.assert_allclose(actual[i, j], mean, rtol=0.15)


def test_images_smaller_than_a_patch_are_refused():
  """Their sides are named."""
  images = np.zeros((2, 6, 9, 3), np.float32)
  with pytest.raises(
    ValueError, match="7 pixels a side, images 6x9; compare l"
  ):
    swd.distance(images, images)


def test_contrast_and_tint_count_by_the_real_moments_alone():
  """As published, sets are standardised apart, which hides both."""
  real = _floats(_textures(100, 0))
  pale = 0.1 * real + np.float32([0.0, 0.3, 0.0])
  published = swd.distance(real, pale, **_FEW)
  assert published == pytest.approx(swd.distance(real, real, **_FEW), rel=0.05)
  by_real = swd.distance(real, pale, **_FEW, standardise_by="real")
  assert by_real > 5.0 * published
