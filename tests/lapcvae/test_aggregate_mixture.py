"""Sampling from a mixture of Gaussians fitted to the coarsest latent."""

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf import export
from lapcvae_tf.aggregate import AggregatePosterior
from lapcvae_tf.aggregate_mixture import AggregateMixture
from pyramid_tf import saved_models

SEED = tf.constant([1, 2])


def _latents(count):
  """Two thirds around (2, 2), with a slope, and one third around (-2, 0)."""
  rng = np.random.default_rng(0)
  noise = rng.normal(size=(count, 2)) * 0.3
  sloping = noise @ [[1.0, 0.8], [0.0, 0.6]] + [2.0, 2.0]
  first = rng.random((count, 1)) < 2.0 / 3.0
  return np.where(first, sloping, noise + [-2.0, 0.0]).astype(np.float32)


@pytest.fixture(scope="module")
def fitted():
  """A mixture after 3,000 batches of 50 latents."""
  mixture = AggregateMixture(2)
  track = tf.function(mixture.track)
  for batch in _latents(150_000).reshape(-1, 50, 2):
    track(tf.constant(batch))
  return mixture


def test_samples_have_the_parts_of_the_latents(fitted):
  """As many in each, with its mean and covariance, and none in between."""
  latents, drawn = _latents(9000), fitted.sample(SEED, 9000).numpy()
  assert abs((drawn[:, 0] > 0).mean() - 2.0 / 3.0) < 0.03
  assert (np.abs(drawn[:, 0]) < 0.5).mean() < 0.01
  for side in (np.greater, np.less):
    theirs = latents[side(latents[:, 0], 0.0)]
    ours = drawn[side(drawn[:, 0], 0.0)]
    np.testing.assert_allclose(ours.mean(0), theirs.mean(0), atol=0.05)
    np.testing.assert_allclose(np.cov(ours.T), np.cov(theirs.T), atol=0.03)


def test_latents_are_likelier_than_under_one_gaussian(fitted):
  """By more than half a nat; the density is one whose integral is one."""
  latents = _latents(3000)
  covariance = np.cov(latents.T)
  spread = 0.5 * np.log(np.linalg.det(2.0 * np.pi * np.e * covariance))
  likelihood = fitted.log_density(tf.constant(latents)).numpy().mean()
  assert likelihood > -spread + 0.5
  axis = np.arange(-12.0, 12.0, 0.05, np.float32)
  grid = np.stack(np.meshgrid(axis, axis), -1).reshape(-1, 2)
  density = np.exp(fitted.log_density(tf.constant(grid)))
  assert density.sum() * 0.05**2 == pytest.approx(1.0, abs=1e-3)


def test_temperature_scales_deviations_from_the_parts(fitted):
  """At 0 the means are left, at most one for each of ten components."""
  still = fitted.sample(SEED, 500, 0.0).numpy()
  assert 2 <= len(np.unique(still.round(4), axis=0)) <= 10
  both = [fitted.sample(SEED, 500, t).numpy() for t in (0.5, 1.0)]
  np.testing.assert_allclose(
    2.0 * (both[0] - still), both[1] - still, atol=1e-4
  )


def test_it_starts_near_the_prior():
  """Means of ten draws of N(0, I), and unit covariances."""
  drawn = AggregateMixture(40).sample(SEED, 3000).numpy()
  assert abs(drawn.mean()) < 0.1 and 1.8 < drawn.var() < 2.2


def test_latents_that_are_no_numbers_end_no_step():
  """A training that diverges is to name its level, not a decomposition."""
  mixture = AggregateMixture(2)
  mixture.track(tf.fill((4, 2), np.nan))
  assert np.isfinite(mixture.sample(SEED, 5)).all()


def test_a_model_tracks_and_draws(train):
  """Samples change with the mixture, reconstructions do not."""
  image = small_models.pictures()
  model = small_models.lapcvae(2, sampling_prior="mixture")
  mixture = model.level_models[-1].aggregate
  assert isinstance(mixture, AggregateMixture)
  mixture.set_weights(AggregateMixture(mixture.sums.shape[1]).get_weights())
  train(model, image)
  assert mixture.count > 0.0
  drawn, reconstructed = model.sample(SEED, 4), model.reconstruct(image)
  fresh = AggregateMixture(mixture.sums.shape[1])
  mixture.set_weights(fresh.get_weights())
  assert np.abs(drawn - model.sample(SEED, 4)).max() > 1e-3
  np.testing.assert_array_equal(reconstructed, model.reconstruct(image))


@pytest.mark.parametrize("kind", ["prior", "aggregate", "mixture"])
def test_weights_without_the_fit_are_those_of_every_kind(kind):
  """So that a run may change what it draws its coarsest latents from."""
  level = small_models.lapcvae(2, sampling_prior=kind).level_models[-1]
  plain = small_models.lapcvae(2).level_models[-1]
  shapes = [weight.shape for weight in level.autoencoder_weights]
  assert shapes == [weight.shape for weight in plain.weights]
  fits = {"aggregate": AggregatePosterior, "mixture": AggregateMixture}
  assert isinstance(level.aggregate, fits.get(kind, type(None)))


def test_an_export_draws_from_the_mixture(tmp_path):
  """Equal seeds give the live model's samples."""
  model = small_models.lapcvae(2, sampling_prior="mixture")
  export.export_cascade(model, tmp_path)
  served = saved_models.load(tmp_path)["sample"]
  images = served(
    seed=SEED, count=tf.constant(3), temperature=tf.constant(1.0)
  )["images"]
  live = np.clip(model.sample(SEED, 3), -1.0, 1.0)
  np.testing.assert_allclose(images, live, atol=1e-5)
