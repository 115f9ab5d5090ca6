"""What the training loop needs to know of a model family, and no more."""

import dataclasses
import os
import pathlib
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import tensorflow as tf

from experiments.data.batches import Split
from experiments.training.checkpoints import Stateful

# Scalars by log ("level_0", "cascade"), then by tag.
Scalars = dict[str, dict[str, float]]

# Images of a sheet, uint8 `[count, height, width, 3]`, by the label of the row.
Rows = Mapping[str, np.ndarray]

# Sheets by log, then by tag.
Pictures = dict[str, dict[str, Rows]]

# Writes a SavedModel into the folder given and returns its version folder; that
# of a model takes `batching` as well.
Export = Callable[..., pathlib.Path]


@dataclasses.dataclass(frozen=True)
class Stage:
  """A stretch of a training with one objective.

  Attributes:
    name: Words for the progress line.
    steps: The length in optimizer steps.
    step: A function that trains on one batch within a replica and returns
      scalars by name. A scalar that is not finite stops the run and is reported
      by its name.
  """

  name: str
  steps: int
  step: Callable[[Mapping[str, tf.Tensor]], Mapping[str, tf.Tensor]]


class Task(Protocol):
  """A model under training: a whole run, or a part of one.

  Attributes:
    name: The log that has the figures of the whole task: `cascade`, or
      `level_k` for a level that trains alone.
    model: The Keras model, once `build` has made it.
    remedy: Words that say what to change if a loss is not finite.
    descriptions: What the tags of `training_scalars` and `validate` mean, by
      tag.
  """

  name: str
  model: tf.keras.Model
  remedy: str
  descriptions: Mapping[str, str]

  def build(self) -> None:
    """Creates weights and optimizers; called in the strategy's scope."""

  def start_from(self, checkpoints: str | os.PathLike) -> None:
    """Takes the weights of another run's checkpoints, after `build`."""

  def stages(self) -> list[Stage]:
    """Returns the stages in order."""

  def checkpointed(self) -> dict[str, Stateful]:
    """Returns everything a resumed run needs, by stable names."""

  def training_scalars(self) -> Scalars:
    """Returns means since the last call; the call starts new means."""

  def validate(self, test: Split, count: int | None) -> Scalars:
    """Returns figures of the first `count` test images, of all if None."""

  def pictures(self, test: Split) -> Pictures:
    """Returns pictures to look at."""

  def headline(self, scalars: Scalars) -> str:
    """Returns the training scalars in a few words for the progress line."""

  def exports(self) -> Mapping[str, Export]:
    """Returns what writes the SavedModels of this task, by folder name."""
