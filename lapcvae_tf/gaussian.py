"""Diagonal Gaussians, as posteriors and priors of latents."""

from typing import NamedTuple

import tensorflow as tf

# Keeps exp() and the ratio of two variances finite in float32; one early step
# of a finer level otherwise costs millions of nats.
LOG_VARIANCE_LIMIT = 10.0


class Gaussian(NamedTuple):
  """N(mean, diag(exp(log_variance))); both float32 `[batch, latent_dim]`."""

  mean: tf.Tensor
  log_variance: tf.Tensor

  @property
  def standard_deviation(self) -> tf.Tensor:
    """sigma, `[batch, latent_dim]`."""
    return tf.exp(0.5 * self.log_variance)

  def sample(
    self, seed: tf.Tensor, temperature: float | tf.Tensor = 1.0
  ) -> tf.Tensor:
    """Draws mu + temperature * sigma * epsilon (Equation 4 at temperature 1).

    Args:
      seed: int32 `[2]`; equal seeds give equal samples.
      temperature: Scale of the noise; 0 returns the mean.

    Returns:
      float32 `[batch, latent_dim]`.
    """
    noise = tf.random.stateless_normal(tf.shape(self.mean), seed)
    return self.mean + temperature * self.standard_deviation * noise

  def stop_gradient(self) -> "Gaussian":
    """Returns the same distribution as a constant for differentiation."""
    return Gaussian(*(tf.stop_gradient(part) for part in self))


def from_parameters(mean: tf.Tensor, log_variance: tf.Tensor) -> Gaussian:
  """Makes a Gaussian of network outputs; clips log-variances to +-10."""
  log_variance = tf.clip_by_value(
    tf.cast(log_variance, tf.float32), -LOG_VARIANCE_LIMIT, LOG_VARIANCE_LIMIT
  )
  return Gaussian(tf.cast(mean, tf.float32), log_variance)


def standard_normal(batch_size: int | tf.Tensor, latent_dim: int) -> Gaussian:
  """Returns N(0, I) for every element of a batch (Equation 5)."""
  zeros = tf.zeros(tf.stack([batch_size, latent_dim]))
  return Gaussian(zeros, zeros)
