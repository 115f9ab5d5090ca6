"""Levels with an adversary: who learns what."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf import adversarial
from lapcvae_tf.model import LapCVAE

SEED = tf.constant([3, 4])


def _model(**adversary):
  """Three levels that keep to their base, the finer two with an adversary."""
  return small_models.adversarial(3, 2, adversary=adversary)


def _values(variables):
  return [variable.numpy().copy() for variable in variables]


def _same(first, second):
  return [np.array_equal(a, b) for a, b in zip(first, second, strict=True)]


def _after_a_step(train, image, **adversary):
  trained = _model(**adversary)
  before = [_values(part) for part in _parts(trained)]
  train(trained, image)
  return before, [_values(part) for part in _parts(trained)]


def _parts(model):
  """Weights of likelihood, generator and discriminator of all levels."""
  levels = model.level_models
  return [
    [v for level in levels for v in getattr(level, f"{part}_variables")]
    for part in ("likelihood", "generator", "discriminator")
  ]


def test_all_three_learn_and_have_weights_of_their_own(train, image):
  """No weight is moved by two optimizers, or by none."""
  model = _model()
  parts = _parts(model)
  ids = [id(v) for part in parts for v in part]
  assert sorted(ids) == sorted(id(v) for v in model.trainable_variables)
  before, after = _after_a_step(train, image)
  for part, one, two in zip(parts, before, after, strict=True):
    same = zip(part, _same(one, two), strict=True)
    # Last biases: consistency and pairing take constants out.
    assert {v.name for v, stays in same if stays} <= {"bias"}
    assert np.mean(_same(one, two)) < 0.4


def test_the_game_reaches_neither_encoder_nor_decoder_nor_prior(train, image):
  """They learn by likelihood; G_k's step depends on the adversary's weight."""
  _, light = _after_a_step(train, image, weight=0.0)
  _, heavy = _after_a_step(train, image, weight=1e3)
  likelihood, generator, discriminator = (
    _same(*pair) for pair in zip(light, heavy, strict=True)
  )
  assert all(likelihood) and all(discriminator)
  assert not all(generator)


def test_penalties_reach_the_discriminator_alone(train, image):
  """R1 and R2 are D_k's, each with a weight of its own."""
  _, plain = _after_a_step(train, image, real_penalty=0.0, generated_penalty=0)
  for penalty in ("real_penalty", "generated_penalty"):
    weights = {"real_penalty": 0.0, "generated_penalty": 0.0, penalty: 50.0}
    _, held = _after_a_step(train, image, **weights)
    likelihood, generator, discriminator = (
      _same(*pair) for pair in zip(plain, held, strict=True)
    )
    assert all(likelihood) and all(generator)
    assert not all(discriminator)


def test_losses_are_those_of_the_pairs(image):
  """Relativistic pairing of each true band with its reconstruction."""
  model = _model(fakes=("posterior",), weight=3.0, real_penalty=0.0)
  level, outcome = model.level_models[0], model.outcomes(image, SEED)[0]
  game = adversarial.play(level, outcome, model.draw_latent, SEED)
  real, fake = (
    level.discriminator(band, outcome.low_pass).numpy()
    for band in (outcome.target, outcome.band)
  )
  rival = np.mean(np.log1p(np.exp(real - fake)))
  np.testing.assert_allclose(game.figures["generator_loss"], rival, rtol=1e-5)
  error = np.square(outcome.target - outcome.band).sum((1, 2, 3))
  expected = 0.5 * error.mean() + 3.0 * rival
  np.testing.assert_allclose(game.generator_loss, expected, rtol=1e-5)
  expected = np.mean(np.log1p(np.exp(fake - real)))
  figures = game.figures
  np.testing.assert_allclose(figures["discriminator_loss"], expected, rtol=1e-5)
  right = np.mean(real > fake)
  np.testing.assert_allclose(figures["discriminator_accuracy"], right)
  # What remains of D_k's loss is R2, with its weight of 0.03.
  band = tf.constant(outcome.band)
  with tf.GradientTape() as tape:
    tape.watch(band)
    logit = tf.reduce_sum(level.discriminator(band, outcome.low_pass))
  slope = np.square(tape.gradient(logit, band)).sum((1, 2, 3))
  np.testing.assert_allclose(
    game.discriminator_loss - expected, 0.03 * 0.5 * slope.mean(), rtol=1e-3
  )


def test_latents_of_posterior_and_prior_share_the_images_out(image):
  """With both, every other image is reconstructed, and the others drawn."""
  model = _model()
  level, outcome = model.level_models[0], model.outcomes(image, SEED)[0]
  asked = []

  def draw(k, prior, seed):
    asked.append((k, prior.mean.numpy()))
    return model.draw_latent(k, prior, seed)

  adversarial.play(level, outcome, draw, SEED)
  [(k, mean)] = asked
  assert k == 0
  np.testing.assert_array_equal(mean, outcome.prior.mean[1::2])


def test_training_starts_from_the_mean_band(image):
  """Detail is zero at first."""
  model = LapCVAE(small_models.adversarial_config(3, 2))
  for outcome in model.outcomes(image, SEED):
    np.testing.assert_allclose(outcome.band, outcome.mean, atol=1e-5)


@pytest.mark.parametrize("condition", ["latents", "low_pass"])
def test_every_decoder_and_any_level_may_have_an_adversary(
  train, image, condition
):
  """The coarsest level too, whose networks see no low-pass image."""
  config = small_models.adversarial_config(
    2, 2, {"fakes": ("prior",)}, decoder_condition=condition, target="open_loop"
  )
  model = small_models.randomised(LapCVAE(config))
  scalars = train(model, image)
  assert all(np.isfinite(value) for value in scalars.values())
  assert scalars["level_1/generator_loss"] > 0.0


def test_a_level_that_is_not_finite_is_named(train, image):
  """Fused ReLUs of D_k would make a number of it."""
  broken = image.numpy()
  broken[1, 4, 4, 2] = np.nan
  scalars = train(_model(), tf.constant(broken))
  assert not np.isfinite(scalars["level_0/generator_loss"])


def test_plain_levels_have_neither_players_nor_their_optimizers(tiny_model):
  """What was there before is as it was."""
  model = tiny_model()
  model.compile(optimizer=tf.keras.optimizers.Adam())
  assert list(model.optimizers) == ["optimizer"]
  assert not any(name.endswith("accuracy") for name in model.trackers)
  for level in model.level_models:
    assert level.likelihood_variables == level.trainable_variables
    assert level.generative_weights == level.weights


def test_a_saved_model_goes_on_with_all_three_optimizers(image, tmp_path):
  """`save` and `load_model` keep configuration, weights and moments."""
  model = _model()
  model.compile(optimizer=tf.keras.optimizers.Adam(1e-3), run_eagerly=True)
  model.train_step({"image": image})
  model.save(tmp_path / "model.keras")
  loaded = tf.keras.models.load_model(tmp_path / "model.keras")
  loaded.run_eagerly = True
  for one in (model, loaded):
    one.reset_metrics()
    one.train_step({"image": image})
  for weight, other in zip(model.weights, loaded.weights, strict=True):
    np.testing.assert_array_equal(weight, other)


def test_adversaries_that_cannot_be_are_refused():
  """Before anything is built; value, rule and remedy are named."""
  config = small_models.adversarial_config(2, 1)
  for change, message in (
    ({"schedule": "end_to_end"}, "likelihood='adversarial' .*schedule='joint'"),
    ({"fine_tune_fraction": 0.5}, "likelihood='adversarial'"),
  ):
    with pytest.raises(ValueError, match=message):
      dataclasses.replace(config, **change)
  adversary = config.levels[0].adversary
  for change, message in (
    ({"fakes": ()}, r"posterior, prior; got \(\)"),
    ({"fakes": ("noise",)}, "posterior, prior; got .*noise"),
    ({"weight": -1.0}, "weight is at least 0, got -1.0"),
    ({"filters": ()}, "at least one convolution"),
    ({"feature_weight": 2.0}, r"lies in \[0, 1\], got 2.0"),
    ({"margin": -1.0}, "margin is at least 0 or None, got -1.0"),
  ):
    with pytest.raises(ValueError, match=message):
      dataclasses.replace(adversary, **change)
  with pytest.raises(ValueError, match="likelihood is one of adv"):
    dataclasses.replace(config.levels[0], likelihood="l1")
