"""Levels of a LapCVAE that draw pixels: losses, conditions, draws, exports."""

import dataclasses
import re

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf import export, losses, presets
from lapcvae_tf.adversary_config import LEVEL_LIKELIHOODS
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.level_config import LevelConfig
from lapcvae_tf.logistic_mixture import on_grid
from lapcvae_tf.model import LapCVAE
from pyramid_tf import pyramid

_NETWORK = {"filters": 4, "layers": 1, "mixtures": 2}
_SEED = (3, 4)


def _model(levels, num_levels=2, **options):
  config = small_models.lapcvae_config(num_levels, **options)
  config = presets.with_pixel_cnn(config, levels, **_NETWORK)
  return small_models.randomised(LapCVAE(config))


@pytest.fixture(scope="module")
def everywhere():
  """Two levels that both draw pixels; nothing changes it."""
  return _model((0, 1))


@pytest.fixture(scope="module")
def draw(everywhere):
  """Its `sample_pixels`, compiled."""
  return tf.function(everywhere.sample_pixels)


@pytest.fixture(scope="module")
def outcomes(everywhere, image):
  """The walk over four images, with latents of their posteriors."""
  return everywhere.outcomes(image, tf.constant(_SEED))


def test_loss_is_pixels_and_divergence_and_the_mean_band(everywhere, outcomes):
  """NLL + lambda KL + mean_weight times half the squared error."""
  objective, _ = everywhere.objectives()[0]
  terms = objective.loss_terms(everywhere.level_models, outcomes, {})
  for k, outcome in enumerate(outcomes):
    level = everywhere.config.levels[k]
    error = losses.half_squared_error(outcome.target, outcome.band)
    expected = outcome.pixel_nll + level.kl_weight * outcome.kl() + error
    np.testing.assert_allclose(terms[k], tf.reduce_mean(expected), rtol=1e-5)


def test_weight_of_the_mean_band_is_chosen():
  """At 0 the pixels' likelihood is all there is."""
  config = presets.with_pixel_cnn(
    small_models.lapcvae_config(1), (0,), mean_weight=0.0, **_NETWORK
  )
  level = LapCVAE(config).level_models[0]
  band = tf.ones((2, 16, 16, 3))
  loss = level.pixel_loss(tf.constant([3.0, 4.0]), band, -band)
  np.testing.assert_array_equal(loss, [3.0, 4.0])


def test_drawn_reconstructions_are_told_no_true_pixels(everywhere, image):
  """All that they know of an image is latents."""
  seed = tf.constant(_SEED)
  outcomes = everywhere.outcomes(image, seed)
  drawn = everywhere.reconstruct_drawn(image, seed)
  coarsest = outcomes[1].composed
  config = everywhere.config
  low_pass = pyramid.upsample(coarsest, 16, config.kernel)
  level = everywhere.level_models[0]
  target = pyramid.laplacian_pyramid(image, config.sizes, config.kernel)[0]
  posterior = level.posterior(target, low_pass)
  latent = posterior.sample(tf.random.fold_in(seed, 0))
  band = level.decode([latent, outcomes[1].latent], low_pass)
  np.testing.assert_allclose(drawn, low_pass + band, atol=1e-5)
  assert np.max(np.abs(drawn - outcomes[0].composed)) > 1e-2


def test_finer_levels_are_told_the_true_pixels(everywhere, image, outcomes):
  """l_0 = u(b_1) on the grid, so that the sum of losses is a bound."""
  config = everywhere.config
  blurred = pyramid.gaussian_pyramid(image, config.sizes, config.kernel)
  low_pass = pyramid.upsample(on_grid(blurred[1]), 16, config.kernel)
  np.testing.assert_allclose(
    outcomes[0].composed - outcomes[0].band, low_pass, atol=1e-5
  )
  level = everywhere.level_models[1]
  pixels = on_grid(blurred[1])
  statistics = level.posterior(pixels, tf.zeros_like(pixels))
  prior = everywhere.level_models[0].prior(statistics, 4, low_pass)
  np.testing.assert_allclose(outcomes[0].prior.mean, prior.mean, atol=1e-4)


def test_levels_learn_from_their_own_loss_alone(everywhere, image):
  """Pixels of the finer level teach the coarser one nothing."""
  objective, _ = everywhere.objectives()[0]
  with tf.GradientTape() as tape:
    outcomes = everywhere.outcomes(image, tf.constant(_SEED))
    terms = objective.loss_terms(everywhere.level_models, outcomes, {})
  gradients = tape.gradient(
    terms[0], everywhere.level_models[1].trainable_variables
  )
  assert all(gradient is None for gradient in gradients)


def test_pixels_teach_encoder_decoder_and_network(image):
  """Without the mean band's error, every weight still has a gradient."""
  config = presets.with_pixel_cnn(
    small_models.lapcvae_config(1), (0,), mean_weight=0.0, **_NETWORK
  )
  model = small_models.randomised(LapCVAE(config))
  with tf.GradientTape() as tape:
    [outcome] = model.outcomes(image, tf.constant(_SEED))
    loss = tf.reduce_sum(outcome.pixel_nll)
  variables = model.level_models[0].trainable_variables
  for variable, gradient in zip(
    variables, tape.gradient(loss, variables), strict=True
  ):
    assert gradient is not None, variable.path
    assert np.any(np.abs(gradient) > 0.0), variable.path


def test_training_raises_the_likelihood_of_pixels(image, train):
  """By thirty steps of Adam on four images."""
  model = LapCVAE(
    presets.with_pixel_cnn(small_models.lapcvae_config(1), (0,), **_NETWORK)
  )
  first = train(model, image, optimizer=tf.keras.optimizers.Adam(1e-2))
  last = train(model, image, steps=30, optimizer=tf.keras.optimizers.Adam(1e-2))
  assert last["level_0/pixel_nll"] < 0.99 * first["level_0/pixel_nll"]


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_trains_and_scores_nearly_the_same(
  everywhere, outcomes, image, train, policy
):
  """Mixtures stay in float32, so that -ln p of pixels keeps two digits."""
  before = tf.keras.mixed_precision.global_policy()
  tf.keras.mixed_precision.set_global_policy(policy)
  try:
    model = small_models.randomised(LapCVAE(everywhere.config))
    halves = model.outcomes(image, tf.constant(_SEED))
    for half, exact in zip(halves, outcomes, strict=True):
      assert half.pixel_nll.dtype == tf.float32
      np.testing.assert_allclose(half.pixel_nll, exact.pixel_nll, rtol=0.02)
    logs = train(model, image)
  finally:
    tf.keras.mixed_precision.set_global_policy(before)
  assert all(np.isfinite(value) for value in logs.values()), logs
  for weight in model.level_models[0].pixel_cnn.weights:
    assert weight.dtype == "float32"
    assert np.all(np.isfinite(weight)), weight.path


def test_mean_bands_are_what_they_were_without_pixels(image):
  """Reconstruction and samples of the mean do not read the PixelCNN."""
  model = _model((0, 1))
  seed = tf.constant(_SEED)
  before = model.reconstruct(image), model.sample(seed, 2)
  for level in model.level_models:
    for weight in level.pixel_cnn.weights:
      weight.assign(weight + 1.0)
  np.testing.assert_array_equal(model.reconstruct(image), before[0])
  np.testing.assert_array_equal(model.sample(seed, 2), before[1])


def test_drawn_pixels_lie_on_the_grid_and_follow_the_seed(draw):
  """Equal seeds give equal images, others give others."""
  first = draw(tf.constant(_SEED), 2)
  np.testing.assert_allclose(first, on_grid(first), atol=1e-6)
  np.testing.assert_array_equal(first, draw(tf.constant(_SEED), 2))
  assert np.any(first != draw(tf.constant((3, 5)), 2))


def test_coarse_pixels_are_refined():
  """With pixels at the coarsest level, finer images start from drawn ones."""
  model = _model((-1,))
  seed = tf.constant(_SEED)
  drawn = tf.function(model.sample_pixels)(seed, 2)
  mean = model.sample(seed, 2)
  assert np.any(np.abs(drawn - mean) > 1e-3)


def test_served_pixels_are_those_of_the_live_model(everywhere, draw, tmp_path):
  """`sample_pixels` of the cascade, and its rows are bounded."""
  folder = export.export_cascade(everywhere, tmp_path / "cascade")
  served = tf.saved_model.load(str(folder)).signatures["sample_pixels"]
  arguments = {"seed": tf.constant(_SEED), "temperature": tf.constant(1.0)}
  images = served(count=tf.constant(2), **arguments)["images"]
  live = draw(tf.constant(_SEED), 2)
  np.testing.assert_allclose(images, tf.clip_by_value(live, -1, 1), atol=1e-5)
  with pytest.raises(tf.errors.InvalidArgumentError, match="count must be 0"):
    served(count=tf.constant(65), **arguments)


def test_a_model_without_pixels_draws_none(tiny_model):
  """The message says what to call instead."""
  model = tiny_model(1)
  with pytest.raises(ValueError, match="Use sample or reconstruct"):
    model.sample_pixels(tf.constant(_SEED), 1)


@pytest.mark.parametrize(
  "change, message",
  [
    ({"schedule": "end_to_end"}, "no gradients on, so nothing can be learned"),
    ({"fine_tune_fraction": 0.5}, "fine_tune_fraction=0"),
    (
      {"consistency_steps": 1, "kernel": "haar"},
      "Level 0 has output='pixelcnn', whose drawn pixels cannot keep",
    ),
  ],
)
def test_combinations_that_cannot_be_are_refused(change, message):
  """The message names level, rule and remedy."""
  levels = (LevelConfig(size=16, output="pixelcnn"), LevelConfig(size=8))
  with pytest.raises(ValueError, match=re.escape(message)):
    LapCVAEConfig(levels=levels, **change)


@pytest.mark.parametrize("likelihood", LEVEL_LIKELIHOODS)
def test_pixels_have_one_likelihood(likelihood):
  """A level that draws pixels has no discriminator beside it."""
  message = f"likelihood='{likelihood}'. Set likelihood=None or output='mean'."
  with pytest.raises(ValueError, match=re.escape(message)):
    LevelConfig(size=16, output="pixelcnn", likelihood=likelihood)


def test_pixels_and_detail_go_together_at_different_levels(image, train):
  """Coarse pixels are refined by detail, each with noise of the seed."""
  config = small_models.adversarial_config(2, 1)
  model = LapCVAE(presets.with_pixel_cnn(config, (-1,), **_NETWORK))
  figures = train(model, image)
  assert {"level_0/generator_loss", "level_1/pixel_nll"} <= figures.keys()
  small_models.randomised(model)
  draw = tf.function(model.sample_pixels)
  drawn = [draw(tf.constant((3, i)), 2) for i in (4, 4, 5)]
  np.testing.assert_array_equal(drawn[0], drawn[1])
  assert np.any(drawn[0] != drawn[2])


def test_an_unknown_output_is_refused():
  """The message lists those there are."""
  with pytest.raises(ValueError, match="one of mean, pixelcnn; got 'gan'"):
    LevelConfig(size=16, output="gan")


def test_presets_differ_in_their_outputs_alone():
  """So that a comparison is of nothing else."""
  plain = presets.lapcvae(64)
  drawn = presets.with_pixel_cnn(plain, (0, -1))
  outputs = [level.output for level in drawn.levels]
  assert outputs == ["pixelcnn", "mean", "mean", "pixelcnn"]
  levels = [dataclasses.replace(lv, output="mean") for lv in drawn.levels]
  assert dataclasses.replace(drawn, levels=tuple(levels)) == plain
