"""VAE/GAN's losses: who minimises what, who waits, and what is the same."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from experiments.config.presets import PRESETS
from lapcvae_tf import discriminator_features
from lapcvae_tf.model import LapCVAE

SEED = tf.constant([3, 4])
_FEATURES = {"filters": (3, 4, 4), "dense_units": 5, "fakes": ("prior",)}


def _model(num_levels=1, **adversary):
  config = small_models.adversarial_config(
    num_levels,
    1,
    {**_FEATURES, **adversary},
    likelihood="discriminator_features",
  )
  # One level has no coarser image, and nothing that others add up to.
  if num_levels == 1:
    config = dataclasses.replace(
      config, likelihood="squared_error", prior="standard"
    )
  return small_models.randomised(LapCVAE(config))


def _game(model, image):
  level, outcome = model.level_models[0], model.outcomes(image, SEED)[0]
  return discriminator_features.play(level, outcome, model.draw_latent, SEED)


def _decoder_gradient(image, gamma, of=lambda game: game.generator_loss):
  model = _model(feature_weight=gamma)
  with tf.GradientTape() as tape:
    loss = of(_game(model, image))
  variables = model.level_models[0].generator_variables
  assert variables == model.level_models[0].decoder.trainable_variables
  parts = tape.gradient(loss, variables)
  return np.concatenate([np.ravel(part) for part in parts])


def _values(variables):
  return [variable.numpy().copy() for variable in variables]


def _stepped(model, image, rate=1e-3):
  """Weights of encoder, decoder and D before and after a step of RMSProp."""
  level = model.level_models[0]
  parts = (
    level.likelihood_variables,
    level.generator_variables,
    level.discriminator_variables,
  )
  model.compile(
    optimizer=tf.keras.optimizers.RMSprop(rate),
    generator_optimizer=tf.keras.optimizers.RMSprop(rate),
    discriminator_optimizer=tf.keras.optimizers.RMSprop(rate),
    run_eagerly=True,
  )
  before = [_values(part) for part in parts]
  model.train_step({"image": image})
  after = [_values(part) for part in parts]
  return after, [
    all(np.array_equal(a, b) for a, b in zip(*pair, strict=True))
    for pair in zip(before, after, strict=True)
  ]


def test_networks_have_the_parameters_of_the_authors_code():
  """Encoder, decoder and discriminator: 33,718,372 trained weights in all."""
  with tf.keras.StatelessScope(initialize_variables=False):
    model = LapCVAE(PRESETS["vaegan_celeba64"]().model)
    [level] = model.level_models
    counts = [
      sum(int(np.prod(v.shape)) for v in part.trainable_variables)
      for part in (level.encoder, level.decoder, level.discriminator)
    ]
  assert counts == [18_071_360, 4_693_155, 10_953_857]
  assert sum(counts) == 33_718_372
  assert level.discriminator.trunk.output_shape[1:] == (8, 8, 256)


def test_narrow_presets_keep_the_weight_of_all_features_together():
  """gamma F is the same, so that the two losses balance as at full size."""
  for suffix, width in (("_half", 2), ("_quarter", 4), ("_eighth", 8)):
    [level] = PRESETS[f"vaegan_celeba64{suffix}"]().model.levels
    [whole] = PRESETS["vaegan_celeba64"]().model.levels
    assert whole.adversary.filters[-1] == width * level.adversary.filters[-1]
    ratio = level.adversary.feature_weight / whole.adversary.feature_weight
    assert ratio == pytest.approx(width)


def test_the_rate_falls_as_in_the_authors_code():
  """(0.025 - (e / 250)^0.75 * 0.02499) / 64 in epoch e of 250."""
  from experiments.training.learning_rates import StagedSchedule

  training = PRESETS["vaegan_celeba64"]().training
  schedule = StagedSchedule(training, [training.steps])
  for epoch in (0, 1, 100, 249):
    expected = (0.025 - (epoch / 250) ** 0.75 * 0.02499) / 64
    for step in (250 * epoch, 250 * epoch + 249):
      actual = float(schedule(tf.constant(step)))
      np.testing.assert_allclose(actual, expected, atol=2e-7)


def test_the_decoder_mixes_both_losses(image):
  """gamma L_f - (1 - gamma) L_GAN: 0 takes L_f from it, and 1 L_GAN."""
  of_features = _decoder_gradient(image, 0.5, lambda game: game.reconstruction)
  of_gan = _decoder_gradient(
    image, 0.5, lambda game: game.figures["discriminator_loss"]
  )
  assert np.abs(of_features).max() > 1e-3 and np.abs(of_gan).max() > 1e-4
  for gamma in (0.0, 0.3, 1.0):
    expected = gamma * of_features - (1.0 - gamma) * of_gan
    scale = np.abs(expected).max()
    actual = _decoder_gradient(image, gamma)
    np.testing.assert_allclose(actual, expected, atol=1e-4 * scale)


def test_features_are_compared_with_half_the_squared_error(image):
  """L_f is -ln N(f(x); f(x~), I), and zero but for its constant at x."""
  model = _model()
  level, outcome = model.level_models[0], model.outcomes(image, SEED)[0]
  real, _ = level.discriminator(image)
  fake, _ = level.discriminator(outcome.composed)
  constant = 0.5 * real.shape[1] * np.log(2 * np.pi)
  expected = 0.5 * np.square(real - fake).sum(1) + constant
  actual = discriminator_features.feature_loss(level, outcome)
  np.testing.assert_allclose(actual, expected, rtol=1e-4)
  perfect = outcome._replace(band=outcome.target)
  np.testing.assert_allclose(
    discriminator_features.feature_loss(level, perfect), constant, rtol=1e-5
  )


def test_the_encoder_learns_from_features_and_d_from_the_game(
  image, monkeypatch
):
  """E depends neither on gamma nor on draws from the prior; D not on gamma."""
  usual, _ = _stepped(_model(feature_weight=0.3), image)
  heavy, _ = _stepped(_model(feature_weight=0.9), image)
  monkeypatch.setattr(discriminator_features, "PRIOR_SEEDS", 9)
  drawn, _ = _stepped(_model(feature_weight=0.3), image)
  for i, (with_gamma, with_draw) in enumerate(
    ((True, True), (False, False), (True, False))
  ):
    for other, same in ((heavy, with_gamma), (drawn, with_draw)):
      equal = all(
        np.array_equal(a, b) for a, b in zip(usual[i], other[i], strict=True)
      )
      assert equal == same, (i, same)


@pytest.mark.parametrize(
  "offset, margin, decoder_waits, discriminator_waits",
  [
    (0.0, None, False, False),
    # Costs lie on both sides: both would wait, so both move.
    (0.0, 0.0, False, False),
    (50.0, 1.0, False, True),
    (-50.0, 1.0, True, False),
    (0.0, 50.0, False, False),
  ],
)
def test_players_wait_for_each_other(
  image, offset, margin, decoder_waits, discriminator_waits
):
  """D while a cost is below the band, the decoder while one is above it."""
  _, logits = _model().level_models[0].discriminator(image, training=True)
  assert np.ptp(logits) > 0.0
  model = _model(equilibrium=0.7 + offset, margin=margin)
  _, (encoder, decoder, discriminator) = _stepped(model, image)
  assert not encoder
  assert decoder == decoder_waits
  assert discriminator == discriminator_waits


def test_a_player_that_cannot_wait_is_refused(image):
  """Adam moves on by its moments at a gradient of zero."""
  del image
  model = _model(margin=0.35)
  with pytest.raises(ValueError, match="RMSprop or SGD.*margin to None"):
    model.compile(optimizer=tf.keras.optimizers.Adam())
  config = PRESETS["vaegan_celeba64"]()
  training = dataclasses.replace(config.training, adversary_optimizer="adam")
  with pytest.raises(ValueError, match="adversary_optimizer=rmsprop"):
    dataclasses.replace(config, training=training)


def test_a_level_of_a_pyramid_may_have_it(train, image):
  """Coarser levels keep their likelihood; D judges images of the level."""
  model = _model(3)
  scalars = train(model, image)
  assert all(np.isfinite(value) for value in scalars.values())
  loss = scalars["level_0/feature_loss"] + 4.0 * scalars["level_0/kl"]
  np.testing.assert_allclose(scalars["level_0/loss"], loss, rtol=1e-5)
  assert "level_1/feature_loss" not in scalars
  assert 0.0 <= scalars["level_0/discriminator_accuracy"] <= 1.0


def test_bundles_draw_the_same_without_a_discriminator(image, tmp_path):
  """The decoder is the generator, and stays."""
  model = _model()
  model.write_bundle(tmp_path, {"preset": "tiny"})
  loaded = LapCVAE.from_bundle(tmp_path)
  np.testing.assert_allclose(
    loaded.reconstruct(image), model.reconstruct(image), atol=1e-6
  )
  assert loaded.discriminator_parameters == 0 < model.discriminator_parameters


def test_tanh_keeps_images_in_their_range():
  """As the authors' decoder ends; other levels end linearly."""
  [level] = PRESETS["vaegan_celeba64_eighth"]().model.levels
  assert level.band_activation == "tanh"
  config = small_models.lapcvae_config(1)
  wild = dataclasses.replace(config.levels[0], band_activation="tanh")
  bands = []
  for made in (config, dataclasses.replace(config, levels=(wild,))):
    model = small_models.randomised(LapCVAE(made))
    bands.append(model.level_models[0].decode([tf.fill((2, 3), 9.0)], None))
  np.testing.assert_allclose(bands[1], np.tanh(bands[0]), atol=1e-5)
