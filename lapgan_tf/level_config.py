"""What one level of a LAPGAN is made of: layers, and networks of layers.

Networks are lists of layers, so that another generator or discriminator is a
configuration too.
"""

import dataclasses
import itertools

from pyramid_tf import choices

ACTIVATIONS = ("relu", "leaky_relu", "sigmoid", "linear")
PADDINGS = ("same", "valid")
INITIAL_WEIGHTS = ("torch", "he")
OF_CONVOLUTIONS = ("stride", "padding", "groups")
DISCRIMINATOR_INPUTS = ("sum", "pair")


@dataclasses.dataclass(frozen=True, kw_only=True)
class LayerConfig:
  """A layer and the operations that follow it, in the order of this list.

  Attributes:
    filters: Maps of a convolution, units of a dense layer.
    kernel_size: Side of the convolution; None makes a dense layer.
    stride: Stride of the convolution.
    padding: `same` or `valid`.
    groups: Number of groups that the convolution's channels form.
    activation: One of `ACTIVATIONS`.
    batch_norm: Whether maps are standardised, without scale and offset.
    l2_pool: Number of maps that become one, the root of the sum of their
      squares; 1 pools none.
    dropout: Share of the entries set to zero in training.
    spatial_dropout: Share of the maps set to zero in training.
    residual: Whether the layer is a residual block, x + conv(act(conv(x))),
      whose second convolution starts at zero; it keeps the number of maps.
    zero_start: Whether the weights start at zero; not of a residual block,
      which could not learn from there.
  """

  filters: int
  kernel_size: int | None = None
  stride: int = 1
  padding: str = "same"
  groups: int = 1
  activation: str = "relu"
  batch_norm: bool = False
  l2_pool: int = 1
  dropout: float = 0.0
  spatial_dropout: float = 0.0
  residual: bool = False
  zero_start: bool = False

  def __post_init__(self) -> None:
    counts = (self.filters, self.stride, self.groups, self.l2_pool)
    if min(counts + ((self.kernel_size or 1),)) < 1 or self.kernel_size == 0:
      raise ValueError(
        "filters, kernel_size, stride, groups and l2_pool are at least 1, got "
        f"{self}."
      )
    choices.check(self, activation=ACTIVATIONS, padding=PADDINGS)
    if self.filters % self.groups or self.filters % self.l2_pool:
      raise ValueError(
        f"{self.filters} filters cannot be shared out over groups="
        f"{self.groups} and l2_pool={self.l2_pool}; use a multiple of both."
      )
    if self.residual and (
      self.kernel_size is None or self.stride > 1 or self.padding != "same"
    ):
      raise ValueError(
        "A residual block is a convolution of stride 1 and padding 'same', got "
        f"{self}."
      )
    if self.residual and self.zero_start:
      raise ValueError(
        "The second convolution of a residual block starts at zero; with "
        f"zero_start=True the first does too, and neither would learn, got "
        f"{self}. Set zero_start=False."
      )
    for field in ("dropout", "spatial_dropout"):
      if not 0.0 <= getattr(self, field) < 1.0:
        raise ValueError(
          f"{field} is a share in [0, 1), got {getattr(self, field)}."
        )


@dataclasses.dataclass(frozen=True, kw_only=True)
class LevelConfig:
  """The GAN of one level (Section 2.3).

  Attributes:
    size: Side of the level's square images, in pixels.
    generator: G_k's layers, first to last, the last of which makes the band: 3
      filters if it is a convolution, 3 * size * size units if dense. A first
      layer that is a convolution sees the noise as a fourth colour plane. The
      units of a dense layer before a convolution become maps of the level's
      size.
    discriminator: D_k's layers; one dense unit, the logit, follows them.
    noise_dim: Dimensions of z_k where the generator's first layer is dense.
    generator_deviation: Standard deviation of the normal weights that G_k
      starts with, its biases at zero; None takes Torch's: weights and biases
      uniform within 1 / sqrt(fan-in).
    discriminator_deviation: Like `generator_deviation`, for D_k.
    initial_weights: What networks without such a deviation start with: `torch`
      as above, or `he`, normal weights that keep the variance of leaky ReLUs.
    gaussian_path: Whether a linear map of the noise is added to what G_k's
      layers make, which starts with the mean and covariance of the training
      images; for a coarsest level whose first layer is dense.
    discriminator_input: What D_k sees; None, like the next two, takes the
      pyramid's (`lapgan_tf.configs.LAPGANConfig`).
    generated_low_pass: The share of generated coarse images in training.
    keep_coarse: Whether G_k's band leaves the coarse image as it is.
  """

  size: int
  generator: tuple[LayerConfig, ...]
  discriminator: tuple[LayerConfig, ...]
  noise_dim: int = 100
  generator_deviation: float | None = None
  discriminator_deviation: float | None = None
  initial_weights: str = "torch"
  gaussian_path: bool = False
  discriminator_input: str | None = None
  generated_low_pass: float | None = None
  keep_coarse: bool | None = None

  def __post_init__(self) -> None:
    if self.size < 1 or self.noise_dim < 1:
      raise ValueError(
        f"size and noise_dim are at least 1, got {self.size} and "
        f"{self.noise_dim}."
      )
    choices.check(self, initial_weights=INITIAL_WEIGHTS)
    for field in ("generator_deviation", "discriminator_deviation"):
      if getattr(self, field) is not None and not getattr(self, field) > 0:
        raise ValueError(
          f"{field} is positive or None, got {getattr(self, field)}."
        )
    if not self.generator or not self.discriminator:
      raise ValueError(
        "A level has a generator and a discriminator of at least one layer."
      )
    last = self.generator[-1]
    needed = 3 if last.kernel_size else 3 * self.size**2
    made = last.filters // last.l2_pool
    if made != needed:
      raise ValueError(
        f"The generator of {self.size} pixels ends in {made} "
        f"{'filters' if last.kernel_size else 'units'}; its band has {needed}."
      )
    if self.gaussian_path and self.has_noise_plane:
      raise ValueError(
        "gaussian_path=True maps a vector of noise; the generator of "
        f"{self.size} pixels starts with a convolution, whose noise is a "
        "plane. Let it start with a dense layer, or set gaussian_path=False."
      )
    for network in ("generator", "discriminator"):
      _check_sides(network, getattr(self, network), self.size)

  def idle_fields(self) -> dict[str, str]:
    """Returns what fields without effect would need, by their paths."""
    needs = {}
    if self.has_noise_plane:
      needs["noise_dim"] = "a generator that starts with a dense layer"
    if self.generator_deviation and self.discriminator_deviation:
      needs["initial_weights"] = "a deviation of None"
    for network in ("generator", "discriminator"):
      for i, layer in enumerate(getattr(self, network)):
        if layer.kernel_size is None:
          fields = (f"{network}.{i}.{f}" for f in OF_CONVOLUTIONS)
          needs |= dict.fromkeys(fields, "the layer's kernel_size")
    return needs

  def resized(self, size: int) -> "LevelConfig":
    """Returns the same level for images of another size."""
    layers = list(self.generator)
    if layers[-1].kernel_size is None:
      filters = 3 * size**2 * layers[-1].l2_pool
      layers[-1] = dataclasses.replace(layers[-1], filters=filters)
    for i, (layer, following) in enumerate(itertools.pairwise(layers)):
      if layer.kernel_size is None and following.kernel_size:
        filters = layer.filters // self.size**2 * size**2
        layers[i] = dataclasses.replace(layer, filters=filters)
    return dataclasses.replace(self, size=size, generator=tuple(layers))

  @property
  def has_noise_plane(self) -> bool:
    """Whether z_k is a plane beside the low-pass image, not a vector."""
    return self.generator[0].kernel_size is not None


def _check_sides(
  network: str, layers: tuple[LayerConfig, ...], side: int
) -> None:
  units, maps = None, 1
  for layer in layers:
    if layer.kernel_size is None:
      units = layer.filters // layer.l2_pool
      continue
    if units is not None and network == "discriminator":
      raise ValueError(
        "A convolution follows a dense layer in the discriminator; put dense "
        "layers last."
      )
    if units is not None and units % side**2:
      raise ValueError(
        "A convolution follows a dense layer in the generator, whose units "
        f"become maps of {side} pixels; got {units} units, use a multiple of "
        f"{side**2}."
      )
    maps = maps if units is None else units // side**2
    units = None
    # The first layer sees a few planes, which depend on the pyramid.
    if maps % layer.groups:
      raise ValueError(
        f"A convolution of the {network} of {layer.filters} filters has groups="
        f"{layer.groups}, which have to divide the {maps} maps before it; the "
        "first layer has groups=1."
      )
    maps = (maps if layer.residual else layer.filters) // layer.l2_pool
    if layer.padding == "valid":
      side -= layer.kernel_size - 1
    side = -(-side // layer.stride)
    if side < 1:
      raise ValueError(
        f"The {network}'s convolutions leave no pixel of the level's image; "
        "use padding='same', smaller kernels or fewer layers."
      )
  if network == "generator" and layers[-1].kernel_size:
    strides = [layer.stride for layer in layers]
    if max(strides) > 1 or any(layer.padding == "valid" for layer in layers):
      raise ValueError(
        "A generator's convolutions keep the size: stride 1, padding 'same'."
      )
