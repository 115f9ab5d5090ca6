"""The terms of Equation 12, per example; the mean over a batch is the caller's.

Sums run over pixels, channels and latent dimensions: a mean over pixels would
weigh the KL term by thousands and collapse every level.
"""

import math

import tensorflow as tf

from lapcvae_tf.gaussian import Gaussian


def half_squared_error(
  target: tf.Tensor, reconstruction: tf.Tensor
) -> tf.Tensor:
  """0.5 ||h - h~||^2, -log N(h; h~, I) up to a constant. [B,H,W,C] -> [B]."""
  difference = tf.cast(target, tf.float32) - tf.cast(reconstruction, tf.float32)
  return 0.5 * tf.reduce_sum(tf.square(difference), axis=(1, 2, 3))


def mean_squared_error(
  target: tf.Tensor, reconstruction: tf.Tensor
) -> tf.Tensor:
  """The mean over batch, pixels and channels. [B,H,W,C] -> []."""
  return tf.reduce_mean(tf.square(target - reconstruction))


def gaussian_negative_log_likelihood(
  target: tf.Tensor,
  reconstruction: tf.Tensor,
  variance: tf.Tensor,
  count: float = 1.0,
) -> tf.Tensor:
  """-log N(h; h~, variance / count I) in nats. [B,H,W,C], [B,H,W,C], [] -> [B].

  Errors that are repeated in `count` pixels count as often.
  """
  variance = variance / count
  dimensions = tf.cast(tf.reduce_prod(tf.shape(target)[1:]), tf.float32)
  constant = 0.5 * dimensions * tf.math.log(2.0 * math.pi * variance)
  return half_squared_error(target, reconstruction) / variance + constant


def gaussian_kl_per_dimension(
  posterior: Gaussian, prior: Gaussian
) -> tf.Tensor:
  """KL(posterior || prior) of every latent dimension in nats. -> [B, D]."""
  log_ratio = posterior.log_variance - prior.log_variance
  distance = tf.square(posterior.mean - prior.mean)
  return 0.5 * (
    tf.exp(log_ratio) + distance * tf.exp(-prior.log_variance) - log_ratio - 1.0
  )


def gaussian_kl(posterior: Gaussian, prior: Gaussian) -> tf.Tensor:
  """KL(posterior || prior) in nats per image. -> [B]."""
  return tf.reduce_sum(gaussian_kl_per_dimension(posterior, prior), axis=-1)
