"""Coarse images that are generated, kept as they are, or real without noise."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf import coarse_images, steps
from lapgan_tf.coarse_images import CoarseImages, RefinedImages
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.level_config import LayerConfig
from lapgan_tf.model import LAPGAN
from pyramid_tf import pyramid

SEED = tf.constant([3, 1])


def _low_pass_of(level, images):
  return pyramid.upsample(images, level.size, level.config.kernel)


def test_a_picked_image_has_the_class_of_its_label():
  """Labels of generated images are those of the real ones beside them."""
  numbers = tf.reshape(tf.range(4.0), (4, 1, 1, 1, 1))
  images = CoarseImages(tf.tile(numbers, (1, 5, 2, 2, 3)))
  label = tf.constant([3, 0, 2, 2, 1])
  picked = images.pick(tf.zeros((5, 1)), tf.one_hot(label, 4), SEED)
  np.testing.assert_array_equal(picked[:, 0, 0, 0], label)


def test_seeds_pick_among_all_images():
  """Equal seeds pick equally; many picks miss none of a few images."""
  numbers = tf.reshape(tf.range(3.0), (1, 3, 1, 1, 1))
  images = CoarseImages(tf.tile(numbers, (1, 1, 2, 2, 3)))
  first, again = (images.pick(tf.zeros((50, 1)), None, SEED) for _ in range(2))
  np.testing.assert_array_equal(first, again)
  assert set(first[:, 0, 0, 0].numpy()) == {0.0, 1.0, 2.0}


@pytest.mark.parametrize("num_classes", [0, 4])
def test_drawn_images_are_those_of_the_coarser_levels(make_model, num_classes):
  """Each class has its own, of the size below the level that they are for."""
  model = make_model(num_levels=3, num_classes=num_classes)
  drawn = coarse_images.draw(model.level_models[1:], 10, seed=2).images
  size = model.config.sizes[1]
  assert drawn.shape[0] == max(1, num_classes)
  assert drawn.shape[2:] == (size, size, 3)
  again = coarse_images.draw(model.level_models[1:], 10, seed=2).images
  np.testing.assert_array_equal(drawn, again)
  assert not np.array_equal(drawn[0, 0], drawn[0, 1])
  if num_classes:
    assert not np.array_equal(drawn[0], drawn[1])


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_share_of_what_is_refined_was_generated(
  make_level, compiled, image, share, monkeypatch
):
  """D's real examples stay real; G is given generated low-pass images."""
  level = compiled(make_level(generated_low_pass=share))
  side = level.config.sizes[1]
  constant = tf.fill((1, 1, side, side, 3), 9.0)
  level.coarse_images = CoarseImages(constant)
  seen = {}

  def record(level, examples, given, seed):
    del level, seed
    seen.update(examples=examples, given=given)
    return {}

  monkeypatch.setitem(steps.STEPS, "non_saturating", record)
  level.train_step({"image": image})
  band, low_pass = level.real_bands(image)
  np.testing.assert_allclose(seen["examples"].low_pass, low_pass, atol=1e-6)
  np.testing.assert_allclose(seen["given"].band, band, atol=1e-6)
  generated = np.isclose(
    seen["given"].low_pass, _low_pass_of(level, constant[0])
  ).all((1, 2, 3))
  kept = np.isclose(seen["given"].low_pass, low_pass, atol=1e-6).all((1, 2, 3))
  assert np.all(generated ^ kept)
  assert generated.sum() == 8 if share == 1.0 else 0 < generated.sum() < 8


def test_a_level_asks_for_the_images_it_learns_from(
  make_level, compiled, image
):
  """A level of a cascade cannot draw them itself."""
  level = compiled(make_level(generated_low_pass=0.5))
  with pytest.raises(ValueError, match="set its coarse_images"):
    level.train_step({"image": image})


def test_the_coarsest_level_needs_none(make_level, compiled, image):
  """It refines nothing."""
  level = compiled(make_level(1, generated_low_pass=0.5))
  assert np.isfinite(
    float(level.train_step({"image": image})["generator_loss"])
  )


def test_refined_photographs_are_what_the_level_above_makes_of_them(
  make_model, image
):
  """From the image that it is given itself, not from noise."""
  model = make_model(
    num_levels=3, generated_low_pass=0.5, generated_from="photographs"
  )
  middle = model.level_models[1]
  picked = RefinedImages(middle).pick(image, None, SEED)
  _, low_pass = middle.real_bands(image)
  expected = low_pass + middle.generate(low_pass, SEED, conditioning_noise=0.0)
  np.testing.assert_allclose(picked, expected, atol=1e-6)
  needs = [level.learns_from_generated for level in model.level_models]
  assert needs == [True, False, False]
  noise = make_model(num_levels=3, generated_low_pass=0.5)
  needs = [level.learns_from_generated for level in noise.level_models]
  assert needs == [True, True, False]


def test_a_kept_coarse_image_is_what_d_makes_of_the_result(
  make_model, compiled, image
):
  """d(x_k) = x_{k+1} to rounding, in the units of all pixels."""
  model = make_model(
    num_levels=3, kernel="haar", keep_coarse=True, standardisation="per_channel"
  )
  for level in model.level_models:
    compiled(level).train_step({"image": image})
    level.average.serve()
  chain = model.sample_chain(SEED, 4)
  for fine, coarse in zip(chain, chain[1:], strict=False):
    again = pyramid.downsample(fine, coarse.shape[1:3], "haar")
    np.testing.assert_allclose(again, coarse, atol=1e-5)
  assert np.std(chain[0] - _enlarged(chain[1], chain[0])) > 1e-4


def test_a_level_has_its_own_way_with_the_coarse_image(make_model, image):
  """Coarser levels mend what is drawn; the finest keeps what they made."""
  config = make_model(num_levels=3, kernel="haar").config
  finest = dataclasses.replace(
    config.levels[0],
    discriminator_input="pair",
    generated_low_pass=0.0,
    keep_coarse=True,
  )
  model = LAPGAN(
    dataclasses.replace(
      config,
      levels=(finest, *config.levels[1:]),
      generated_low_pass=0.5,
      standardisation="per_channel",
    )
  )
  levels = model.level_models
  needs = [level.learns_from_generated for level in levels]
  assert needs == [False, True, False]
  judged = [level.discriminator.weights[0].shape[2] for level in levels[:2]]
  assert judged == [6, 3]
  for level in levels[:2]:
    random = np.random.default_rng(level.k)
    for weight in level.generator.trainable_variables:
      weight.assign(random.normal(size=weight.shape, scale=0.1))
    level.average.restart()
  fine, middle, coarse = model.sample_chain(SEED, 4)
  again = pyramid.downsample(fine, middle.shape[1:3], "haar")
  np.testing.assert_allclose(again, middle, atol=1e-5)
  again = pyramid.downsample(middle, coarse.shape[1:3], "haar")
  assert np.abs(again - coarse).max() > 1e-2


def _enlarged(coarse, fine):
  return pyramid.upsample(coarse, fine.shape[1:3], "haar")


def test_refining_starts_at_any_level(make_model, image):
  """What is given is returned as that level's image."""
  model = make_model(num_levels=3)
  size = model.config.sizes
  coarse = pyramid.gaussian_pyramid(image, size, model.config.kernel)
  chain = model.refine(coarse[1], SEED, level=1)
  assert [x.shape[1] for x in chain] == list(size[:2])
  np.testing.assert_allclose(
    chain[1], model.standardisation.to_image(coarse[1]), atol=1e-6
  )


def test_real_coarse_images_are_refined_without_noise(make_level, image):
  """At deviation 0 the noise's seed has no part in the result."""
  level = make_level(conditioning_noise=0.3, sampling_noise=0.2)
  _, low_pass = level.real_bands(image)
  quiet = level.generate(low_pass, SEED, conditioning_noise=0.0)
  usual = level.generate(low_pass, SEED)
  chosen = level.generate(low_pass, SEED, conditioning_noise=0.2)
  np.testing.assert_array_equal(usual, chosen)
  assert np.any(quiet != usual)


def test_a_projected_label_adds_its_product_with_the_features(
  make_level, image
):
  """Miyato and Koyama (2018), Equation 3: logits are linear in the label."""
  level = make_level(num_classes=4, discriminator_label="projection")
  band, low_pass = level.real_bands(image)
  judge = level.discriminator
  nothing = judge(band, low_pass, tf.zeros((8, 4)))
  one, other = (
    judge(band, low_pass, tf.one_hot(tf.fill([8], c), 4)) for c in (0, 2)
  )
  both = judge(band, low_pass, tf.one_hot([0] * 8, 4) + tf.one_hot([2] * 8, 4))
  np.testing.assert_allclose(both, one + other - nothing, atol=1e-5)
  assert np.any(np.abs(one - other) > 1e-6)


def test_units_before_a_convolution_become_maps(tiny_config):
  """A dense layer at the start of a coarsest generator that convolves."""
  config = tiny_config(num_classes=4)
  coarsest = config.levels[-1]
  side = coarsest.size
  layers = (
    LayerConfig(filters=2 * side**2),
    LayerConfig(filters=3, kernel_size=3, activation="linear"),
  )
  coarsest = dataclasses.replace(coarsest, generator=layers)
  config = dataclasses.replace(config, levels=(*config.levels[:-1], coarsest))
  level = LAPGANLevel(config, config.num_levels - 1)
  low_pass = tf.zeros((5, side, side, 3))
  bands = level.generate(low_pass, SEED, tf.range(5) % 4)
  assert bands.shape == (5, side, side, 3)
  assert np.std(bands) > 0.0
