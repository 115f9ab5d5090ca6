"""LapCVAE and VAE configurations of the paper, and their smaller kin.

Every preset follows one rule of widths: at width 1 the network meets Table 1's
parameter counts; a fraction scales every filter and dense layer. A VAE of
matched size is the one-level model with its hidden layer widened until its
parameters equal the pyramid's. Pyramids whose detail keeps to the image that it
refines are in `lapcvae_tf.consistent_presets`.
"""

import dataclasses
from fractions import Fraction

from lapcvae_tf import preset_levels
from lapcvae_tf.adversary_config import AdversaryConfig
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.pixel_cnn_config import PixelCNNConfig
from lapcvae_tf.pixel_vae_config import PixelVAEConfig

# Section 5: "lambda = [10, 0.1, 0.01]" and "[100, 100, 0.1, 0.01]", one weight
# per level that has an M, finest first; the coarsest weight is not given.
PAPER_KL_WEIGHTS = {
  32: (0.1, 0.01),
  64: (10.0, 0.1, 0.01),
  128: (100.0, 100.0, 0.1, 0.01),
}
COARSEST_KL_WEIGHT = 0.01

# 32 is not in the paper: the three coarser levels of the 64 pixel model.
LATENT_DIMS = {
  32: (64, 64, 64),
  64: (64, 64, 64, 64),
  128: (128, 128, 64, 64, 64),
}

# Hidden units at which the one-level model has the pyramid's parameters.
_VAE_HIDDEN_UNITS = {
  (32, Fraction(1, 2)): 1024,
  (32, Fraction(1, 4)): 516,
  (32, Fraction(1, 8)): 264,
  (64, Fraction(1)): 3432,
  (64, Fraction(1, 2)): 1788,
  (64, Fraction(1, 4)): 904,
  (64, Fraction(1, 8)): 464,
  (128, Fraction(1)): 2032,
  (128, Fraction(1, 2)): 1076,
  (128, Fraction(1, 4)): 544,
  (128, Fraction(1, 8)): 276,
}


def lapcvae(
  size: int,
  width: Fraction | int = 1,
  kl_weights: tuple[float, ...] | None = None,
  **options,
) -> LapCVAEConfig:
  """Returns the paper's pyramid for 64 or 128 pixels, its coarse part for 32.

  Args:
    size: 128 (five levels), 64 (four levels) or 32 (three levels).
    width: Scales filters and dense layers; below 1/2 also the latents.
    kl_weights: lambda_k, finest first, one per level; the paper's by default.
    **options: Further fields of `LapCVAEConfig`.

  Raises:
    ValueError: If there is no preset of that size.
  """
  if size not in LATENT_DIMS:
    raise ValueError(
      f"There are presets of {', '.join(map(str, LATENT_DIMS))} pixels, got "
      f"{size}. Build a LapCVAEConfig of your own for other sizes."
    )
  if kl_weights is None:
    kl_weights = PAPER_KL_WEIGHTS[size] + (COARSEST_KL_WEIGHT,)
  dims = LATENT_DIMS[size]
  levels = tuple(
    preset_levels.level(
      size >> k, preset_levels.latents(dim, width), width, weight
    )
    for k, (dim, weight) in enumerate(zip(dims, kl_weights, strict=True))
  )
  return LapCVAEConfig(levels=levels, **options)


def adversarial(
  config: LapCVAEConfig,
  num_levels: int,
  width: Fraction | int = 1,
  **options,
) -> LapCVAEConfig:
  """Returns a pyramid whose finest levels add detail by an adversary.

  Not in the paper; its Section 6 proposes it.

  Args:
    config: The pyramid.
    num_levels: How many of its levels, from the finest on.
    width: Scales the filters of both players.
    **options: Fields of `AdversaryConfig`.
  """
  adversary = AdversaryConfig(
    filters=preset_levels.scaled(width, 128, 128, 256, 512),
    **{"detail_filters": preset_levels.scaled(width, 128)[0], **options},
  )
  return _judged(config, num_levels, "adversarial", adversary)


def vae_gan(
  size: int,
  width: Fraction | int = 1,
  latent_dim: int = 128,
  **options,
) -> LapCVAEConfig:
  """Returns VAE/GAN with the networks of its authors' code for 64 pixels.

  One level whose errors are those of discriminator features (Larsen et al.,
  2016). At width 1 encoder, decoder and discriminator have 18,071,360,
  4,693,155 and 10,953,857 trained parameters.

  Args:
    size: Side of the images.
    width: Scales filters and dense layers; below 1/2 also the latents.
    latent_dim: Dimensions of the latent before that.
    **options: Further fields of `AdversaryConfig`.
  """
  level = preset_levels.level(
    size, preset_levels.latents(latent_dim, width), width, 1.0
  )
  level = dataclasses.replace(level, band_activation="tanh")
  model = LapCVAEConfig(levels=(level,), prior="standard")
  return with_features(model, 1, width, **{"margin": 0.35, **options})


def with_features(
  config: LapCVAEConfig, num_levels: int, width: Fraction | int = 1, **options
) -> LapCVAEConfig:
  """Returns a pyramid whose finest levels have errors of D's features.

  Args:
    config: The pyramid.
    num_levels: How many of its levels, from the finest on.
    width: Scales the filters of discriminators. There are fewer features then,
      so that their weight in the decoder's loss rises.
    **options: Fields of `AdversaryConfig`.
  """
  adversary = AdversaryConfig(
    filters=preset_levels.scaled(width, 32, 128, 256, 256),
    dense_units=preset_levels.scaled(width, 512)[0],
    **{"fakes": ("prior",), "feature_weight": 1e-6 / float(width), **options},
  )
  return _judged(config, num_levels, "discriminator_features", adversary)


def _judged(
  config: LapCVAEConfig,
  num_levels: int,
  likelihood: str,
  adversary: AdversaryConfig,
) -> LapCVAEConfig:
  levels = tuple(
    dataclasses.replace(level, likelihood=likelihood, adversary=adversary)
    if k < num_levels
    else level
    for k, level in enumerate(config.levels)
  )
  return dataclasses.replace(config, levels=levels)


def vae(
  size: int,
  width: Fraction | int = 1,
  kl_weight: float = 1.0,
  hidden_units: int | None = None,
  **options,
) -> LapCVAEConfig:
  """Returns the VAE with as many latents in all as `lapcvae` has.

  Args:
    size: 128, 64 or 32.
    width: As for `lapcvae`.
    kl_weight: The weight of the KL.
    hidden_units: Units of the hidden dense layers; by default those with which
      it has the parameters of `lapcvae`.
    **options: Further fields of `LapCVAEConfig`.
  """
  latent_dim = sum(
    preset_levels.latents(dim, width) for dim in LATENT_DIMS[size]
  )
  level = preset_levels.level(size, latent_dim, width, kl_weight)
  if hidden_units is None:
    hidden_units = _VAE_HIDDEN_UNITS[size, Fraction(width)]
  level = dataclasses.replace(level, hidden_units=hidden_units)
  return LapCVAEConfig(levels=(level,), prior="standard", **options)


def with_pixel_cnn(
  config: LapCVAEConfig, levels: tuple[int, ...], **network
) -> LapCVAEConfig:
  """Returns the same pyramid, of which some levels draw pixels (Section 6).

  Args:
    config: The pyramid.
    levels: The levels with `output='pixelcnn'`; -1 is the coarsest.
    **network: Fields of `PixelCNNConfig`.
  """
  changed = list(config.levels)
  for k in levels:
    changed[k] = dataclasses.replace(
      changed[k], output="pixelcnn", pixel_cnn=PixelCNNConfig(**network)
    )
  return dataclasses.replace(config, levels=tuple(changed))


def pixel_vae(
  size: int, width: Fraction | int = 1, **options
) -> PixelVAEConfig:
  """Returns the two-level PixelVAE of the paper's comparison.

  At 64 pixels and width 1 it is `64px_small` of its authors' code.

  Args:
    size: Side of the images.
    width: Scales filters; below 1/2 also the latents.
    **options: Further fields of `PixelVAEConfig`.
  """
  prior_filters, pixel_filters = preset_levels.scaled(width, 256, 128)
  return PixelVAEConfig(
    size=size,
    filters=preset_levels.scaled(width, 64, 64, 128, 256, 512),
    map_channels=preset_levels.latents(64, width),
    latent_dim=preset_levels.latents(512, width),
    prior_filters=prior_filters,
    **{"pixel_cnn": PixelCNNConfig(filters=pixel_filters, layers=3), **options},
  )
