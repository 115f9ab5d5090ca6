"""A session: variations drawn and composited, everything prepared once."""

import numpy as np
import pytest
import tensorflow as tf
from support import small_runs

from experiments.config.data_config import DataConfig
from experiments.editing import composite, photograph
from experiments.editing.session import EditSession
from experiments.system import errors
from lapcvae_tf import editing
from pyramid_tf import consistency, images

# The centred square is 40 pixels from column 8 on; the model sees 16.
_SHAPE, _LEFT, _SIDE = (40, 56), 8, 40
_SQUARE = np.s_[:, _LEFT : _LEFT + _SIDE]


def _draw(opened, count=2, level=1, coarse=None, region=None, **options):
  batches = list(opened.draw(count, level, coarse, region, **options))
  assert all(len(batch) <= photograph.BATCH for batch in batches)
  return np.concatenate(batches)


@pytest.mark.parametrize("level", [1, 2])
def test_an_unpainted_level_draws_what_resampling_draws(opened, run, level):
  """Figure 9 of LapCVAE."""
  image = tf.repeat(images.from_uint8(opened.levels[0][None]), 3, axis=0)
  expected = run.model.resample(image, level, tf.constant([5, 0]), 0.7)
  drawn = _draw(opened, 3, level, seed=5, temperature=0.7, base="reconstructed")
  np.testing.assert_allclose(
    drawn.astype(int), images.to_uint8(expected), atol=1
  )


def test_functions_are_traced_once_for_all_edits(
  run, pixels, paint, monkeypatch
):
  """Not again for another edit, photograph, size, count or seed."""
  traces = []
  for module, name in (
    (editing, "draw_from_given"),
    (editing, "draw_to_fit"),
    (consistency, "with_coarse"),
  ):
    original = getattr(module, name)

    def traced(*args, name=name, original=original, **options):
      traces.append(name)
      return original(*args, **options)

    monkeypatch.setattr(module, name, traced)
  session = EditSession(run.model, run.config.data)
  for picture, count, seed in ((pixels, 2, 0), (pixels[:, ::-1], 3, 7)):
    opened = session.open(picture)
    coarse = opened.painted(paint, 1)
    region = opened.region(paint[:, :, 3], 1)
    _draw(opened, count, 1, coarse, seed=seed, temperature=0.1 + seed)
    _draw(opened, count, 1, coarse, region, fit=True, keep_coarse=True)
  assert traces == ["draw_from_given", "draw_to_fit", "with_coarse"]


def test_a_mask_is_prepared_once_for_all_variations(opened, paint, monkeypatch):
  """Which is most of the work of small edits."""
  prepared = []
  original = composite.harmonic.Region

  def region(inside):
    prepared.append(inside)
    return original(inside)

  monkeypatch.setattr(composite.harmonic, "Region", region)
  compositor = opened.compositor(opened.region(paint[:, :, 3], 1))
  for variation in _draw(opened, 4):
    compositor(variation)
  assert len(prepared) == 1


def test_a_longer_draw_begins_with_the_shorter(opened, paint):
  """Over the batches that it is drawn in; more are other images."""
  coarse = opened.painted(paint, 2)
  few = _draw(opened, 3, 2, coarse, seed=4)
  many = _draw(opened, photograph.BATCH + 3, 2, coarse, seed=4)
  np.testing.assert_allclose(few.astype(int), many[:3], atol=1)
  assert len(np.unique(many.reshape(len(many), -1), axis=0)) == len(many)


def test_equal_seeds_give_equal_variations(opened, paint):
  """Others do not; without noise all variations are equal."""
  coarse = opened.painted(paint, 2)
  first, again, other = (
    _draw(opened, 2, 2, coarse, seed=seed) for seed in (1, 1, 2)
  )
  np.testing.assert_array_equal(first, again)
  assert not np.array_equal(first, other)
  np.testing.assert_array_equal(*_draw(opened, 2, 2, coarse, temperature=0.0))


def test_finer_levels_refine_the_given_image_unless_told_otherwise(
  opened, run, paint
):
  """The paper's refine the model's reconstruction of it."""
  coarse = opened.painted(paint, 1)
  given = _draw(opened, 1, 1, coarse, temperature=0.0)
  reconstructed = _draw(
    opened, 1, 1, coarse, temperature=0.0, base="reconstructed"
  )
  expected = editing.draw_from_given(
    run.model, tf.constant(coarse[None]), 1, tf.constant([0, 0]), 0.0
  )[0]
  np.testing.assert_allclose(
    given.astype(int), images.to_uint8(expected), atol=1
  )
  assert not np.array_equal(given, reconstructed)


@pytest.mark.parametrize("painting", [True, False])
def test_colors_may_be_kept_to_those_of_the_level(opened, paint, painting):
  """What is drawn then has the coarse image that was painted, or kept."""
  coarse = opened.painted(paint, 2) if painting else None
  expected = images.to_uint8(coarse) if painting else opened.levels[2]
  distances = []
  for keep_coarse in (True, False):
    drawn = _draw(opened, 2, 2, coarse, keep_coarse=keep_coarse)
    seen = drawn.reshape(2, 4, 4, 4, 4, 3).mean((2, 4))
    distances.append(np.abs(seen - np.float64(expected)).mean())
  assert distances[0] < 12 < distances[1]


def test_fitted_detail_is_another(opened, paint):
  """And depends on the region in which it need not fit."""
  coarse = opened.painted(paint, 1)
  region = opened.region(paint[:, :, 3], 1)
  options = {"fit": True, "temperature": 0.0}
  free = _draw(opened, 1, 1, coarse, temperature=0.0)
  fitted = _draw(opened, 1, 1, coarse, region, **options)
  nowhere = _draw(opened, 1, 1, coarse, np.zeros_like(region), **options)
  assert not np.array_equal(free, fitted)
  assert not np.array_equal(nowhere, fitted)


@pytest.mark.parametrize("blend", ["poisson", "pyramid", "feather"])
def test_nothing_changes_outside_of_the_region(opened, paint, pixels, blend):
  """Bit for bit, at the photograph's size."""
  region = opened.region(paint[:, :, 3], 1)
  compositor = opened.compositor(region, blend)
  for variation in _draw(opened, 2, 1, opened.painted(paint, 1)):
    result = compositor(variation)
    np.testing.assert_array_equal(result[region == 0], pixels[region == 0])
    assert np.mean(result[region > 0] != pixels[region > 0]) > 0.5


def test_a_variation_is_pasted_by_lanczos(opened, pixels):
  """Where nothing is blended; so is a reconstruction, and only the window."""
  region = np.zeros(_SHAPE, np.uint8)
  region[_SQUARE] = 255
  variation = _draw(opened, 1)[0]
  for picture, onto in (
    (variation, "original"),
    (opened.reconstructions[0], "reconstruction"),
  ):
    pasted = opened.window.pasted(pixels, picture)
    compositor = opened.compositor(region, "feather", onto)
    np.testing.assert_array_equal(
      compositor(picture)[16:24, 24:32], pasted[16:24, 24:32]
    )
  np.testing.assert_array_equal(compositor.base, pasted)
  outside = np.delete(np.arange(_SHAPE[1]), np.s_[_LEFT : _LEFT + _SIDE])
  np.testing.assert_array_equal(pasted[:, outside], pixels[:, outside])


@pytest.mark.parametrize("option", ["fit", "keep_coarse"])
def test_one_level_has_no_finer_detail(tiny_config, pixels, option):
  """So what asks for it is answered."""
  model = small_runs.LapCVAE(tiny_config(1))
  session = EditSession(model, DataConfig(name="faces", size=16))
  with pytest.raises(errors.UserError, match="one level.*--fit"):
    _draw(session.open(pixels), 1, session.level(None), **{option: True})


def test_a_lapgan_draws_detail_for_a_painting(without_encoder, pixels):
  """Which keeps to it, as its levels do."""
  opened = without_encoder.open(pixels)
  size, side = without_encoder.config.sizes
  layer = np.zeros((side, side, 4), np.uint8)
  layer[1:3, 1:3] = (200, 120, 40, 255)
  coarse = opened.painted(layer, 1)
  drawn, other = _draw(opened, 2, 1, coarse)
  assert drawn.shape == (size, size, 3) and not np.array_equal(drawn, other)
  seen = drawn.reshape(side, size // side, side, -1, 3).mean((1, 3))
  inner = np.abs(seen - np.float64(images.to_uint8(coarse)))
  assert np.median(inner) < 2.0
  assert opened.reconstructions is None


@pytest.mark.parametrize(
  ("options", "message"),
  [
    ({"base": "reconstructed"}, "--base=reconstructed needs a model that enc"),
    ({"fit": True}, "--fit needs a model that encodes"),
    ({"temperature": 0.5}, "noise of a LAPGAN has no scale"),
  ],
)
def test_what_needs_an_encoder_is_refused_without_one(
  without_encoder, pixels, options, message
):
  """With the remedy, before anything is drawn."""
  opened = without_encoder.open(pixels)
  with pytest.raises(errors.UserError, match=message):
    _draw(opened, 1, 1, **options)
  with pytest.raises(errors.UserError, match="--onto=reconstruction needs"):
    opened.compositor(np.ones(_SHAPE, np.uint8), onto="reconstruction")
