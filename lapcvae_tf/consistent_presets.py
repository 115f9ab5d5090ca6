"""Pyramids, not in the paper, whose detail keeps to what it refines."""

import dataclasses
from fractions import Fraction

from lapcvae_tf import preset_levels
from lapcvae_tf.configs import LapCVAEConfig

# Nats go where they save most error: a pixel of a coarse level is many of the
# image. As many latents in all as
# `presets.LATENT_DIMS` has.
_CONSISTENT_LATENT_DIMS = {
  32: (48, 64, 80),
  64: (32, 48, 64, 112),
  128: (32, 64, 96, 128, 128),
}

# Sides above this would need millions of weights for a linear path.
_LARGEST_LINEAR = 16


def consistent(
  size: int, width: Fraction | int = 1, **options
) -> LapCVAEConfig:
  """Returns a pyramid whose detail keeps to the image that it refines.

  Not in the paper. d(x~_k) = x_{k+1} exactly; decoder and prior read latents
  and low-pass image; half of what a level refines in training is true, so that
  it works from a given image as well as from its own cascade; one variance of
  the image weighs the errors of all levels; and small levels have linear paths,
  without which their networks stay far behind principal components.

  Args:
    size: 128, 64 or 32, with the levels of `lapcvae`.
    width: Scales filters and dense layers; below 1/2 also the latents.
    **options: Further fields of `LapCVAEConfig`.
  """
  levels = tuple(
    dataclasses.replace(
      preset_levels.level(
        size >> k, preset_levels.latents(dim, width), width, 1.0
      ),
      linear_path=size >> k <= _LARGEST_LINEAR,
    )
    for k, dim in enumerate(_CONSISTENT_LATENT_DIMS[size])
  )
  return LapCVAEConfig(
    levels=levels,
    **{
      "kernel": "haar",
      "consistency_steps": 1,
      "low_pass_source": "mixed",
      "decoder_condition": "both",
      "prior_condition": "both",
      "sampling_prior": "aggregate",
      "likelihood": "image_calibrated",
      **options,
    },
  )


# What was best of what was tried at 64 pixels, and the same at other sizes.
_BEST_LATENT_DIMS = {
  32: (32, 80, 128),
  64: (16, 32, 80, 128),
  128: (16, 16, 32, 80, 128),
}
_BEST_KL_WEIGHT = 3.0


def best(size: int, width: Fraction | int = 1, **options) -> LapCVAEConfig:
  """Returns `consistent` with its latents where they save most error.

  Not in the paper. Levels above 16 pixels have few latents and small dense
  layers, and the KL of every level weighs 3. At 64 pixels this is the run of
  `experiments/results/given_base.json`, the furthest below a VAE's curve.

  Args:
    size: 128, 64 or 32, with the levels of `lapcvae`.
    width: Scales filters and dense layers; below 1/2 also the latents.
    **options: Further fields of `LapCVAEConfig`.
  """
  config = consistent(size, width, **{"prior_hidden_units": 64, **options})
  levels = []
  for level, dim in zip(config.levels, _BEST_LATENT_DIMS[size], strict=True):
    hidden, maps = level.hidden_units, level.bottleneck_filters
    if not level.linear_path:
      units = 512 if level.size == 32 else 384
      hidden, maps = preset_levels.scaled(width, units, 128)
    levels.append(
      dataclasses.replace(
        level,
        latent_dim=preset_levels.latents(dim, width),
        kl_weight=_BEST_KL_WEIGHT,
        hidden_units=hidden,
        bottleneck_filters=maps,
      )
    )
  return dataclasses.replace(config, levels=tuple(levels))
