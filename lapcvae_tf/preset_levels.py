"""Levels of presets: one rule of sizes and widths for all of them."""

from fractions import Fraction

from lapcvae_tf.level_config import LevelConfig


def latents(dim: int, width: Fraction | int) -> int:
  """Returns the dimensions of a latent, which shrink below a width of 1/2.

  Args:
    dim: The dimensions at width 1.
    width: The factor on filters.
  """
  return int(dim * min(1, 2 * Fraction(width)))


def scaled(width: Fraction | int, *filters: int) -> tuple[int, ...]:
  """Returns numbers of filters or units times a width, rounded down."""
  return tuple(int(maps * Fraction(width)) for maps in filters)


def level(
  size: int, latent_dim: int, width: Fraction | int, kl_weight: float
) -> LevelConfig:
  """Returns a level with the networks of the paper's presets.

  Args:
    size: Side of its images.
    latent_dim: Dimensions of its latent, as they shall be.
    width: Scales filters and dense layers.
    kl_weight: lambda_k.
  """
  return LevelConfig(
    size=size,
    latent_dim=latent_dim,
    kl_weight=kl_weight,
    hidden_units=scaled(width, 1024)[0],
    encoder_filters=scaled(width, 64, 128, 256),
    decoder_filters=scaled(width, 256, 128, 32),
    bottleneck_filters=scaled(width, 256)[0],
    strides={16: (2, 2, 1), 8: (2, 1, 1), 32: (2, 2, 1)}.get(size, (2, 2, 2)),
  )
