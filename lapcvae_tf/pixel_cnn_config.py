"""The configuration of a level's PixelCNN."""

import dataclasses

OUTPUTS = ("mean", "pixelcnn")


@dataclasses.dataclass(frozen=True, kw_only=True)
class PixelCNNConfig:
  """The network of a level whose `output` is `pixelcnn`.

  Attributes:
    filters: Maps of both stacks.
    layers: Gated layers after the first; a pixel sees 2 + `layers` rows up and
      as many columns to each side.
    mixtures: Logistic distributions in the mixture of a pixel.
    mean_weight: Weight of half the squared error of the decoder's mean band
      beside the likelihood of the pixels; without it the pixels' neighbours
      say so much that the latents may fall silent.
  """

  filters: int = 32
  layers: int = 4
  mixtures: int = 10
  mean_weight: float = 1.0

  def __post_init__(self) -> None:
    if min(self.filters, self.layers, self.mixtures) < 1:
      raise ValueError(
        f"filters, layers and mixtures are at least 1, got {self}."
      )
    if not self.mean_weight >= 0.0:
      raise ValueError(
        f"mean_weight is a weight of at least 0, got {self.mean_weight}."
      )
