"""Pixels of one level of the walk, scored and drawn."""

from typing import NamedTuple

import tensorflow as tf

from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.logistic_mixture import on_grid

# Keeps the noise of pixels apart from that of latents and of detail.
_PIXEL_SEEDS = 3000


class PixelOutcome(NamedTuple):
  """What a level that draws pixels has beside its mean band.

  Attributes:
    true: The true pixels, rounded to the grid of 256 values.
    nll: Their -ln p, `[batch]`.
    drawn: The pixels that were drawn.
  """

  true: tf.Tensor | None = None
  nll: tf.Tensor | None = None
  drawn: tf.Tensor | None = None


def of_level(
  level: LapCVAELevel,
  features: tf.Tensor,
  low_pass: tf.Tensor,
  mean: tf.Tensor,
  scored: tf.Tensor | None,
  seed: tf.Tensor | None,
) -> PixelOutcome:
  """Scores given pixels and draws others, as far as it is asked to.

  Args:
    level: The level; nothing comes of one that draws no pixels.
    features: The last features of its decoder.
    low_pass: u(x_{k+1}), `[batch, size, size, 3]`.
    mean: The mean band, the same shape.
    scored: The images to score, the same shape; None scores none.
    seed: int32 `[2]`; selects the noise of the pixels. None draws none.
  """
  if level.pixel_cnn is None:
    return PixelOutcome()
  seen = tf.concat([tf.cast(features, tf.float32), low_pass, mean], axis=-1)
  true = nll = drawn = None
  if scored is not None:
    true = on_grid(scored)
    nll = level.pixel_cnn.negative_log_likelihood(true, low_pass, seen)
  if seed is not None:
    seed = tf.random.fold_in(seed, _PIXEL_SEEDS + level.k)
    drawn = level.pixel_cnn.draw(low_pass, seen, seed)
  return PixelOutcome(true, nll, drawn)
