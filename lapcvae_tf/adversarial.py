"""The game of a level's generator and discriminator.

An `adversarial` level draws its band in two parts. The decoder's mean band
learns by likelihood, as at any other level, so that latents carry what they
must. A network G_k adds detail to it that latents cannot carry: it reads mean
band, low-pass image and noise, and minimises

  |h_k - h~_k|^2 / 2 + weight * L_rel(D_k(h~_k, l_k), D_k(h_k, l_k))

with the relativistic pairing loss, whose D_k is held by R1 and R2
(`pyramid_tf.adversarial_losses`). Both players see bands as they come out,
after consistency: reconstructions, with latents of the posterior, and draws
from the prior, the same two ways in which the level is used. G_k and D_k move
at once, each by an optimizer of its own. No gradient of the game reaches
encoder, decoder and prior, so that KL weights and calibrated variances mean
what they mean elsewhere.

Section 6 of Dorta et al. (2017) proposes an adversarial loss, and does not say
which.
"""

from collections.abc import Callable
from typing import NamedTuple

import tensorflow as tf

from lapcvae_tf import losses
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.walk import LevelOutcome
from pyramid_tf import adversarial_losses

# (level k, prior of z_k, seed) -> z_k as sampling draws it.
LatentDraw = Callable[[int, Gaussian, tf.Tensor], tf.Tensor]

TAGS = ("generator_loss", "discriminator_loss", "discriminator_accuracy")
"""The tags of a game's figures."""

PRIOR_SEEDS = 2000
"""Keeps draws from the prior apart from all other noise of a step."""


class Game(NamedTuple):
  """What the players of a level minimise, means over the batch.

  Attributes:
    generator_loss: G_k's loss.
    discriminator_loss: D_k's loss, penalties included.
    figures: Scalars for the trackers of the level, by tag.
    reconstruction: What stands in the place of pixels' errors in the level's
      likelihood; None leaves them there.
  """

  generator_loss: tf.Tensor
  discriminator_loss: tf.Tensor
  figures: dict[str, tf.Tensor]
  reconstruction: tf.Tensor | None = None


def play(
  level: LapCVAELevel,
  outcome: LevelOutcome,
  draw_latent: LatentDraw,
  seed: tf.Tensor,
) -> Game:
  """Lets D_k compare true and generated bands of an adversarial level.

  To be called within a tape, which then has the gradients of both losses by the
  level's `generator_variables` and `discriminator_variables`.

  Args:
    level: The level.
    outcome: What the walk made there, of true images. The kinds of fakes share
      them out, so that a batch has at least as many images.
    draw_latent: Draws z_k as sampling does.
    seed: int32 `[2]`; selects the draws from the prior.
  """
  adversary = level.config.adversary
  kinds = len(adversary.fakes)
  shares = [_every(outcome, kinds, i) for i in range(kinds)]
  fakes, pixels = [], 0.0
  for kind, share in zip(adversary.fakes, shares, strict=True):
    if kind == "posterior":
      fakes.append(share.band)
      pixels = losses.half_squared_error(share.target, share.band)
    else:
      own = tf.random.fold_in(seed, PRIOR_SEEDS)
      fakes.append(drawn_band(level, share, draw_latent, own))
  real = tf.concat([share.target for share in shares], 0)
  low_pass = tf.concat([share.low_pass for share in shares], 0)
  bands = tf.concat([real, *fakes], 0)
  low_passes = tf.concat([low_pass, low_pass], 0)
  # D judges band + low-pass image, so that its gradient by the band is that by
  # the image.
  with tf.GradientTape(watch_accessed_variables=False) as inner:
    inner.watch(bands)
    logits = level.discriminator(bands, low_passes)
    total = tf.reduce_sum(logits)
  penalties = adversarial_losses.gradient_penalty(inner.gradient(total, bands))
  real_logit, logit = tf.split(logits, 2)
  real_penalty, penalty = tf.split(penalties, 2)
  generator = adversarial_losses.relativistic_loss(logit, real_logit)
  discriminator = adversarial_losses.relativistic_loss(real_logit, logit)
  penalty = adversary.generated_penalty * tf.reduce_mean(penalty)
  penalty += adversary.real_penalty * tf.reduce_mean(real_penalty)
  right = tf.cast(real_logit > logit, tf.float32)
  return Game(
    tf.reduce_mean(pixels) + adversary.weight * tf.reduce_mean(generator),
    tf.reduce_mean(discriminator) + penalty,
    {
      # D would hide that a band is not finite: fused ReLUs turn NaN into 0.
      "generator_loss": tf.reduce_mean(generator) + tf.reduce_mean(0.0 * bands),
      "discriminator_loss": tf.reduce_mean(discriminator),
      "discriminator_accuracy": tf.reduce_mean(right),
    },
  )


def _every(outcome: LevelOutcome, stride: int, first: int) -> LevelOutcome:
  """Returns each `stride`-th image of a batch from `first` on."""
  return tf.nest.map_structure(
    lambda x: None if x is None else x[first::stride], outcome
  )


def drawn_band(
  level: LapCVAELevel,
  outcome: LevelOutcome,
  draw_latent: LatentDraw,
  seed: tf.Tensor,
  training: bool = False,
) -> tf.Tensor:
  """Returns a band of the walk's low-pass images with z_k from the prior.

  Args:
    level: The level.
    outcome: What the walk made there.
    draw_latent: Draws z_k as sampling does.
    seed: int32 `[2]`; selects latents and noise.
    training: Whether batch statistics are those of this batch.
  """
  latent = draw_latent(level.k, outcome.prior, seed)
  noise = level.noise(seed, tf.shape(latent)[0])
  return level.decode(
    [latent, *outcome.coarser],
    outcome.low_pass,
    training,
    outcome.base,
    noise,
  )
