"""Latents out and in again, and detail drawn for painted coarse images."""

import re

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf import editing
from pyramid_tf import pyramid

SEED = tf.constant([7, 8])
OTHER_SEED = tf.constant([7, 9])


def _coarse(model, image, level):
  """b_level."""
  config = model.config
  return pyramid.gaussian_pyramid(image, config.sizes, config.kernel)[level]


def test_decoding_what_was_encoded_reconstructs(model, image):
  """Latents of all levels are all there is to an image."""
  latents = model.encode(image)
  assert [z.shape for z in latents] == [(4, 3), (4, 4), (4, 5)]
  np.testing.assert_allclose(
    model.decode(latents), model.reconstruct(image), atol=1e-6
  )


def test_every_latent_counts_in_its_own_image(model, image):
  """Moving z_k of one image changes that image alone, for every k."""
  latents = model.encode(image)
  before = model.decode(latents)
  for k in range(3):
    moved = list(latents)
    moved[k] += tf.constant([[0.0], [3.0], [0.0], [0.0]])
    change = np.abs(model.decode(moved) - before).max((1, 2, 3))
    assert change[1] > 1e-2
    np.testing.assert_allclose(change[[0, 2, 3]], 0.0, atol=1e-5)


def test_latents_of_too_few_levels_are_refused(model, image):
  """Both numbers are named."""
  with pytest.raises(ValueError, match="has 3 levels, got 2 latents"):
    model.decode(model.encode(image)[:2])


def test_painting_nothing_on_the_finest_level_reconstructs(model, image):
  """Nothing is left to draw, so seeds do not matter."""
  actual = editing.draw_from_coarse(model, image, 0, SEED)
  for drawn, expected in zip(
    actual, model.reconstruct_levels(image), strict=True
  ):
    np.testing.assert_allclose(drawn, expected, atol=1e-6)


@pytest.mark.parametrize("level", [1, 2])
def test_painting_nothing_draws_what_resampling_draws(model, image, level):
  """Figures 1 and 9 differ in the coarse image alone."""
  coarse = _coarse(model, image, level)
  actual = editing.draw_from_coarse(model, coarse, level, SEED)
  np.testing.assert_allclose(
    actual[0], model.resample(image, level, SEED), atol=1e-5
  )


@pytest.mark.parametrize("level", [1, 2])
def test_the_painted_level_and_coarser_ones_are_not_drawn(model, image, level):
  """They are those of the reconstruction, whatever the seed."""
  coarse = _coarse(model, image, level)
  expected = model.reconstruct_levels(image)
  actual, other = (
    editing.draw_from_coarse(model, coarse, level, seed)
    for seed in (SEED, OTHER_SEED)
  )
  for k in range(3):
    assert actual[k].shape == expected[k].shape
    if k >= level:
      np.testing.assert_allclose(actual[k], expected[k], atol=1e-6)
      np.testing.assert_array_equal(actual[k], other[k])
    else:
      apart = np.abs(actual[k] - other[k]).max((1, 2, 3))
      assert np.all(apart > 1e-2)


def test_paint_changes_every_level(model, image):
  """Finer ones of the same seed go with it."""
  coarse = _coarse(model, image, 2)
  painted = coarse + tf.constant([0.0, 0.8, 0.0, 0.0])[:, None, None, None]
  before, after = (
    editing.draw_from_coarse(model, c, 2, SEED) for c in (coarse, painted)
  )
  for k in range(3):
    change = np.abs(after[k] - before[k]).max((1, 2, 3))
    assert change[1] > 1e-3
    np.testing.assert_allclose(change[[0, 2, 3]], 0.0, atol=1e-5)


def test_variations_of_one_painting_differ_with_temperature(model, image):
  """Each has noise of its own; at zero all are the prior's mean."""
  coarse = tf.repeat(_coarse(model, image, 1)[:1], 2, axis=0)

  def drawn(seed, *temperature):
    return editing.draw_from_coarse(model, coarse, 1, seed, *temperature)[0]

  cold = drawn(SEED, 0.0)
  np.testing.assert_array_equal(cold, drawn(OTHER_SEED, 0.0))
  np.testing.assert_allclose(cold[0], cold[1], atol=1e-5)
  warm = drawn(SEED)
  np.testing.assert_array_equal(warm, drawn(SEED, 1.0))
  assert np.abs(warm[0] - warm[1]).max() > 1e-2


@pytest.mark.parametrize("level", [-1, 3])
def test_a_level_that_does_not_exist_is_refused(model, image, level):
  """The message names the value and both ends of the range."""
  message = f"one of 0 (finest) to 2, got {level}."
  with pytest.raises(ValueError, match=re.escape(message)):
    editing.draw_from_coarse(model, image, level, SEED)


def test_a_painting_of_another_level_is_refused(model, image):
  """Both sizes are named."""
  with pytest.raises(ValueError, match="finest level is 8x8.*16x16"):
    editing.draw_from_coarse(model, image, 1, SEED)
