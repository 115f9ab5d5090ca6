"""What compositing promises inside, at the edge of and outside a region."""

import numpy as np
import pytest

from experiments.config import choices
from experiments.editing import composite

_SHAPE = (24, 30)


def _image(seed, shape=_SHAPE):
  return np.random.default_rng(seed).uniform(0, 255, (*shape, 3))


def _mask(rows, columns, shape=_SHAPE):
  mask = np.zeros(shape)
  mask[rows, columns] = 1.0
  return mask


_MASKS = {
  "inside": _mask(slice(6, 17), slice(5, 21)),
  "edge": _mask(slice(0, 9), slice(4, 12)),
  "corner": _mask(slice(13, 24), slice(19, 30)),
  "two": _mask(slice(2, 8), slice(2, 8)) + _mask(slice(12, 20), slice(15, 30)),
  "pixel": _mask(slice(3, 4), slice(3, 4)),
}


def _blend(kind, base, patch, mask):
  return composite.Blend(kind, mask)(base, patch)


@pytest.fixture(params=_MASKS)
def mask(request):
  """Regions inside the image, at its border and in pieces."""
  return _MASKS[request.param]


def _neighbours(mask):
  """Pixels outside that touch the region."""
  padded = np.pad(mask > 0, 1)
  near = padded[:-2, 1:-1] | padded[2:, 1:-1]
  near |= padded[1:-1, :-2] | padded[1:-1, 2:]
  return near & ~(mask > 0)


def _laplacian(image):
  """The discrete one, of all pixels but those at the border."""
  middle = image[1:-1, 1:-1]
  rows = image[2:, 1:-1] + image[:-2, 1:-1]
  return rows + image[1:-1, 2:] + image[1:-1, :-2] - 4.0 * middle


@pytest.mark.parametrize("as_bytes", [False, True])
@pytest.mark.parametrize("kind", choices.BLENDS)
def test_nothing_outside_the_region_changes(kind, mask, as_bytes):
  """Bit for bit; the region itself does, and bytes stay bytes."""
  dtype = np.uint8 if as_bytes else np.float64
  base, patch = _image(0).astype(dtype), _image(1).astype(dtype)
  result = _blend(kind, base, patch, mask)
  assert result.shape == base.shape and result.dtype == dtype
  np.testing.assert_array_equal(result[mask == 0], base[mask == 0])
  assert np.any(result[mask > 0] != base[mask > 0], axis=-1).mean() > 0.97


@pytest.mark.parametrize("kind", choices.BLENDS)
def test_an_image_in_itself_is_itself(kind, mask):
  """Up to rounding."""
  base = _image(2)
  np.testing.assert_allclose(_blend(kind, base, base, mask), base, atol=1e-9)


@pytest.mark.parametrize("kind", choices.BLENDS)
def test_no_region_is_the_base_and_all_of_it_the_patch(kind):
  """Where there is no edge, nothing is mixed."""
  base, patch = _image(3), _image(4)
  nothing, everything = np.zeros(_SHAPE), np.ones(_SHAPE)
  np.testing.assert_array_equal(_blend(kind, base, patch, nothing), base)
  result = _blend(kind, base, patch, everything)
  np.testing.assert_allclose(result, patch, atol=1e-9)


@pytest.mark.parametrize("kind", choices.BLENDS)
def test_bytes_are_mixed_as_numbers(kind):
  """Differences of bytes would wrap around; they are rounded once."""
  base, patch = (_image(seed).astype(np.uint8) for seed in (5, 6))
  mask = _MASKS["inside"]
  exact = _blend(kind, base.astype(float), patch.astype(float), mask)
  np.testing.assert_allclose(
    _blend(kind, base, patch, mask > 0), np.clip(exact, 0, 255), atol=0.52
  )


@pytest.mark.parametrize("kind", choices.BLENDS)
def test_a_blend_composites_any_number_of_patches(kind, mask):
  """Each as if it were the only one."""
  blend, base = composite.Blend(kind, mask), _image(14)
  for seed in (15, 16):
    np.testing.assert_array_equal(
      blend(base, _image(seed)), _blend(kind, base, _image(seed), mask)
    )


def test_poisson_keeps_the_curvature_of_the_patch(mask):
  """Perez et al. (2003), Equation 4: Laplacians are equal inside."""
  patch = _image(7)
  result = _blend("poisson", _image(8), patch, mask)
  inside = mask[1:-1, 1:-1] > 0
  np.testing.assert_allclose(
    _laplacian(result)[inside],
    _laplacian(patch)[inside],
    atol=8 * composite.TOLERANCE,
  )


def test_poisson_does_not_see_brightness(mask):
  """A shifted copy has the base's gradients and values at the edge."""
  base = _image(9)
  patch = base + np.array([40.0, -25.0, 3.0])
  np.testing.assert_allclose(
    _blend("poisson", base, patch, mask), base, atol=composite.TOLERANCE
  )


def test_poisson_corrects_the_patch_by_no_more_than_at_the_edge(mask):
  """The correction is harmonic; at the image's border it is flat."""
  base, patch = _image(10), _image(11)
  correction = _blend("poisson", base, patch, mask) - patch
  at_edge = (base - patch)[_neighbours(mask)]
  inside = correction[mask > 0]
  assert np.all(inside >= at_edge.min(0) - composite.TOLERANCE)
  assert np.all(inside <= at_edge.max(0) + composite.TOLERANCE)


def _white_in_black(kind):
  """A blend of white into black, and how far from the edge each pixel is."""
  mask = _mask(slice(16, 80), slice(16, 80), (96, 96))
  black, white = np.zeros((96, 96, 3)), np.ones((96, 96, 3))
  result = _blend(kind, black, white, mask)[:, :, 0]
  axis = np.minimum(np.arange(96) - 15, 80 - np.arange(96))
  depth = np.maximum(np.minimum(axis[:, None], axis), 0)
  return result, depth


@pytest.mark.parametrize("kind, jump", [("feather", 0.126), ("pyramid", 0.17)])
def test_a_blend_has_no_edge(kind, jump):
  """No step between neighbours is as large as the whole difference."""
  result, depth = _white_in_black(kind)
  steps = [np.abs(np.diff(result, axis=axis)).max() for axis in (0, 1)]
  assert max(steps) < jump
  assert np.all(result[depth == 0] == 0.0)
  np.testing.assert_allclose(result[depth > 24], 1.0, atol=0.01)


def test_a_feather_is_a_ramp_of_its_width():
  """Equal steps, and the patch itself from there on."""
  result, depth = _white_in_black("feather")
  np.testing.assert_allclose(result, np.minimum(depth / 8.0, 1.0), atol=1e-12)


def test_a_feather_reaches_the_patch_in_a_small_region():
  """Three pixels wide: half, whole, half; a soft mask weighs it."""
  mask = _mask(slice(10, 13), slice(10, 13))
  base, patch = np.zeros((*_SHAPE, 3)), np.ones((*_SHAPE, 3))
  result = _blend("feather", base, patch, mask)
  np.testing.assert_allclose(result[11, 9:14, 0], [0.0, 0.5, 1.0, 0.5, 0.0])
  result = _blend("feather", base, patch, 0.5 * mask)
  np.testing.assert_allclose(result[11, 9:14, 0], [0.0, 0.25, 0.5, 0.25, 0.0])


@pytest.mark.parametrize("side, least", [(64, 0.99), (20, 0.9), (10, 0.9)])
@pytest.mark.parametrize("kind", ["feather", "pyramid"])
def test_the_middle_of_a_small_region_is_the_patch(kind, side, least):
  """Else an edit of a few pixels would not be seen."""
  start = 48 - side // 2
  part = slice(start, start + side)
  black, white = np.zeros((96, 96, 3)), np.ones((96, 96, 3))
  mask = _mask(part, part, (96, 96))
  result = _blend(kind, black, white, mask)
  assert np.all(result[47:49, 47:49] > least)
  assert result.min() >= 0.0 and result.max() < 1.01


def test_what_does_not_go_together_is_refused():
  """Shapes and names of blends are given."""
  base, mask = _image(13), _MASKS["inside"]
  message = r"\(24, 30, 3\), \(24, 29, 3\) and \(24, 30\)"
  with pytest.raises(ValueError, match=message):
    _blend("poisson", base, base[:, 1:], mask)
  with pytest.raises(ValueError, match=r"and \(24, 29\)"):
    _blend("feather", base, base, mask[:, 1:])
  with pytest.raises(ValueError, match="poisson, pyramid, feather; got 'cut'"):
    composite.Blend("cut", mask)
