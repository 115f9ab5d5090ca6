"""Mixtures of logistic distributions over the 256 values of a pixel.

Conventions: pixels are floats in [-1, 1] on the grid of 256 values, whose steps
are 2 / 255; the bins of the first and the last value reach to infinity, so that
probabilities sum to one. A pixel's channels share the choice of the component,
and the mean of a channel is linear in the channels before it (Salimans et al.,
2017, https://arxiv.org/abs/1701.05517, Sections 2.1 and 2.2). Everything is
float32.
"""

from typing import NamedTuple

import tensorflow as tf

# Numbers that describe one component: its logit, three means, three logarithms
# of scales, and the coefficients of G on R, B on R and B on G.
PER_COMPONENT = 10

_HALF_BIN = 1.0 / 255.0

# Scales start near 0.1, a tenth of the deviation of natural images.
_FIRST_LOG_SCALE = -2.0

# At the lower end all mass lies in one bin; beyond either end nothing changes.
_LOG_SCALE_LIMIT = 10.0

# Keeps logarithms of uniform noise finite.
_SMALLEST = 1e-7


class LogisticMixture(NamedTuple):
  """The distribution of every pixel, given what came before it.

  Attributes:
    logits: Logarithms of the weights, up to a constant, `[..., components]`.
    means: Before earlier channels are added, `[..., components, 3]`.
    log_scales: Logarithms of s, `[..., components, 3]`.
    coefficients: How G depends on R, B on R and B on G,
      `[..., components, 3]`.
    centre: Image that the means are relative to, `[..., 3]`.
  """

  logits: tf.Tensor
  means: tf.Tensor
  log_scales: tf.Tensor
  coefficients: tf.Tensor
  centre: tf.Tensor

  def log_prob(self, pixels: tf.Tensor) -> tf.Tensor:
    """Returns the log-probability of every pixel in nats.

    Computes ln sum_m pi_m prod_c [F((x_c + 1/255 - mu_mc) / s_mc) - F((x_c -
    1/255 - mu_mc) / s_mc)], F the logistic function: the sum over channels is
    taken within a component, before the sum over components.

    Args:
      pixels: Values on the grid, `[..., 3]`.

    Returns:
      `[...]`, without the axis of channels.
    """
    value = pixels[..., tf.newaxis, :]
    means = self._means_given(pixels)
    inverse = tf.exp(-self.log_scales)
    middle = (value - means) * inverse
    half = _HALF_BIN * inverse
    # F(a) - F(b) = F(a) F(-b) (1 - exp(b - a)): exact at every scale, with
    # gradients that never vanish by rounding. Both ends at once, as three
    # gradients of `half` would be added in an order that varies.
    ends = half + tf.stack([middle, -middle])
    below, above = tf.unstack(tf.math.log_sigmoid(ends))
    inside = below + above + tf.math.log(-tf.math.expm1(-2.0 * half))
    channel = tf.where(
      value < -1.0 + _HALF_BIN,
      below,
      tf.where(value > 1.0 - _HALF_BIN, above, inside),
    )
    weights = tf.nn.log_softmax(self.logits, axis=-1)
    return tf.reduce_logsumexp(weights + tf.reduce_sum(channel, -1), axis=-1)

  def sample(self, noise: tf.Tensor) -> tf.Tensor:
    """Draws pixels, red first, each channel given those before it.

    Args:
      noise: Uniform in [0, 1), `[..., components + 3]`: for the choice of the
        component, and for the channels.

    Returns:
      Values on the grid, `[..., 3]`.
    """
    noise = tf.clip_by_value(noise, _SMALLEST, 1.0 - _SMALLEST)
    # The largest logit plus Gumbel noise is a draw from the softmax.
    components = self.logits.shape[-1]
    gumbel = -tf.math.log(-tf.math.log(noise[..., :components]))
    chosen = tf.one_hot(tf.argmax(self.logits + gumbel, -1), components)

    def of_chosen(values):
      return tf.reduce_sum(values * chosen[..., tf.newaxis], axis=-2)

    means, coefficients = of_chosen(self.means), of_chosen(self.coefficients)
    uniform = noise[..., components:]
    spread = tf.exp(of_chosen(self.log_scales)) * (
      tf.math.log(uniform) - tf.math.log1p(-uniform)
    )
    relative = means + spread
    centre = self.centre
    red = on_grid(centre[..., 0] + relative[..., 0])
    past_red = red - centre[..., 0]
    green = on_grid(
      centre[..., 1] + relative[..., 1] + coefficients[..., 0] * past_red
    )
    past_green = green - centre[..., 1]
    blue = on_grid(
      centre[..., 2]
      + relative[..., 2]
      + coefficients[..., 1] * past_red
      + coefficients[..., 2] * past_green
    )
    return tf.stack([red, green, blue], axis=-1)

  def _means_given(self, pixels: tf.Tensor) -> tf.Tensor:
    past = (pixels - self.centre)[..., tf.newaxis, :]
    c, red, green = self.coefficients, past[..., 0], past[..., 1]
    of_green = c[..., 0] * red
    of_blue = c[..., 1] * red + c[..., 2] * green
    shift = tf.stack([tf.zeros_like(of_green), of_green, of_blue], axis=-1)
    return self.centre[..., tf.newaxis, :] + self.means + shift


def from_parameters(
  parameters: tf.Tensor, centre: tf.Tensor
) -> LogisticMixture:
  """Makes mixtures of a network's outputs.

  Args:
    parameters: `[..., PER_COMPONENT * components]`.
    centre: Image that the means are relative to, `[..., 3]`.
  """
  parameters = tf.cast(parameters, tf.float32)
  components = parameters.shape[-1] // PER_COMPONENT
  logits = parameters[..., :components]
  rest = parameters[..., components:]
  shape = tf.concat([tf.shape(rest)[:-1], [components, 9]], axis=0)
  rest = tf.reshape(rest, shape)
  log_scales = tf.clip_by_value(
    rest[..., 3:6] + _FIRST_LOG_SCALE, -_LOG_SCALE_LIMIT, _LOG_SCALE_LIMIT
  )
  coefficients = tf.tanh(rest[..., 6:])
  return LogisticMixture(
    logits,
    rest[..., :3],
    log_scales,
    coefficients,
    tf.cast(centre, tf.float32),
  )


def on_grid(values: tf.Tensor) -> tf.Tensor:
  """Returns the nearest of the 256 values in [-1, 1], any shape."""
  steps = tf.round((tf.cast(values, tf.float32) + 1.0) * 127.5)
  return tf.clip_by_value(steps, 0.0, 255.0) / 127.5 - 1.0
