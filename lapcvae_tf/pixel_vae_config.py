"""The configuration of a two-level PixelVAE."""

import dataclasses
from typing import ClassVar

from lapcvae_tf.pixel_cnn_config import PixelCNNConfig
from pyramid_tf.level_sizes import LevelSizes


@dataclasses.dataclass(frozen=True, kw_only=True)
class PixelVAEConfig(LevelSizes):
  """A PixelVAE of two latents and one image size (Gulrajani et al., 2017).

  The latent z_1 is a map of a quarter of the image's side, z_2 a vector. The
  defaults are `64px_small` of the authors' code.

  Attributes:
    size: Side of the square images in pixels, a multiple of 16.
    filters: Maps of the networks at the image's side, at 1/2, 1/4, 1/8 and
      1/16 of it.
    blocks: Residual blocks of each network at these sides, beside those that
      change the side.
    embedding_dim: Numbers that the encoder knows each of 256 values by.
    map_channels: Channels of z_1.
    latent_dim: Dimensions of z_2.
    prior_filters: Maps of the network of p(z_1 | z_2).
    prior_layers: Its gated layers after the first; a place of z_1 sees 2 +
      `prior_layers` rows up and as many columns to each side.
    pixel_cnn: The network of p(x | z_1).
    kl_weight: Weight of both KLs, per nat, once they have warmed up.
    map_warm_up_steps: Steps in which the weight of z_1's KL rises from zero.
    vector_warm_up_steps: Steps in which that of z_2's KL rises besides.
    floor_steps: Steps in which the least deviation of p(z_1 | z_2) falls from
      one to zero.
    batch_norm_momentum: Share of the old value that running batch statistics
      keep in a step, in [0, 1).
  """

  # One part trains, and a batch may be split anyhow.
  levels_train_alone: ClassVar[bool] = False
  batch_multiple: ClassVar[int] = 1
  # Pixels are drawn, and their likelihood is the only one.
  draws_pixels: ClassVar[bool] = True
  bounds_bits: ClassVar[bool] = True
  likelihood: ClassVar[None] = None

  size: int = 64
  filters: tuple[int, ...] = (64, 64, 128, 256, 512)
  blocks: tuple[int, ...] = (1, 2, 3, 3, 3)
  embedding_dim: int = 16
  map_channels: int = 64
  latent_dim: int = 512
  prior_filters: int = 256
  prior_layers: int = 2
  pixel_cnn: PixelCNNConfig = PixelCNNConfig(filters=128, layers=3)
  kl_weight: float = 1.0
  map_warm_up_steps: int = 2000
  vector_warm_up_steps: int = 10_000
  floor_steps: int = 1000
  batch_norm_momentum: float = 0.95

  def __post_init__(self) -> None:
    for name in ("filters", "blocks"):
      if len(getattr(self, name)) != 5:
        raise ValueError(
          f"{name} has five entries, for the image's side, 1/2, 1/4, 1/8 and "
          f"1/16 of it; got {getattr(self, name)}."
        )
    if min(self.blocks) < 0:
      raise ValueError(f"blocks are at least 0, got {self.blocks}.")
    if self.size < 16 or self.size % 16:
      raise ValueError(
        "The networks halve an image four times, so that its side is a "
        f"multiple of 16; got {self.size}."
      )
    positive = (
      *self.filters,
      *(self.embedding_dim, self.map_channels, self.latent_dim),
      *(self.prior_filters, self.prior_layers),
      *(self.map_warm_up_steps, self.vector_warm_up_steps, self.floor_steps),
    )
    if min(positive) < 1:
      raise ValueError(
        f"Filters, dimensions, layers and steps are at least 1, got {self}."
      )
    if not self.kl_weight >= 0.0:
      raise ValueError(
        f"kl_weight is a weight of at least 0, got {self.kl_weight}."
      )
    if not 0.0 <= self.batch_norm_momentum < 1.0:
      raise ValueError(
        f"batch_norm_momentum lies in [0, 1), got {self.batch_norm_momentum}."
      )

  @property
  def levels(self) -> tuple["PixelVAEConfig"]:
    """The one level that has an image; both latents are its own."""
    return (self,)

  @property
  def map_size(self) -> int:
    """Side of z_1."""
    return self.size // 4

  @property
  def map_dims(self) -> int:
    """Numbers of z_1."""
    return self.map_size**2 * self.map_channels

  def resized(self, size: int) -> "PixelVAEConfig":
    """Returns the same model for images of another size."""
    return dataclasses.replace(self, size=size)
