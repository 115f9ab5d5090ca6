"""What judges the images of a level beside, or in place of, their pixels."""

import dataclasses

LEVEL_LIKELIHOODS = ("adversarial", "discriminator_features")
FAKES = ("posterior", "prior")

FIELDS_OF = {
  "adversarial": (
    "weight",
    "real_penalty",
    "generated_penalty",
    "detail_filters",
    "detail_blocks",
  ),
  "discriminator_features": ("feature_weight", "equilibrium", "margin"),
}
"""The fields below that belong to one of the likelihoods alone."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class AdversaryConfig:
  """The discriminator D_k of a level, and what it is played against.

  It has no effect without a `likelihood` of the level's own.

  Attributes:
    filters: Maps of D_k's convolutions; all but the first halve the image.
    dense_units: Units of D_k's hidden dense layer; 0 has none.
    weight: Weight of the relativistic loss of an `adversarial` level, against
      half a unit of summed squared error in [-1, 1]. Larger is sharper, and
      further from the image.
    real_penalty: gamma of R1, the gradient penalty on real images, in units of
      [-1, 1]; of `adversarial` levels.
    generated_penalty: gamma of R2, the same on generated images.
    fakes: What D_k sees beside real images: reconstructions, with latents of
      the `posterior`, and images with z_k of the `prior`.
    detail_filters: Maps of the network that draws an `adversarial` level's
      detail.
    detail_blocks: Its number of residual blocks.
    feature_weight: gamma of `discriminator_features`, in [0, 1]: the decoder
      minimises gamma L_f - (1 - gamma) L_GAN.
    equilibrium: Cost in nats around which `margin` balances the two players.
    margin: D_k waits while its mean cost of real or of generated images is
      below equilibrium - margin, the decoder while either is above equilibrium
      + margin; where both would wait, both move. None lets nobody wait.
  """

  filters: tuple[int, ...] = (32, 32, 64, 128)
  dense_units: int = 0
  weight: float = 50.0
  real_penalty: float = 0.03
  generated_penalty: float = 0.03
  fakes: tuple[str, ...] = FAKES
  detail_filters: int = 32
  detail_blocks: int = 2
  feature_weight: float = 1e-6
  equilibrium: float = 0.68
  margin: float | None = None

  def __post_init__(self) -> None:
    if not self.filters or min(*self.filters, self.detail_filters) < 1:
      raise ValueError(
        "An adversary has at least one convolution, and filters and "
        f"detail_filters are at least 1; got filters={self.filters} and "
        f"detail_filters={self.detail_filters}."
      )
    for field in (
      *("dense_units", "detail_blocks", "weight", "real_penalty"),
      "generated_penalty",
    ):
      if not getattr(self, field) >= 0:
        raise ValueError(f"{field} is at least 0, got {getattr(self, field)}.")
    if not self.fakes or not set(self.fakes) <= set(FAKES):
      raise ValueError(
        f"fakes are one or both of {', '.join(FAKES)}; got {self.fakes}."
      )
    if not 0.0 <= self.feature_weight <= 1.0:
      raise ValueError(
        f"feature_weight lies in [0, 1], got {self.feature_weight}."
      )
    if self.margin is not None and not self.margin >= 0.0:
      raise ValueError(f"margin is at least 0 or None, got {self.margin}.")
