"""LapCVAE, LAPGAN and both together, and the one place that chooses."""

from typing import Any

from experiments.config.hybrid_config import HybridConfig
from experiments.families.base import Family
from experiments.families.hybrid import HybridFamily
from experiments.families.lapcvae import LapCVAEFamily
from experiments.families.lapgan import LAPGANFamily
from lapcvae_tf.configs import LapCVAEConfig
from lapgan_tf.configs import LAPGANConfig

_FAMILIES: dict[type, Family] = {
  LapCVAEConfig: LapCVAEFamily(),
  LAPGANConfig: LAPGANFamily(),
  HybridConfig: HybridFamily(),
}


def of(model: Any) -> Family:
  """Returns the family of a model's configuration."""
  return _FAMILIES[type(model)]
