"""What the parts of a training optimise."""

import dataclasses

from lapcvae_tf.configs import LapCVAEConfig

OBJECTIVES = ("per_level", "end_to_end", "prior")


@dataclasses.dataclass(frozen=True)
class TrainingStage:
  """One part of a training.

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
