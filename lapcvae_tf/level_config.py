"""What the conditional VAE of one level is made of."""

import dataclasses

from lapcvae_tf.adversary_config import (
  FIELDS_OF,
  LEVEL_LIKELIHOODS,
  AdversaryConfig,
)
from lapcvae_tf.pixel_cnn_config import OUTPUTS, PixelCNNConfig
from pyramid_tf import choices

BAND_ACTIVATIONS = ("linear", "tanh")


@dataclasses.dataclass(frozen=True, kw_only=True)
class LevelConfig:
  """The conditional VAE of one level (Section 4.1).

  Attributes:
    size: Side of the level's square images, in pixels.
    latent_dim: Dimensions of z_k.
    kl_weight: lambda_k of Equation 12, per nat of KL against half a unit of
      summed squared error in [-1, 1].
    hidden_units: Width of the encoder's dense layer.
    encoder_filters: Maps of the encoder's convolutions, first to last.
    decoder_filters: Maps of the decoder's transposed convolutions.
    bottleneck_filters: Maps of the decoder's first, dense-projected tensor.
    strides: Strides of the encoder's convolutions; the decoder mirrors them.
    kernel_size: Side of every convolution.
    band_activation: What the decoder's last convolution ends in, `linear` or
      `tanh`, which suits whole images.
    linear_path: Whether a linear map adds to the posterior's mean and one to
      the band, beside the networks. Small images then are coded as well as by
      principal components from the first steps on. Not in the paper.
    likelihood: None for the pyramid's; `adversarial` adds detail to the mean
      band that a discriminator of the level should take for real
      (`lapcvae_tf.adversarial`); `discriminator_features` measures errors in
      features of a discriminator (`lapcvae_tf.discriminator_features`). Neither
      is in the paper, whose Section 6 hopes for such losses.
    adversary: The discriminator of a level with such a likelihood.
    output: What the level generates: the `mean` band of a Gaussian, as in the
      paper, or the pixels of the composed image by a `pixelcnn` that reads
      low-pass image, mean band and decoder features, as Section 6 proposes.
    pixel_cnn: That network; used if `output` says so.
  """

  size: int
  latent_dim: int = 64
  kl_weight: float = 1.0
  hidden_units: int = 1024
  encoder_filters: tuple[int, ...] = (64, 128, 256)
  decoder_filters: tuple[int, ...] = (256, 128, 32)
  bottleneck_filters: int = 256
  strides: tuple[int, ...] = (2, 2, 2)
  kernel_size: int = 5
  band_activation: str = "linear"
  linear_path: bool = False
  likelihood: str | None = None
  adversary: AdversaryConfig = AdversaryConfig()
  output: str = "mean"
  pixel_cnn: PixelCNNConfig = PixelCNNConfig()

  def __post_init__(self) -> None:
    choices.check(self, band_activation=BAND_ACTIVATIONS, output=OUTPUTS)
    if self.likelihood is not None:
      choices.check(self, likelihood=LEVEL_LIKELIHOODS)
      if self.output == "pixelcnn":
        raise ValueError(
          "A level learns its pixels by their own likelihood or by a "
          f"discriminator, got output='pixelcnn' and likelihood="
          f"{self.likelihood!r}. Set likelihood=None or output='mean'."
        )
    depth = len(self.strides)
    if not len(self.encoder_filters) == len(self.decoder_filters) == depth:
      raise ValueError(
        "encoder_filters, decoder_filters and strides go together, one entry "
        f"per convolution; got {len(self.encoder_filters)}, "
        f"{len(self.decoder_filters)} and {depth} entries."
      )
    positive = (self.size, self.latent_dim, self.hidden_units)
    positive += (self.bottleneck_filters, self.kernel_size)
    positive += self.encoder_filters + self.decoder_filters + self.strides
    if min(positive) < 1:
      raise ValueError(
        f"Sizes, dimensions, filters and strides are at least 1, got {self}."
      )
    if not self.kl_weight >= 0.0:
      raise ValueError(
        f"kl_weight is a weight of at least 0, got {self.kl_weight}."
      )
    if self.size % self.total_stride:
      raise ValueError(
        f"Strides {self.strides} need a size divisible by {self.total_stride}, "
        f"got {self.size}. Change one of the two."
      )

  def idle_fields(self) -> dict[str, str]:
    """Returns what fields without effect would need, by their paths."""
    needs = {}
    if self.output != "pixelcnn":
      needs["pixel_cnn"] = "the level's output='pixelcnn'"
    if self.likelihood is None:
      kinds = " or ".join(map(repr, LEVEL_LIKELIHOODS))
      return needs | {"adversary": f"the level's likelihood={kinds}"}
    for kind, fields in FIELDS_OF.items():
      if kind != self.likelihood:
        need = f"the level's likelihood={kind!r}"
        needs |= {f"adversary.{field}": need for field in fields}
    if self.adversary.margin is None:
      needs.setdefault("adversary.equilibrium", "a margin")
    return needs

  def resized(self, size: int) -> "LevelConfig":
    """Returns the same level for images of another size.

    A stride that the new size cannot be divided by becomes one.
    """
    strides, side = [], size
    for stride in self.strides:
      stride = stride if side % stride == 0 else 1
      strides.append(stride)
      side //= stride
    return dataclasses.replace(self, size=size, strides=tuple(strides))

  @property
  def total_stride(self) -> int:
    """Product of the strides."""
    product = 1
    for stride in self.strides:
      product *= stride
    return product

  @property
  def bottleneck_size(self) -> int:
    """Side of the decoder's first tensor, in pixels."""
    return self.size // self.total_stride
