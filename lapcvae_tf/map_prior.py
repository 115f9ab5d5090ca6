"""An autoregressive prior over a map of latents."""

import tensorflow as tf

from lapcvae_tf import gaussian
from lapcvae_tf.causal_stacks import CausalStacks
from lapcvae_tf.gaussian import Gaussian

# Its logarithm is finite, and no prior is as narrow.
_NO_FLOOR = 1e-6


class MapPrior(CausalStacks):
  """p(z_1 | z_2), a product over places of Gaussians given the places before.

  The channels of a place are independent of each other, as in the authors'
  code, which models them at once. Means lie within (-2, 2).
  """

  def __init__(
    self, size: int, channels: int, condition: int, filters: int, layers: int
  ):
    """Builds the network.

    Args:
      size: Side of the map.
      channels: Channels of the map.
      condition: Channels of what all places see.
      filters: Maps of both stacks.
      layers: Gated layers after the first.
    """
    super().__init__(
      "map_prior",
      size,
      channels,
      condition,
      outputs=2 * channels,
      filters=filters,
      layers=layers,
    )

  def call(
    self,
    latent: tf.Tensor,
    condition: tf.Tensor,
    floor: float | tf.Tensor = 0.0,
  ) -> Gaussian:
    """Returns the distribution of every place given those before it.

    Args:
      latent: z_1, `[batch, size, size, channels]`.
      condition: `[batch, size, size, condition]`.
      floor: The least standard deviation.

    Returns:
      A Gaussian of the shape of `latent`.
    """
    return _prior(self.parameters(latent, condition), floor)

  def draw(
    self,
    condition: tf.Tensor,
    seed: tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> tf.Tensor:
    """Draws z_1, one place after the other.

    Args:
      condition: As `call` takes it.
      seed: int32 `[2]`; the noise of a place is a function of it, of the place,
        and of the map's row in the batch.
      temperature: Scale of the noise; 0 takes every place's mean.
    """

    def value_of(parameters, step, row, column):
      del row, column
      of_place = tf.random.fold_in(seed, step)
      return _prior(parameters, 0.0).sample(of_place, temperature)

    return self.draw_places(condition, value_of)


def bounded(parameters: tf.Tensor) -> Gaussian:
  """Returns a Gaussian whose deviations are (softsign(s) + 1) / 2.

  Args:
    parameters: Means and s, `[..., 2 * channels]`.
  """
  mean, spread = tf.split(tf.cast(parameters, tf.float32), 2, axis=-1)
  deviation = 0.5 * (tf.nn.softsign(spread) + 1.0)
  return gaussian.from_parameters(
    mean, 2.0 * tf.math.log(tf.maximum(deviation, _NO_FLOOR))
  )


def _prior(parameters: tf.Tensor, floor: float | tf.Tensor) -> Gaussian:
  mean, log_variance = bounded(parameters)
  # Keras gives a network in half precision its arguments in that precision.
  floor = tf.cast(floor, tf.float32)
  least = 2.0 * tf.math.log(tf.maximum(floor, _NO_FLOOR))
  return Gaussian(
    2.0 * tf.nn.softsign(0.5 * mean), tf.maximum(log_variance, least)
  )
