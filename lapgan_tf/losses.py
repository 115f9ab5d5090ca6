"""The adversarial losses, per example, from logits."""

import tensorflow as tf


def discriminator_loss(
  real_logit: tf.Tensor, generated_logit: tf.Tensor
) -> tf.Tensor:
  """What D minimises: -log D(h) - log(1 - D(h~)) (Equations 1 and 2).

  Undecided, at D = 1/2, it costs log 4. Real and generated examples come with
  equal probability, so the expectation over both is half of this.

  Args:
    real_logit: `[batch]`, log-odds that a real band is real.
    generated_logit: `[batch]`, of generated bands.

  Returns:
    `[batch]`.
  """
  return tf.nn.softplus(-real_logit) + tf.nn.softplus(generated_logit)


def generator_loss(generated_logit: tf.Tensor) -> tf.Tensor:
  """What G minimises: -log D(h~), the non-saturating form that was coded.

  Equation 1 shows log(1 - D(h~)), whose gradient vanishes where D is right.

  Args:
    generated_logit: `[batch]`.

  Returns:
    `[batch]`.
  """
  return tf.nn.softplus(-generated_logit)
