"""What a LapCVAE minimises, and in which order a schedule does so."""

import dataclasses
from collections.abc import Mapping, Sequence

import tensorflow as tf

from lapcvae_tf.adversarial import Game
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.walk import LevelOutcome

KINDS = ("per_level", "end_to_end", "prior")


@dataclasses.dataclass(frozen=True)
class Objective:
  """Which levels learn, and what they minimise.

  Attributes:
    levels: The levels whose weights change.
    kind: `per_level`, each level minimises its own loss (Equation 12);
      `end_to_end`, all minimise the error of the finest composed image and the
      weighted KL; `prior`, the weights of M_k alone minimise the KL (retraining
      M, Section 5.1.3).
  """

  levels: tuple[int, ...]
  kind: str = "per_level"

  def __post_init__(self) -> None:
    if self.kind not in KINDS:
      raise ValueError(f"kind is one of {', '.join(KINDS)}; got {self.kind!r}.")
    if not self.levels:
      raise ValueError("An objective trains at least one level, got none.")

  def judged(self, levels: Sequence[LapCVAELevel]) -> tuple[int, ...]:
    """Returns the levels whose adversaries move as well."""
    return tuple(
      k for k in self.autoencoders if levels[k].discriminator is not None
    )

  @property
  def autoencoders(self) -> tuple[int, ...]:
    """The levels whose encoder and decoder change."""
    return () if self.kind == "prior" else self.levels

  def compared(
    self, k: int, outcome: LevelOutcome
  ) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns the two images that level `k`'s reconstruction term compares."""
    if self.kind == "end_to_end" and k == 0:
      return outcome.blurred, outcome.composed
    return outcome.target, outcome.mean

  def loss_terms(
    self,
    levels: Sequence[LapCVAELevel],
    outcomes: Sequence[LevelOutcome | None],
    games: Mapping[int, Game],
  ) -> dict[int, tf.Tensor]:
    """Returns mean losses over the batch by level; their sum is minimised.

    Args:
      levels: All levels of the model, finest first.
      outcomes: The outcome of every level, finest first; those of the
        objective's levels are read.
      games: Those of levels that are judged.
    """
    terms = {}
    for k in self.levels:
      term = tf.reduce_mean(outcomes[k].kl())
      if self.kind != "prior":
        term *= levels[k].config.kl_weight
      if k in games and games[k].reconstruction is not None:
        term += games[k].reconstruction
      elif self.kind == "per_level" and outcomes[k].pixel_nll is not None:
        compared = self.compared(k, outcomes[k])
        loss = levels[k].pixel_loss(outcomes[k].pixel_nll, *compared)
        term += tf.reduce_mean(loss)
      elif self.kind == "per_level" or (self.kind == "end_to_end" and k == 0):
        compared = self.compared(k, outcomes[k])
        term += tf.reduce_mean(levels[k].reconstruction_loss(*compared))
      terms[k] = term
    return terms

  def variables(self, levels: Sequence[LapCVAELevel]) -> list[tf.Variable]:
    """Returns the weights that change, those that D_k teaches left aside.

    Args:
      levels: All levels of the model, finest first.

    Raises:
      ValueError: If M alone is to change, and none of the levels has one.
    """
    changed = [levels[k] for k in self.levels]
    if self.kind == "prior":
      networks = [level.prior_network for level in changed]
      variables = [v for n in networks if n for v in n.trainable_variables]
    else:
      variables = [v for level in changed for v in level.likelihood_variables]
    if not variables:
      raise ValueError(
        f"No M among levels {self.levels}: at the coarsest level, and "
        "everywhere with prior='standard', the prior is N(0, I)."
      )
    return variables


def scheduled(config: LapCVAEConfig) -> list[tuple[Objective, float]]:
  """Returns a schedule's objectives in order, with shares of the steps."""
  everything = tuple(range(config.num_levels))
  whole = Objective(everything, "end_to_end")
  if config.schedule == "end_to_end":
    return [(whole, 1.0)]
  tail = config.fine_tune_fraction
  if config.schedule == "joint":
    objectives = [(Objective(everything), 1.0 - tail)]
  else:
    share = (1.0 - tail) / config.num_levels
    objectives = [(Objective((k,)), share) for k in reversed(everything)]
  return objectives + ([(whole, tail)] if tail else [])
