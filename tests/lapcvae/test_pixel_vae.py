"""The two-level PixelVAE: its distributions, loss, draws and export."""

import dataclasses
import re

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf import gaussian, losses, pixel_vae_export, presets
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.logistic_mixture import on_grid
from lapcvae_tf.map_prior import MapPrior, bounded
from lapcvae_tf.pixel_vae import PixelVAE
from lapcvae_tf.pixel_vae_config import PixelVAEConfig

_SEED = (3, 4)
_SIDE, _CHANNELS = 6, 2
_PLACE = (3, 2)


@pytest.fixture(scope="module")
def model():
  """Drawn weights; nothing changes it."""
  return small_models.randomised(PixelVAE(small_models.pixel_vae_config()))


@pytest.fixture(scope="module")
def outcome(model, image):
  """Four images, with latents of their posteriors."""
  [outcome] = model.outcomes(image, tf.constant(_SEED))
  return outcome


@pytest.fixture(scope="module")
def prior():
  """A prior over a map, with a condition of three channels."""
  return small_models.randomised(MapPrior(_SIDE, _CHANNELS, 3, 4, 2))


@pytest.fixture(scope="module")
def condition():
  """What three maps are conditioned on."""
  shape = (3, _SIDE, _SIDE, 3)
  return tf.constant(np.random.default_rng(0).normal(size=shape), tf.float32)


def _trained_weights(layer):
  return sum(np.prod(v.shape, dtype=int) for v in layer.trainable_variables)


def test_full_size_has_the_parameters_of_the_authors_code():
  """64px_small has 67.9 M without weight normalisation; around z exactly so."""
  with tf.keras.StatelessScope(initialize_variables=False):
    model = PixelVAE(presets.pixel_vae(64))
  level = model.level
  assert _trained_weights(level.map_encoder) == 1_324_608
  assert _trained_weights(level.vector_encoder) == 29_355_520
  assert _trained_weights(level.vector_decoder) == 30_084_736
  # Beside 1,682,496 of theirs the mean image has 64 * 3 + 3.
  assert _trained_weights(level.map_decoder) == 1_682_496 + 195
  # Ours are two stacks where theirs have 3,975,680 and 1,504,192.
  assert _trained_weights(level.map_prior) == 4_012_672
  assert _trained_weights(level.pixel_cnn) == 1_311_460
  assert _trained_weights(model) == 67_775_783
  assert _trained_weights(model) == pytest.approx(67.93e6, rel=0.003)


def test_a_place_of_the_prior_sees_those_before_it_alone(prior, condition):
  """The gradient reaches all before and within reach, and none after."""
  latent = tf.random.stateless_normal((1, _SIDE, _SIDE, _CHANNELS), _SEED)
  with tf.GradientTape() as tape:
    tape.watch(latent)
    given = prior(latent, condition[:1])
    told = tf.concat(given, axis=-1)[0, _PLACE[0], _PLACE[1]]
    told = tf.reduce_sum(tf.square(told))
  seen = np.abs(tape.gradient(told, latent)[0]).sum(-1)
  row, column = _PLACE
  assert not seen[row, column:].any() and not seen[row + 1 :].any()
  assert np.all(seen[row, :column] > 0.0) and np.all(seen[:row] > 0.0)


def test_drawn_maps_are_those_of_teacher_forcing(prior, condition):
  """On a draw, means and deviations of the whole map explain every place."""
  seed = tf.constant(_SEED)
  draw = tf.function(prior.draw, reduce_retracing=True)
  drawn = draw(condition, seed)
  mean, log_variance = prior(drawn, condition)
  noise = tf.stack(
    [
      tf.random.stateless_normal((3, _CHANNELS), tf.random.fold_in(seed, step))
      for step in range(_SIDE**2)
    ],
    axis=1,
  )
  noise = tf.reshape(noise, drawn.shape)
  again = mean + tf.exp(0.5 * log_variance) * noise
  np.testing.assert_allclose(drawn, again, atol=1e-5)
  np.testing.assert_allclose(draw(condition[:1], seed)[0], drawn[0], atol=1e-5)


def test_drawn_pixels_are_those_of_teacher_forcing(model, image):
  """Each pixel is what the whole network on the draw samples by its noise."""
  seed = tf.constant(_SEED)
  _, seen = model.level.decode(model.level.posterior(image).map.mean)
  drawn = tf.function(model.level.draw_pixels)(seen, seed)
  network = model.level.pixel_cnn
  shape = (4, network.config.mixtures + 3)
  noise = tf.stack(
    [
      tf.random.stateless_uniform(shape, tf.random.fold_in(seed, step))
      for step in range(16**2)
    ],
    axis=1,
  )
  noise = tf.reshape(noise, (4, 16, 16, shape[1]))
  again = network(drawn, tf.zeros_like(drawn), seen).sample(noise)
  assert np.mean(np.abs(again - drawn) < 1e-6) > 0.99


def test_the_floor_bounds_deviations_of_the_prior(prior, condition):
  """At one, every deviation is; at zero, some are below a half."""
  latent = tf.zeros((3, _SIDE, _SIDE, _CHANNELS))
  np.testing.assert_allclose(
    prior(latent, condition, floor=1.0).standard_deviation, 1.0
  )
  free = prior(latent, condition).standard_deviation
  assert np.min(free) < 0.5 and np.max(free) < 1.0


def test_divergence_is_zero_for_equal_gaussians_and_else_the_closed_form():
  """Maps and vectors alike; softsign gives a half at zero."""
  equal = bounded(tf.zeros((2, 3, 3, 4)))
  np.testing.assert_allclose(equal.standard_deviation, 0.5, rtol=1e-6)
  np.testing.assert_allclose(
    losses.gaussian_kl_per_dimension(equal, equal), 0.0, atol=1e-7
  )
  other = Gaussian(tf.fill((1, 2), 3.0), tf.fill((1, 2), tf.math.log(4.0)))
  expected = 2 * 0.5 * (4.0 + 9.0 - np.log(4.0) - 1.0)
  standard = gaussian.standard_normal(1, 2)
  np.testing.assert_allclose(
    losses.gaussian_kl(other, standard), [expected], rtol=1e-6
  )


def test_the_joined_divergence_is_that_of_both_latents(model, outcome, image):
  """And both are positive in mean."""
  again, kl = model._autoencoded(image, tf.constant(_SEED))
  np.testing.assert_allclose(outcome.kl(), kl.map + kl.vector, rtol=1e-4)
  np.testing.assert_allclose(again.latent, outcome.latent, rtol=1e-5)
  assert np.mean(kl.map) > 0.0 and np.mean(kl.vector) > 0.0
  assert outcome.latent.shape == (4, 4 * 4 * 3 + 5)


def test_everything_learns_and_the_loss_falls(image):
  """Thirty steps of Adam on four images; every weight has a gradient."""
  config = dataclasses.replace(
    small_models.pixel_vae_config(), map_warm_up_steps=1, floor_steps=1
  )
  model = PixelVAE(config)
  model.compile(optimizer=tf.keras.optimizers.Adam(1e-2))
  step = tf.function(model.train_step)
  before = [v.numpy() for v in model.trainable_variables]
  first = {name: float(value) for name, value in step(image).items()}
  for variable, value in zip(model.trainable_variables, before, strict=True):
    assert np.any(variable.numpy() != value), variable.path
  for _ in range(30):
    model.reset_metrics()
    last = step(image)
  assert float(last["level_0/pixel_nll"]) < 0.95 * first["level_0/pixel_nll"]
  assert float(last["level_0/loss"]) < 0.95 * first["level_0/loss"]


def test_divergences_warm_up(model, image):
  """At the first step they weigh one over the steps of the warm-ups."""
  copy = PixelVAE(model.config)
  copy.set_weights(model.get_weights())
  copy.compile(optimizer=tf.keras.optimizers.SGD(0.0))
  told = {n: float(v) for n, v in copy.train_step(image).items()}
  config = model.config
  of_map = 1 / config.map_warm_up_steps
  kl = told["level_0/kl_of_map"]
  kl += told["level_0/kl_of_vector"] / config.vector_warm_up_steps
  expected = told["level_0/pixel_nll"] + told["level_0/reconstruction"]
  expected += of_map * kl
  assert told["level_0/loss"] == pytest.approx(expected, rel=1e-5)


def test_reconstructions_are_decoded_codes(model, image):
  """`encode` has what `decode` needs; partial sampling has two ends."""
  seed = tf.constant(_SEED)
  rebuilt = model.reconstruct(image)
  np.testing.assert_allclose(
    model.decode(model.encode(image)), rebuilt, atol=1e-5
  )
  resample = tf.function(model.resample)
  kept, drawn = (resample(image, tf.constant(k), seed) for k in (0, 1))
  np.testing.assert_allclose(kept, rebuilt, atol=1e-5)
  samples = tf.function(model.sample)(seed, tf.constant(4))
  np.testing.assert_allclose(drawn, samples, atol=1e-5)


def test_served_images_are_those_of_the_live_model(model, tmp_path):
  """Reconstructions, samples and drawn pixels."""
  folder = pixel_vae_export.export_cascade(model, tmp_path / "cascade")
  served = tf.saved_model.load(str(folder)).signatures
  image = small_models.pictures(2)
  seed, options = tf.constant(_SEED), {"temperature": tf.constant(1.0)}
  for name, live, inputs in (
    ("reconstruct", model.reconstruct(image), {"images": image}),
    *(
      (
        name,
        tf.function(getattr(model, name))(seed, 2),
        {"seed": seed, **options},
      )
      for name in ("sample", "sample_pixels")
    ),
  ):
    count = {} if "images" in inputs else {"count": tf.constant(2)}
    images = served[name](**inputs, **count)["images"]
    np.testing.assert_allclose(
      images, tf.clip_by_value(live, -1, 1), atol=1e-4, err_msg=name
    )
  np.testing.assert_allclose(images, on_grid(images), atol=1e-6)


def test_a_bundle_and_a_keras_file_draw_as_before(model, image, tmp_path):
  """Configuration and weights are stored."""
  model.write_bundle(tmp_path, {})
  model.save(tmp_path / "model.keras")
  rebuilt = model.reconstruct(image)
  for loaded in (
    PixelVAE.from_bundle(tmp_path),
    tf.keras.models.load_model(tmp_path / "model.keras"),
  ):
    np.testing.assert_allclose(loaded.reconstruct(image), rebuilt, atol=1e-6)


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16"])
def test_half_precision_scores_nearly_the_same(model, outcome, image, policy):
  """Latents and mixtures stay in float32, in training too."""
  before = tf.keras.mixed_precision.global_policy()
  tf.keras.mixed_precision.set_global_policy(policy)
  try:
    halves = PixelVAE(model.config)
    halves.set_weights(model.get_weights())
    [half] = halves.outcomes(image, tf.constant(_SEED))
    halves.compile(optimizer=tf.keras.optimizers.Adam())
    scalars = halves.train_step({"image": image})
  finally:
    tf.keras.mixed_precision.set_global_policy(before)
  assert half.pixel_nll.dtype == half.latent.dtype == tf.float32
  np.testing.assert_allclose(half.pixel_nll, outcome.pixel_nll, rtol=0.03)
  np.testing.assert_allclose(half.kl(), outcome.kl(), rtol=0.05)
  assert all(np.isfinite(value) for value in scalars.values())


@pytest.mark.parametrize(
  "change, message",
  [
    ({"size": 24}, "a multiple of 16; got 24."),
    ({"filters": (1, 2, 3)}, "filters has five entries"),
    ({"blocks": (1, 2, 3)}, "blocks has five entries"),
    ({"blocks": (1, 2, 3, 3, -1)}, "blocks are at least 0"),
    ({"map_channels": 0}, "are at least 1, got PixelVAEConfig(size=64"),
    ({"floor_steps": 0}, "floor_steps=0"),
    ({"kl_weight": -1.0}, "a weight of at least 0, got -1.0."),
    ({"batch_norm_momentum": 1.0}, "lies in [0, 1), got 1.0."),
  ],
)
def test_a_model_that_cannot_be_is_refused(change, message):
  """The message names value and rule."""
  with pytest.raises(ValueError, match=re.escape(message)):
    PixelVAEConfig(**change)
