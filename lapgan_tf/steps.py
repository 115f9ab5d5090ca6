"""A step of D and one of G, by each of the losses that a level may have.

Both take a level, its real examples and the same examples with the low-pass
images that G is given, and return scalars for its trackers.
"""

import functools

import tensorflow as tf

from lapgan_tf.examples import Examples
from pyramid_tf import adversarial_losses as losses

keras = tf.keras

Scalars = dict[str, tf.Tensor]


def non_saturating(
  level: keras.Model, examples: Examples, given: Examples, seed: tf.Tensor
) -> Scalars:
  """Takes the authors' step (Denton et al., 2015, Section 2.3).

  A quarter of the examples are D's real ones, another quarter give the low-pass
  images of as many generated ones, and the other half give those of G's step.
  """
  seeds = tf.random.split(seed, 5)
  # Every fourth image belongs to a part, however many replicas share the batch.
  real = examples.every(4, 0)
  fake, coarse_a, coarse_b = (given.every(4, i) for i in (1, 2, 3))
  values = discriminator_step(level, real, fake, seeds)
  return values | generator_step(level, coarse_a.joined(coarse_b), seeds)


def discriminator_step(
  level: keras.Model, real: Examples, fake: Examples, seeds: tf.Tensor
) -> Scalars:
  """Moves D towards telling `real` from bands drawn for `fake`."""
  count = tf.shape(real.band)[0]
  both = real.joined(_generated(level, fake, seeds[0], seeds[1]))
  with tf.GradientTape() as tape:
    logit = _judged(level, both, seeds[2])
    real_logit, generated_logit = logit[:count], logit[count:]
    loss = losses.discriminator_loss(real_logit, generated_logit)
    # The loss adds two terms per pair; half of it is the mean per example.
    objective = _objective(level, 0.5 * loss, level.discriminator_optimizer)
  _apply(level.discriminator_optimizer, tape, objective, level.discriminator)
  return {
    "discriminator_loss": tf.reduce_mean(loss),
    "real_accuracy": _share(real_logit > 0.0),
    "generated_accuracy": _share(generated_logit < 0.0),
  }


def generator_step(
  level: keras.Model, part: Examples, seeds: tf.Tensor
) -> Scalars:
  """Moves G towards bands that D takes for real."""
  dropout = tf.random.split(seeds[4], 2)
  with tf.GradientTape() as tape:
    generated = _generated(level, part, seeds[3], dropout[0])
    loss = losses.generator_loss(_judged(level, generated, dropout[1]))
    objective = _objective(level, loss, level.generator_optimizer)
  _apply(level.generator_optimizer, tape, objective, level.generator)
  return {"generator_loss": tf.reduce_mean(loss) + _zero_or_nan(generated)}


def relativistic(
  level: keras.Model, examples: Examples, given: Examples, seed: tf.Tensor
) -> Scalars:
  """Takes a step of the relativistic pairing loss (Huang et al., 2024).

  Half of the examples are D's, the other half are G's. Each real band is paired
  with one that is drawn for the same low-pass image, unless that is generated,
  so that D compares details of the same content.
  """
  seeds = tf.random.split(seed, 5)
  for_d, for_g = ((examples.every(2, i), given.every(2, i)) for i in range(2))
  values = _pair_discriminator_step(level, *for_d, seeds)
  return values | _pair_generator_step(level, *for_g, seeds)


def _pair_discriminator_step(
  level: keras.Model, real: Examples, given: Examples, seeds: tf.Tensor
) -> Scalars:
  optimizer, every = level.discriminator_optimizer, level.config.penalty_every
  both = real.joined(_generated(level, given, seeds[0], seeds[1]))
  found = functools.partial(
    _pair_discriminator_gradients, level, both, seeds[2]
  )
  if every == 1:
    gradients, loss, right = found(True)
  else:
    # The optimizer moves the weights outside of both branches, as replicas add
    # up their gradients there.
    due = optimizer.iterations % every == 0
    gradients, loss, right = tf.cond(
      due, lambda: found(True), lambda: found(False)
    )
  optimizer.apply(gradients, level.discriminator.trainable_variables)
  return {
    "discriminator_loss": loss,
    "real_accuracy": right,
    "generated_accuracy": right,
  }


def _pair_discriminator_gradients(
  level: keras.Model, both: Examples, seed: tf.Tensor, penalised: bool
) -> tuple[list[tf.Tensor], tf.Tensor, tf.Tensor]:
  """Returns D's gradients, mean loss and share of pairs that it has right.

  Args:
    level: A `LAPGANLevel`.
    both: Real examples, then as many generated ones.
    seed: int32 `[2]`; selects what dropout drops.
    penalised: Whether the penalties are part of the objective, times the steps
      from one time to the next.
  """
  config = level.config
  count = tf.shape(both.band)[0] // 2
  with tf.GradientTape() as tape:
    # D judges band + low-pass image, so that its gradient by the band is that
    # by the image.
    with tf.GradientTape(watch_accessed_variables=False) as inner:
      inner.watch(both.band)
      logit = _judged(level, both, seed)
      total = tf.reduce_sum(logit)
    real_logit, generated_logit = logit[:count], logit[count:]
    objective = loss = losses.relativistic_loss(real_logit, generated_logit)
    if penalised:
      penalty = losses.gradient_penalty(inner.gradient(total, both.band))
      weighted = config.real_penalty * penalty[:count]
      weighted += config.generated_penalty * penalty[count:]
      objective += config.penalty_every * weighted
    objective = _objective(level, objective, level.discriminator_optimizer)
  variables = level.discriminator.trainable_variables
  right = _share(real_logit > generated_logit)
  return tape.gradient(objective, variables), tf.reduce_mean(loss), right


def _pair_generator_step(
  level: keras.Model, real: Examples, given: Examples, seeds: tf.Tensor
) -> Scalars:
  count = tf.shape(real.band)[0]
  dropout = tf.random.split(seeds[4], 2)
  with tf.GradientTape() as tape:
    generated = _generated(level, given, seeds[3], dropout[0])
    logit = _judged(level, real.joined(generated), dropout[1])
    loss = losses.relativistic_loss(logit[count:], logit[:count])
    objective = _objective(level, loss, level.generator_optimizer)
  _apply(level.generator_optimizer, tape, objective, level.generator)
  return {"generator_loss": tf.reduce_mean(loss) + _zero_or_nan(generated)}


def _generated(
  level: keras.Model,
  examples: Examples,
  noise_seed: tf.Tensor,
  dropout_seed: tf.Tensor,
) -> Examples:
  """Returns the examples with bands that G draws for them."""
  band = level.generator(
    level.noise(noise_seed, tf.shape(examples.low_pass)[0]),
    examples.low_pass,
    examples.label,
    training=True,
    seed=dropout_seed,
    deviation=examples.deviation,
  )
  return examples._replace(band=band)


def _judged(
  level: keras.Model, examples: Examples, seed: tf.Tensor
) -> tf.Tensor:
  return level.discriminator(
    examples.band,
    examples.low_pass,
    examples.label,
    training=True,
    seed=seed,
    deviation=examples.deviation,
  )


def _objective(
  level: keras.Model, loss: tf.Tensor, optimizer: keras.optimizers.Optimizer
) -> tf.Tensor:
  # Gradients are summed over replicas; dividing here makes that a mean.
  replicas = level.distribute_strategy.num_replicas_in_sync
  return optimizer.scale_loss(tf.reduce_mean(loss) / replicas)


def _apply(
  optimizer: keras.optimizers.Optimizer,
  tape: tf.GradientTape,
  objective: tf.Tensor,
  network: keras.Model,
) -> None:
  variables = network.trainable_variables
  optimizer.apply(tape.gradient(objective, variables), variables)


def _zero_or_nan(generated: Examples) -> tf.Tensor:
  # D would hide that a band is not finite: fused ReLUs turn NaN into 0.
  return tf.reduce_mean(0.0 * generated.band)


def _share(flags: tf.Tensor) -> tf.Tensor:
  return tf.reduce_mean(tf.cast(flags, tf.float32))


STEPS = {"non_saturating": non_saturating, "relativistic": relativistic}
