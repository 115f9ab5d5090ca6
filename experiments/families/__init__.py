"""LapCVAE and LAPGAN, and the one place that chooses between them."""

from typing import Any

from experiments.families.base import Family
from experiments.families.lapcvae import LapCVAEFamily
from experiments.families.lapgan import LAPGANFamily
from lapcvae_tf.configs import LapCVAEConfig
from lapgan_tf.configs import LAPGANConfig

_FAMILIES: dict[type, Family] = {
  LapCVAEConfig: LapCVAEFamily(),
  LAPGANConfig: LAPGANFamily(),
}


def of(model: Any) -> Family:
  """Returns the family of a model's configuration."""
  return _FAMILIES[type(model)]
