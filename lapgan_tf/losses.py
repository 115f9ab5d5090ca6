"""The adversarial losses, per example, from logits."""

import tensorflow as tf


def discriminator_loss(
  real_logit: tf.Tensor, generated_logit: tf.Tensor
) -> tf.Tensor:
  """Returns -log D(h) - log(1 - D(h~)), which D minimises (Equations 1, 2).

  An undecided D, at 1/2, has a loss of log 4. Real and generated examples are
  equally many, so the mean over all of them is half of this.

  Args:
    real_logit: `[batch]`, log-odds that a real band is real.
    generated_logit: `[batch]`, log-odds that a generated band is real.

  Returns:
    `[batch]`.
  """
  return tf.nn.softplus(-real_logit) + tf.nn.softplus(generated_logit)


def generator_loss(generated_logit: tf.Tensor) -> tf.Tensor:
  """Returns -log D(h~), which G minimises, the form that the authors coded.

  Equation 1 shows log(1 - D(h~)), whose gradient vanishes where D is right.

  Args:
    generated_logit: `[batch]`, log-odds that a generated band is real.

  Returns:
    `[batch]`.
  """
  return tf.nn.softplus(-generated_logit)
