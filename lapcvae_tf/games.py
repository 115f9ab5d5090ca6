"""The games of all levels that are judged by a discriminator."""

from collections.abc import Mapping, Sequence

import tensorflow as tf

from lapcvae_tf import adversarial, discriminator_features
from lapcvae_tf.adversarial import Game, LatentDraw
from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.walk import LevelOutcome

TAGS = {
  None: (),
  "adversarial": adversarial.TAGS,
  "discriminator_features": (*adversarial.TAGS, "feature_loss"),
}
"""The tags of a game's figures, by the likelihood of its level."""


def play(
  levels: Sequence[LapCVAELevel],
  judged: Sequence[int],
  outcomes: Sequence[LevelOutcome | None],
  draw_latent: LatentDraw,
  seed: tf.Tensor,
  training: bool = True,
) -> dict[int, Game]:
  """Lets each level's discriminator compare true and generated bands.

  Args:
    levels: All levels, finest first.
    judged: Indices of the levels that are judged, which have discriminators.
    outcomes: What the walk made at all levels.
    draw_latent: Draws z_k as sampling does.
    seed: int32 `[2]`; selects the draws from the priors.
    training: Whether batch statistics are those of this batch.

  Returns:
    The games by index of their level.
  """
  games = {}
  for k in judged:
    level = levels[k]
    arguments = (level, outcomes[k], draw_latent, seed)
    if level.config.likelihood == "adversarial":
      game = adversarial.play(*arguments)
    else:
      game = discriminator_features.play(*arguments, training)
    games[k] = game
  return games


def losses(games: Mapping[int, Game]) -> dict[str, tf.Tensor]:
  """Returns what both players minimise, by player; nothing without games."""
  if not games:
    return {}
  return {
    player: tf.add_n(
      [getattr(game, f"{player}_loss") for game in games.values()]
    )
    for player in ("generator", "discriminator")
  }


def optimizer(
  chosen: tf.keras.optimizers.Optimizer | None, players_wait: bool
) -> tf.keras.optimizers.Optimizer:
  """Returns the optimizer of a player.

  Args:
    chosen: What `compile` was given; None takes Adam at 2e-4 with decays of 0
      and 0.99.
    players_wait: Whether a player waits, by a gradient of zero, while the
      other is far behind.

  Raises:
    ValueError: If a player waits, and the optimizer would move on.
  """
  chosen = chosen or tf.keras.optimizers.Adam(2e-4, beta_1=0.0, beta_2=0.99)
  inner = getattr(chosen, "inner_optimizer", chosen)
  waiting = (tf.keras.optimizers.RMSprop, tf.keras.optimizers.SGD)
  if players_wait and (not isinstance(inner, waiting) or inner.momentum):
    raise ValueError(
      "A player waits by a gradient of zero, with which "
      f"{type(chosen).__name__} moves on. Give both players RMSprop or "
      "SGD without momentum, or set the margin to None."
    )
  return chosen
