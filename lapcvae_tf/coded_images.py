"""What follows from reconstructions and samples of all levels."""

import tensorflow as tf


class CodedImages:
  """Images at full size of a model that makes those of every level.

  A model with it has `reconstruct_levels` and `sample_levels`, which return
  images of all levels, finest first.
  """

  def call(self, image: tf.Tensor, training: bool = False) -> tf.Tensor:
    """Does the same as `reconstruct`."""
    del training
    return self.reconstruct(image)

  def reconstruct(self, image: tf.Tensor) -> tf.Tensor:
    """Encodes and decodes with the posterior means.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].

    Returns:
      x~_0, the same shape, not clipped.
    """
    return self.reconstruct_levels(image)[0]

  def sample(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> tf.Tensor:
    """Draws images of latents from their priors.

    Args:
      seed: int32 `[2]`; equal seeds give equal images.
      count: Number of images.
      temperature: Scale of the latents' noise; 0 gives the prior means.

    Returns:
      x~_0, `[count, size, size, 3]`, not clipped.
    """
    return self.sample_levels(seed, count, temperature)[0]
