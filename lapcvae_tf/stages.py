"""What the parts of a training optimise."""

import dataclasses
from collections.abc import Mapping, Sequence

import tensorflow as tf

from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.walk import LevelOutcome

OBJECTIVES = ("per_level", "end_to_end", "prior")


@dataclasses.dataclass(frozen=True)
class TrainingStage:
  """One part of a training: whose weights change, and what they minimise.

  Attributes:
    levels: The levels whose weights change.
    objective: `per_level`, each level on its own loss (Equation 12);
      `end_to_end`, the finest composed image and the weighted KL; `prior`, the
      KL alone, for the weights of M_k alone (retraining M, Section 5.1.3).
  """

  levels: tuple[int, ...]
  objective: str = "per_level"

  def __post_init__(self):
    if self.objective not in OBJECTIVES:
      raise ValueError(
        f"objective is one of {', '.join(OBJECTIVES)}; got {self.objective!r}."
      )
    if not self.levels:
      raise ValueError("A stage trains at least one level, got none.")

  def updates(self, k: int) -> bool:
    """Whether the encoder and decoder of level `k` change."""
    return k in self.levels and self.objective != "prior"

  def compared(
    self, k: int, outcome: LevelOutcome
  ) -> tuple[tf.Tensor, tf.Tensor]:
    """What the reconstruction term of level `k` compares, and with what."""
    if self.objective == "end_to_end" and k == 0:
      return outcome.blurred, outcome.composed
    return outcome.target, outcome.band

  def loss_terms(
    self, levels: Sequence[LapCVAELevel], outcomes: Mapping[int, LevelOutcome]
  ) -> dict[int, tf.Tensor]:
    """Batch means of the loss, by level; their sum is minimised.

    Args:
      levels: All levels of the model, finest first.
      outcomes: At least those of the stage's levels.
    """
    terms = {}
    for k in self.levels:
      term = tf.reduce_mean(outcomes[k].kl())
      if self.objective != "prior":
        term *= levels[k].config.kl_weight
      if self.objective == "per_level" or (
        self.objective == "end_to_end" and k == 0
      ):
        compared = self.compared(k, outcomes[k])
        term += tf.reduce_mean(levels[k].reconstruction_loss(*compared))
      terms[k] = term
    return terms

  def variables(self, levels: Sequence[LapCVAELevel]) -> list[tf.Variable]:
    """The weights that change.

    Args:
      levels: As of `loss_terms`.

    Raises:
      ValueError: If there are none: M alone is to change, and there is none.
    """
    changed = [levels[k] for k in self.levels]
    if self.objective == "prior":
      changed = [level.prior_network for level in changed]
    found = [v for part in changed if part for v in part.trainable_variables]
    if not found:
      raise ValueError(
        f"No M among levels {self.levels}: at the coarsest level, and "
        "everywhere with prior='standard', the prior is N(0, I)."
      )
    return found


def scheduled(config: LapCVAEConfig) -> list[tuple[TrainingStage, float]]:
  """The stages of a configuration's schedule, with their share of the steps."""
  everything = tuple(range(config.num_levels))
  whole = TrainingStage(everything, "end_to_end")
  if config.schedule == "end_to_end":
    return [(whole, 1.0)]
  tail = config.fine_tune_fraction
  if config.schedule == "joint":
    stages = [(TrainingStage(everything), 1.0 - tail)]
  else:
    share = (1.0 - tail) / config.num_levels
    stages = [(TrainingStage((k,)), share) for k in reversed(everything)]
  return stages + ([(whole, tail)] if tail else [])
