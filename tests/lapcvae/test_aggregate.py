"""Sampling from the aggregate posterior of the coarsest latent."""

import numpy as np
import tensorflow as tf
from support import small_models

from lapcvae_tf.aggregate import AggregatePosterior

SEED = tf.constant([1, 2])


def _latents(count=4000):
  factor = np.array([[1.5, 0.0, 0.0], [0.9, 0.3, 0.0], [0.0, 0.0, 0.1]])
  noise = np.random.default_rng(0).normal(size=(count, 3))
  return (noise @ factor.T + [2.0, -1.0, 0.0]).astype(np.float32)


def test_tracked_statistics_are_those_of_all_latents():
  """Whatever batches they come in, and nothing is left of the start."""
  latents = _latents()
  aggregate = AggregatePosterior(3)
  for batch in latents.reshape(-1, 40, 3):
    aggregate.track(tf.constant(batch))
  np.testing.assert_allclose(aggregate.mean, latents.mean(0), atol=1e-3)
  np.testing.assert_allclose(
    aggregate.covariance, np.cov(latents.T), rtol=0.02, atol=5e-3
  )


def test_tracked_statistics_follow_latents_that_move():
  """A training moves its latents; samples are of where they have come to."""
  aggregate = AggregatePosterior(3)
  track = tf.function(aggregate.track)
  rng = np.random.default_rng(1)
  for centre, deviation in ((0.0, 1.0), (3.0, 0.2)):
    for _ in range(600):
      batch = rng.normal(centre, deviation, (32, 3)).astype(np.float32)
      track(tf.constant(batch))
  np.testing.assert_allclose(aggregate.mean, [3.0] * 3, atol=0.03)
  np.testing.assert_allclose(
    np.diag(aggregate.covariance), [0.04] * 3, atol=0.04
  )


def test_samples_have_the_tracked_statistics():
  """Scaled about the mean by the temperature."""
  aggregate = AggregatePosterior(3)
  latents = _latents()
  aggregate.track(tf.constant(latents))
  drawn = aggregate.sample(SEED, 4000).numpy()
  np.testing.assert_allclose(drawn.mean(0), latents.mean(0), atol=0.1)
  np.testing.assert_allclose(np.cov(drawn.T), np.cov(latents.T), atol=0.15)
  still = aggregate.sample(SEED, 3, 0.0)
  np.testing.assert_allclose(still, np.tile(latents.mean(0), (3, 1)), atol=1e-4)


def test_a_model_samples_from_what_it_has_tracked(train):
  """N(0, I) before the first step, as without; another Gaussian after it."""
  image = small_models.pictures()
  model = small_models.lapcvae(2, sampling_prior="aggregate")
  aggregate = model.level_models[-1].aggregate
  assert model.level_models[0].aggregate is None
  # Those weights were drawn too, and no covariance is like that.
  aggregate.set_weights(
    AggregatePosterior(aggregate.mean.shape[0]).get_weights()
  )
  before = aggregate.mean.numpy()
  train(model, image)
  assert np.abs(aggregate.mean - before).max() > 1e-3
  drawn = model.sample(SEED, 4)
  plain = small_models.lapcvae(2)
  for ours, theirs in zip(plain.level_models, model.level_models, strict=True):
    ours.encoder.set_weights(theirs.encoder.get_weights())
    ours.decoder.set_weights(theirs.decoder.get_weights())
  assert np.abs(drawn - plain.sample(SEED, 4)).max() > 1e-3
