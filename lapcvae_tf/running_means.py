"""Running means of what levels lose in training, as TensorBoard shows them."""

from collections.abc import Mapping, Sequence

import tensorflow as tf

from lapcvae_tf import games, losses
from lapcvae_tf.adversarial import Game
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.walk import LevelOutcome

_TAGS = ("loss", "reconstruction", "kl", "squared_error")


def trackers(config: LapCVAEConfig) -> dict[str, tf.keras.metrics.Mean]:
  """Returns a running mean of each figure of each level, `level_k/...`."""
  names = [
    f"level_{k}/{tag}"
    for k, level in enumerate(config.levels)
    for tag in (*_TAGS, *games.TAGS[level.likelihood])
  ]
  names += [
    f"level_{k}/pixel_nll"
    for k, level in enumerate(config.levels)
    if level.output == "pixelcnn"
  ]
  return {name: tf.keras.metrics.Mean(name=name) for name in names}


def update(
  means: Mapping[str, tf.keras.metrics.Mean],
  outcomes: Sequence[LevelOutcome | None],
  per_level: Mapping[int, tf.Tensor],
  played: Mapping[int, Game],
) -> dict[str, tf.Tensor]:
  """Adds what a walk made at each of its levels.

  Args:
    means: What `trackers` returned.
    outcomes: What the walk made, finest first; None at levels it left out.
    per_level: The losses of the levels that learned, by their index.
    played: The games of the levels that are judged, by their index.

  Returns:
    The means of the walk's levels by name.
  """
  result = {}
  for k, outcome in enumerate(outcomes):
    if outcome is None:
      continue
    values = _figures(outcome)
    if k in per_level:
      values["loss"] = per_level[k]
    if k in played:
      values |= played[k].figures
    for tag, value in values.items():
      name = f"level_{k}/{tag}"
      means[name].update_state(tf.reduce_mean(value))
      result[name] = means[name].result()
  return result


def _figures(outcome: LevelOutcome) -> dict[str, tf.Tensor]:
  """Returns a level's own figures by tag, each of a batch or a scalar."""
  figures = {
    "reconstruction": losses.half_squared_error(outcome.target, outcome.band),
    "kl": outcome.kl(),
    "squared_error": tf.square(outcome.blurred - outcome.composed),
  }
  if outcome.pixel_nll is not None:
    figures["pixel_nll"] = outcome.pixel_nll
  return figures
