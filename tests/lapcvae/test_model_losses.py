"""Equation 12 over all levels: what each level is told to minimise."""

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf.model import LapCVAE
from pyramid_tf import pyramid

SEED = tf.constant([5, 6])


def _kl(posterior, prior):
  """KL of diagonal Gaussians, mean over the batch, in NumPy."""
  (mq, lq), (mp, lp) = (
    [part.numpy().astype(np.float64) for part in distribution]
    for distribution in (posterior, prior)
  )
  terms = np.exp(lq - lp) + (mq - mp) ** 2 / np.exp(lp) + lp - lq - 1.0
  return 0.5 * np.mean(np.sum(terms, axis=-1))


def _squared_error(first, second):
  """Sum over pixels and channels, mean over the batch."""
  difference = first.numpy().astype(np.float64) - second.numpy()
  return np.mean(np.sum(difference**2, axis=(1, 2, 3)))


def _two_levels_by_hand(model, image, closed_loop):
  """The walk of Figure 3 with posterior means, level after level.

  Returns:
    Target, band, posterior and prior of levels 0 and 1.
  """
  fine, coarse = model.level_models
  b0, b1 = pyramid.gaussian_pyramid(image, (16, 8))
  q1 = coarse.posterior(b1, None, training=True)
  band1 = coarse.decode([q1.mean], None, training=True)
  low_pass = pyramid.upsample(band1, 16)
  again = coarse.posterior(band1, None)
  p0 = fine.prior(again, 4)
  target = b0 - (low_pass if closed_loop else pyramid.upsample(b1, 16))
  q0 = fine.posterior(target, low_pass, training=True)
  band0 = fine.decode([q0.mean, q1.mean], low_pass, training=True)
  return (target, band0, q0, p0), (b1, band1, q1, coarse.prior(None, 4))


@pytest.mark.usefixtures("noiseless")
@pytest.mark.parametrize(
  "target, condition, prior, likelihood",
  [
    ("open_loop", "latents", "learned", "squared_error"),
    ("closed_loop", "latents", "learned", "calibrated"),
    ("open_loop", "low_pass", "standard", "calibrated"),
    ("closed_loop", "low_pass", "learned", "squared_error"),
  ],
)
def test_loss_is_reconstruction_plus_weighted_kl(
  tiny_model, train, image, target, condition, prior, likelihood
):
  """Equation 12 for each level, as sums over pixels and latent dimensions."""
  options = {
    "target": target,
    "decoder_condition": condition,
    "prior": prior,
    "likelihood": likelihood,
  }
  actual = train(tiny_model(**options), image)
  twin = tiny_model(**options)
  levels = _two_levels_by_hand(twin, image, target == "closed_loop")
  for k, (goal, band, posterior, prior_k) in enumerate(levels):
    error, kl = 0.5 * _squared_error(goal, band), _kl(posterior, prior_k)
    np.testing.assert_allclose(
      actual[f"level_{k}/reconstruction"], error, rtol=1e-4
    )
    np.testing.assert_allclose(actual[f"level_{k}/kl"], kl, rtol=1e-4)
    if likelihood == "calibrated":
      variance = float(twin.level_models[k].noise_variance)
      pixels = np.prod(goal.shape[1:])
      error = error / variance
      error += 0.5 * pixels * np.log(2.0 * np.pi * variance)
    weight = twin.config.levels[k].kl_weight
    np.testing.assert_allclose(
      actual[f"level_{k}/loss"], error + weight * kl, rtol=1e-4
    )
    assert weight * kl > 1e-3 * abs(error)


def test_prior_comes_from_encoding_the_generated_band(tiny_model, image):
  """Equation 13: mu_{k+1}, sigma_{k+1} of the reconstruction, not the input."""
  model = tiny_model(3)
  outcomes = model.outcomes(image, SEED)
  composed = [outcome.composed for outcome in outcomes]
  for k in (0, 1):
    low_pass = tf.zeros_like(composed[2])
    if k == 0:
      low_pass = pyramid.upsample(composed[2], 8)
    again = model.level_models[k + 1].posterior(outcomes[k + 1].band, low_pass)
    expected = model.level_models[k].prior(again, 4)
    for part, value in zip(outcomes[k].prior, expected, strict=True):
      np.testing.assert_allclose(part, value, atol=1e-5)


def test_open_loop_target_is_the_true_band(tiny_model, image):
  """Equation 6: h_k = b_k - u(b_{k+1}), h_K = b_K."""
  outcomes = tiny_model(3).outcomes(image, SEED)
  bands = pyramid.laplacian_pyramid(image, (16, 8, 4))
  for outcome, band in zip(outcomes, bands, strict=True):
    np.testing.assert_allclose(outcome.target, band, atol=1e-6)


def test_closed_loop_target_is_what_the_coarser_levels_left(tiny_model, image):
  """b_k - u(x~_{k+1}): a perfect level k gives b_k, whatever is below it."""
  outcomes = tiny_model(3, target="closed_loop").outcomes(image, SEED)
  blurred = pyramid.gaussian_pyramid(image, (16, 8, 4))
  for k in (0, 1):
    low_pass = pyramid.upsample(outcomes[k + 1].composed, 16 >> k)
    np.testing.assert_allclose(
      outcomes[k].target, blurred[k] - low_pass, atol=1e-5
    )
  np.testing.assert_allclose(outcomes[2].target, blurred[2], atol=1e-6)


@pytest.mark.parametrize("target", ["open_loop", "closed_loop"])
def test_images_are_composed_of_generated_bands(tiny_model, image, target):
  """Equation 7: x~_k = h~_k + u(x~_{k+1})."""
  outcomes = tiny_model(3, target=target).outcomes(image, SEED)
  expected = pyramid.reconstruct([outcome.band for outcome in outcomes])
  np.testing.assert_allclose(outcomes[0].composed, expected, atol=1e-5)


def test_end_to_end_minimises_the_bound_of_the_image(tiny_model, train, image):
  """0.5 ||x - x~_0||^2 plus the weighted KL of every level."""
  actual = train(tiny_model(schedule="end_to_end"), image)
  pixels = 16 * 16 * 3
  error = 0.5 * pixels * actual["level_0/squared_error"]
  np.testing.assert_allclose(
    actual["level_0/loss"], error + 4.0 * actual["level_0/kl"], rtol=1e-5
  )
  np.testing.assert_allclose(
    actual["level_1/loss"], 9.0 * actual["level_1/kl"], rtol=1e-5
  )


def test_one_level_is_a_vae(tiny_model, train, noiseless, image):
  """h_0 = x and p(z_0) = N(0, I): loss = 0.5 SSE + beta KL(q || N(0, I))."""
  actual = train(tiny_model(1), image)
  [level] = tiny_model(1).level_models
  posterior = level.posterior(image, None, training=True)
  decoded = level.decode([posterior.mean], None, training=True)
  mean, log_variance = (part.numpy() for part in posterior)
  kl = -0.5 * np.sum(1.0 + log_variance - mean**2 - np.exp(log_variance), -1)
  loss = 0.5 * _squared_error(image, decoded) + 4.0 * np.mean(kl)
  np.testing.assert_allclose(actual["level_0/loss"], loss, rtol=1e-5)


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_not_finite_shows_in_every_loss(tiny_model, train, image, bad):
  """Clipping and running means hide nothing."""
  broken = image.numpy()
  broken[1, 4, 4, 2] = bad
  actual = train(tiny_model(likelihood="calibrated"), tf.constant(broken))
  for k in (0, 1):
    assert not np.isfinite(actual[f"level_{k}/loss"])
    assert not np.isfinite(actual[f"level_{k}/squared_error"])


def test_stored_images_are_read_as_floats(tiny_config):
  """uint8 0..255 stands for [-1, 1]."""
  model = LapCVAE(tiny_config(1))
  pixels = np.random.default_rng(0).integers(0, 256, (2, 16, 16, 3), np.uint8)
  actual = []
  for image in (pixels, pixels.astype(np.float32) / 127.5 - 1.0):
    model.reset_metrics()
    logs = model.test_step({"image": tf.constant(image)})
    actual.append(float(logs["level_0/loss"]))
  np.testing.assert_allclose(actual[0], actual[1], rtol=1e-5)
