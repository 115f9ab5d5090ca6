"""The configuration of a whole run: model, images, training."""

import dataclasses
import os
from collections.abc import Sequence
from typing import Any

from experiments.config import stored_json
from experiments.config.data_config import DataConfig
from experiments.config.hybrid_config import HybridConfig
from experiments.config.training_config import TrainingConfig
from experiments.system import errors
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.pixel_vae_config import PixelVAEConfig
from lapgan_tf.configs import LAPGANConfig


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunConfig:
  """Everything a run depends on.

  Attributes:
    model: The pyramid of one of the families, or of both, or a PixelVAE.
    data: The images.
    training: How to train.
  """

  model: LapCVAEConfig | LAPGANConfig | HybridConfig | PixelVAEConfig
  data: DataConfig
  training: TrainingConfig

  def __post_init__(self):
    if self.data.size != self.model.sizes[0]:
      raise ValueError(
        f"The model's finest level is {self.model.sizes[0]} pixels, the images "
        f"are {self.data.size}. Set both with --size."
      )
    if self.training.batch_size % self.model.batch_multiple:
      raise ValueError(
        f"batch_size={self.training.batch_size} is not a multiple of "
        f"{self.model.batch_multiple}, into which a step shares its images "
        "out. Set a multiple."
      )
    if self.training.batch_size < self.model.smallest_batch:
      raise ValueError(
        f"batch_size={self.training.batch_size}: an adversarial level shows D "
        f"{self.model.smallest_batch} kinds of images, each made of images of "
        f"its own. Set at least {self.model.smallest_batch}."
      )
    if self.model.players_wait and self.training.adversary_optimizer == "adam":
      raise ValueError(
        "A player of a level with a margin waits by a gradient of zero, with "
        "which Adam moves on. Set training.adversary_optimizer=rmsprop, or the "
        "level's adversary.margin to None."
      )
    steps, levels = self.training.level_steps, self.model.num_levels
    if not steps:
      return
    if not self.model.levels_train_alone:
      raise ValueError(
        f"level_steps={steps} gives each level its own steps, but the levels "
        "of this model train together. Set training.steps."
      )
    if len(steps) != levels:
      raise ValueError(
        f"level_steps={steps} needs an entry for each of {levels} levels, or "
        "none."
      )
    for k in range(levels):
      # A configuration checks itself: a warm-up, say, may outlast the steps.
      self.training.of_level(k)

  def parts(self, levels: Sequence[int] = ()) -> list[str | None]:
    """Returns names of the parts that train alone, in the order of training.

    Args:
      levels: The levels to train, where levels train alone; empty for all.

    Returns:
      `level_k`, coarsest first, or None alone for a model that trains whole.

    Raises:
      UserError: If one is no level, or the levels do not train alone.
    """
    if not self.model.levels_train_alone:
      if levels:
        raise errors.UserError(
          f"--levels={levels[0]}: the levels of this model train together. "
          "Leave it out."
        )
      return [None]
    count = self.model.num_levels
    for k in levels:
      if not 0 <= k < count:
        raise errors.UserError(
          f"--levels={k}: the levels are 0 (finest) to {count - 1} (coarsest)."
        )
    return [
      f"level_{k}" for k in sorted(set(levels) or range(count), reverse=True)
    ]

  def training_of(self, part: str | None) -> TrainingConfig:
    """Returns how one of `parts` trains."""
    if part is None:
      return self.training
    return self.training.of_level(level_of(part))

  def idle_fields(self) -> dict[str, str]:
    """Returns what fields without effect would need, by their paths."""
    needs = {
      f"{room.name}.{field}": need
      for room in dataclasses.fields(self)
      for field, need in getattr(self, room.name).idle_fields().items()
    }
    if not any(getattr(lv, "likelihood", None) for lv in self.model.levels):
      for field in ("adversary_optimizer", "adversary_learning_rate"):
        needs[f"training.{field}"] = "a level with a likelihood of its own"
    return needs

  def resized(self, size: int) -> "RunConfig":
    """Returns the same run on images of another size, levels in proportion.

    Raises:
      UserError: If the networks do not go with the size.
    """
    corners = self.data.corner_crops_of
    if corners is not None:
      corners = round(corners * size / self.data.size)
    try:
      return dataclasses.replace(
        self,
        model=self.model.resized(size),
        data=dataclasses.replace(self.data, size=size, corner_crops_of=corners),
      )
    except ValueError as error:
      raise errors.UserError(f"--size={size}: {error}") from error


def level_of(part: str) -> int:
  """Returns the k of a part named `level_k`."""
  return int(part.removeprefix("level_"))


def read(stored: Any, folder: str | os.PathLike = "") -> RunConfig:
  """Reads the configuration of a run from the JSON values of its config.json.

  Args:
    stored: What `RunDir.read_config` returns.
    folder: The folder of the run, for the message.

  Raises:
    UserError: If they are no such configuration.
  """
  try:
    return stored_json.from_json(RunConfig, stored)
  except (ValueError, TypeError, AttributeError, LookupError) as error:
    raise errors.UserError(
      f"{os.path.join(folder, 'config.json')} is of another version of this "
      f"project, or damaged ({error}). Make it again with this version."
    ) from error
