"""LapCVAE, LAPGAN, both together and PixelVAE; the one place that chooses."""

from typing import Any

from experiments.config.hybrid_config import HybridConfig
from experiments.families.base import Family
from experiments.families.hybrid import HybridFamily
from experiments.families.lapcvae import LapCVAEFamily
from experiments.families.lapgan import LAPGANFamily
from experiments.families.pixel_vae import PixelVAEFamily
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.pixel_vae_config import PixelVAEConfig
from lapgan_tf.configs import LAPGANConfig

_FAMILIES: dict[type, Family] = {
  LapCVAEConfig: LapCVAEFamily(),
  LAPGANConfig: LAPGANFamily(),
  PixelVAEConfig: PixelVAEFamily(),
  HybridConfig: HybridFamily(),
}


def of(model: Any) -> Family:
  """Returns the family of a model's configuration."""
  return _FAMILIES[type(model)]
