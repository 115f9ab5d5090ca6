"""The configuration of a whole run: model, images, training."""

import dataclasses
from collections.abc import Sequence

from experiments.config import stored_json
from experiments.config.data_config import DataConfig
from experiments.config.training_config import TrainingConfig
from experiments.system import errors
from lapcvae_tf.configs import LapCVAEConfig
from lapgan_tf.configs import LAPGANConfig


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunConfig:
  """Everything a run depends on.

  Attributes:
    model: Of one of the families.
    data: The images.
    training: How to train.
  """

  model: LapCVAEConfig | LAPGANConfig
  data: DataConfig
  training: TrainingConfig

  def __post_init__(self):
    if isinstance(self.model, LAPGANConfig):
      self._check_lapgan()
    elif self.training.level_steps:
      raise ValueError(
        "level_steps are of models whose levels train on their own; LapCVAE's "
        "train together. Set training.steps."
      )
    if self.data.size != self.model.sizes[0]:
      raise ValueError(
        f"The model's finest level is {self.model.sizes[0]} pixels, the images "
        f"are {self.data.size}. Set data.size or the level sizes."
      )

  def parts(self, levels: Sequence[int] = ()) -> list[str | None]:
    """Names of the parts that train on their own: levels, or the whole.

    Args:
      levels: Of a LAPGAN, those to train; empty for all.

    Raises:
      UserError: If one is no level, or the levels do not train on their own.
    """
    if not isinstance(self.model, LAPGANConfig):
      if levels:
        raise errors.UserError(
          "--levels chooses among levels that train on their own; those of a "
          "LapCVAE train together. Leave it out."
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

  def _check_lapgan(self):
    if self.training.batch_size % 4:
      raise ValueError(
        "A LAPGAN step shares its images out in quarters; got batch_size="
        f"{self.training.batch_size}. Set a multiple of 4."
      )
    steps, levels = self.training.level_steps, self.model.num_levels
    if steps and len(steps) != levels:
      raise ValueError(
        f"level_steps has an entry for each of the {levels} levels, or none; "
        f"got {steps}."
      )
    for k in range(levels):
      # Checks itself: a warm-up, say, may be longer than a level's steps.
      self.training.of_level(k)


def read(stored: dict) -> RunConfig:
  """The configuration of a run from the JSON values of its config.json.

  Raises:
    UserError: If they are no such configuration.
  """
  try:
    return stored_json.from_json(RunConfig, stored)
  except (ValueError, TypeError, AttributeError) as error:
    raise errors.UserError(
      f"config.json is of another version of this project, or damaged: {error} "
      "Train again in a new --run_dir."
    ) from error
