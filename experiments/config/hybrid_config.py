"""A model that has coarse levels of a LapCVAE and finer ones of a LAPGAN."""

import dataclasses
from typing import ClassVar

from lapcvae_tf.configs import LapCVAEConfig
from lapgan_tf.configs import LAPGANConfig
from pyramid_tf import kernels
from pyramid_tf.level_sizes import LevelSizes


@dataclasses.dataclass(frozen=True, kw_only=True)
class HybridConfig(LevelSizes):
  """Both families map a low-pass image to a band, so that their levels join.

  Attributes:
    coarse: The LapCVAE, whose levels of the joint and smaller sides are used.
    fine: The LAPGAN, whose levels of larger sides are used.
    joint: The side of the finest image that the LapCVAE makes, in pixels.
  """

  # It is made of trained runs, and does not train.
  levels_train_alone: ClassVar[bool] = False
  batch_multiple: ClassVar[int] = 1

  coarse: LapCVAEConfig
  fine: LAPGANConfig
  joint: int

  def __post_init__(self):
    for name, sizes in (
      ("coarse", self.coarse.sizes),
      ("fine", self.fine.sizes[1:]),
    ):
      if self.joint not in sizes:
        raise ValueError(
          f"The joint side is {self.joint} pixels, but the {name} run can join "
          f"at {', '.join(map(str, sizes))} pixels. Choose a side of both."
        )
    if not kernels.equal_downsampling(self.coarse.kernel, self.fine.kernel):
      raise ValueError(
        f"The coarse run has kernel={self.coarse.kernel!r}, the fine one "
        f"{self.fine.kernel!r}, whose coarse images may differ. Join runs of "
        f"the same operators, or of {' and '.join(kernels.EXACT_KERNELS)}."
      )
    if self.fine.num_classes:
      raise ValueError(
        "The fine run is class-conditional, and a LapCVAE knows no classes. "
        "Join a run without classes."
      )

  @property
  def fine_levels(self) -> int:
    """How many levels of the LAPGAN are used; also k of the joint image."""
    return self.fine.sizes.index(self.joint)

  @property
  def coarse_level(self) -> int:
    """The LapCVAE's own index of the level of the joint side."""
    return self.coarse.sizes.index(self.joint)

  @property
  def levels(self) -> tuple:
    """The configurations of all levels that are used, finest first."""
    fine = self.fine.levels[: self.fine_levels]
    return fine + self.coarse.levels[self.coarse_level :]

  @property
  def kernel(self) -> str:
    """The operators of the finer levels; the coarse ones have the same d."""
    return self.fine.kernel
