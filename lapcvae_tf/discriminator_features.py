"""Reconstruction errors in the features of a discriminator: VAE/GAN.

At a level with this likelihood (Larsen et al., 2016, and the authors' code) the
errors of features f of D_k stand in the place of pixels' errors:

  L_f   = |f(x) - f(x~)|^2 / 2 + F / 2 ln 2 pi
  L_GAN = -ln(D(x) + 0.001) - ln(1 - D(x_p) + 0.001)

for a true image x of the level, its reconstruction x~ and an image x_p with z_k
of the prior. All three add their band to the same low-pass image, so that D_k
judges the band; one level is VAE/GAN. Encoder and prior minimise lambda KL +
L_f, the decoder gamma L_f - (1 - gamma) L_GAN, and D_k L_GAN.

L_f is no likelihood of x: its unit changes as D_k learns.

Differences from the authors' code: no weight decay, whose factor on weights is
1e-5, and losses are means over the batch, which RMSProp cannot tell from sums.
"""

import math

import tensorflow as tf

from lapcvae_tf.adversarial import PRIOR_SEEDS, Game, LatentDraw, drawn_band
from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.walk import LevelOutcome

# Keeps logarithms of probabilities finite.
_SMALLEST = 1e-3


def feature_loss(
  level: LapCVAELevel, outcome: LevelOutcome, training: bool = False
) -> tf.Tensor:
  """Returns L_f per example, `[batch]`.

  Args:
    level: The level.
    outcome: What the walk made there, of true images.
    training: Whether D_k's batch statistics are those of this batch,
      reconstructions and true images together.
  """
  low_pass = outcome.low_pass
  images = tf.concat([low_pass + outcome.band, low_pass + outcome.target], 0)
  features, _ = level.discriminator(images, training=training)
  generated, real = tf.split(features, 2)
  # f(x) depends on x~ by statistics of the batch alone.
  error = tf.square(generated - tf.stop_gradient(real))
  constant = 0.5 * features.shape[-1] * math.log(2.0 * math.pi)
  return 0.5 * tf.reduce_sum(error, axis=-1) + constant


def play(
  level: LapCVAELevel,
  outcome: LevelOutcome,
  draw_latent: LatentDraw,
  seed: tf.Tensor,
  training: bool = True,
) -> Game:
  """Returns what decoder and D_k of a level minimise, and L_f.

  To be called within a tape, as `adversarial.play` is, with its arguments.
  """
  adversary = level.config.adversary
  reconstruction = tf.reduce_mean(feature_loss(level, outcome, training))
  bands = [outcome.target]
  if "prior" in adversary.fakes:
    own = tf.random.fold_in(seed, PRIOR_SEEDS)
    bands.append(drawn_band(level, outcome, draw_latent, own, training))
  if "posterior" in adversary.fakes:
    bands.append(outcome.band)
  # Real and generated images share the batch statistics: apart, these alone
  # would give the generated away.
  images = tf.concat([outcome.low_pass + band for band in bands], 0)
  _, logits = level.discriminator(images, training=training)
  real, *fakes = tf.split(logits, len(bands))
  fake = tf.concat(fakes, 0)
  real_cost = -tf.math.log(tf.sigmoid(real) + _SMALLEST)
  fake_cost = -tf.math.log(tf.sigmoid(-fake) + _SMALLEST)
  costs = tf.reduce_mean(real_cost), tf.reduce_mean(fake_cost)
  gan = costs[0] + costs[1]
  gamma = adversary.feature_weight
  generator_moves, discriminator_moves = _gates(adversary, *costs)
  right = [real > 0.0, fake < 0.0]
  return Game(
    generator_moves * (gamma * reconstruction - (1.0 - gamma) * gan),
    discriminator_moves * 0.5 * gan,
    {
      "feature_loss": reconstruction,
      "generator_loss": costs[1],
      "discriminator_loss": gan,
      "discriminator_accuracy": 0.5
      * tf.add_n([tf.reduce_mean(tf.cast(part, tf.float32)) for part in right]),
    },
    reconstruction,
  )


def _gates(adversary, *costs: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
  """Returns 1 for a player that moves and 0 for one that waits, for G and D.

  A gradient of zero is what makes a player wait, as replicas cannot branch.
  """
  if adversary.margin is None:
    return tf.ones([]), tf.ones([])
  context = tf.distribute.get_replica_context()
  costs = context.all_reduce(
    tf.distribute.ReduceOp.MEAN, tf.stop_gradient(tf.stack(costs))
  )
  low = adversary.equilibrium - adversary.margin
  high = adversary.equilibrium + adversary.margin
  discriminator = tf.reduce_min(costs) >= low
  generator = tf.reduce_max(costs) <= high
  neither = tf.logical_not(tf.logical_or(generator, discriminator))
  return (
    tf.cast(tf.logical_or(generator, neither), tf.float32),
    tf.cast(tf.logical_or(discriminator, neither), tf.float32),
  )
