"""Adversarial losses and their gradient penalties, per example.

Logits are log-odds that an image is real, `[batch]`.
"""

import tensorflow as tf


def discriminator_loss(
  real_logit: tf.Tensor, generated_logit: tf.Tensor
) -> tf.Tensor:
  """Returns -log D(x) - log(1 - D(x~)), which D minimises. [B], [B] -> [B].

  Denton et al. (2015), Equations 1 and 2. An undecided D, at 1/2, has a loss of
  log 4. Real and generated examples are equally many, so the mean over all of
  them is half of this.

  Args:
    real_logit: Log-odds that real images are real.
    generated_logit: Log-odds that generated images are real.
  """
  return tf.nn.softplus(-real_logit) + tf.nn.softplus(generated_logit)


def generator_loss(generated_logit: tf.Tensor) -> tf.Tensor:
  """Returns -log D(x~), which G minimises, the form that was coded. [B] -> [B].

  Equation 1 shows log(1 - D(x~)), whose gradient vanishes where D is right.

  Args:
    generated_logit: Log-odds that generated images are real.
  """
  return tf.nn.softplus(-generated_logit)


def relativistic_loss(logit: tf.Tensor, other_logit: tf.Tensor) -> tf.Tensor:
  """Returns -log sigmoid(D(x) - D(y)): x should look real. [B], [B] -> [B].

  This is the relativistic pairing loss (Jolicoeur-Martineau, 2019; Huang et
  al., 2024, Equation 2). D minimises it with real images as x and generated
  ones as y, and G with the two exchanged. Equal logits have a loss of log 2.
  Each generated image is judged beside a real one, so that G cannot win by
  covering a part of the data.

  Args:
    logit: Log-odds that x is real.
    other_logit: Log-odds that y is real.
  """
  return tf.nn.softplus(other_logit - logit)


def gradient_penalty(gradient: tf.Tensor) -> tf.Tensor:
  """Returns |grad_x D(x)|^2 / 2, summed over pixels. [B, H, W, C] -> [B].

  On real images this is R1 (Mescheder et al., 2018), on generated images R2;
  both, times gamma, make the relativistic game converge locally (Huang et al.,
  2024, Section 2.2).

  Args:
    gradient: The gradient of each image's logit by that image.
  """
  squares = tf.square(tf.cast(gradient, tf.float32))
  return 0.5 * tf.reduce_sum(squares, axis=(1, 2, 3))
