"""What the harness needs to know of a model family, and no more."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import tensorflow as tf

from experiments.data.batches import Split
from experiments.training.checkpoints import Stateful

# Scalars or pictures by run ("level_0", "cascade"), then by tag.
Scalars = dict[str, dict[str, float]]
Pictures = dict[str, dict[str, np.ndarray]]


@dataclasses.dataclass(frozen=True)
class Stage:
  """A part of the training with a step of its own.

  Attributes:
    name: Shown in the progress line.
    steps: How many.
    step: Runs in a replica on one batch; returns scalars by name, in which a
      number that is not finite stops the run and is reported by its name.
  """

  name: str
  steps: int
  step: Callable[[Mapping[str, tf.Tensor]], Mapping[str, tf.Tensor]]


class Experiment(Protocol):
  """A family's model under training.

  Attributes:
    remedy: What to change if a loss is not finite, in words.
  """

  remedy: str

  def build(self) -> None:
    """Creates weights and optimizers; called in the strategy's scope."""

  def stages(self) -> list[Stage]:
    """The stages, in order."""

  def checkpointed(self) -> dict[str, Stateful]:
    """Everything a resumed run needs, by stable names."""

  def training_scalars(self) -> Scalars:
    """Means since the last call, by level; the call starts new means."""

  def validate(self, test: Split, count: int | None) -> Scalars:
    """Figures of the first `count` test images, all if None."""

  def pictures(self, test: Split) -> Pictures:
    """uint8 `[height, width, 3]` pictures to look at."""

  def headline(self, scalars: Scalars) -> str:
    """The training scalars in a few words, for the progress line."""
