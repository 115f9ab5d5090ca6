"""What a LAPGAN is made of: frozen configurations that check themselves.

Networks are lists of layers, so that another generator or discriminator is a
configuration too. Presets with numbers are in `lapgan_tf.presets`.
"""

import dataclasses
from typing import ClassVar

from pyramid_tf import choices, kernels, level_sizes

ACTIVATIONS = ("relu", "leaky_relu", "sigmoid", "linear")
PADDINGS = ("same", "valid")
DISCRIMINATOR_LABELS = ("input", "projection")
LABEL_PLANES = ("input", "first_maps")
STANDARDISATIONS = ("per_pixel", "per_channel", "none")
LOSSES = ("non_saturating", "relativistic")
DISCRIMINATOR_INPUTS = ("sum", "pair")
INITIAL_WEIGHTS = ("torch", "he")
GENERATED_FROM = ("noise", "photographs")
SELECTIONS = ("swd", "l2_heuristic", "classifier", "last")


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
    zero_start: Whether the weights start at zero.
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
  """

  size: int
  generator: tuple[LayerConfig, ...]
  discriminator: tuple[LayerConfig, ...]
  noise_dim: int = 100
  generator_deviation: float | None = None
  discriminator_deviation: float | None = None
  initial_weights: str = "torch"
  gaussian_path: bool = False

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

  def resized(self, size: int) -> "LevelConfig":
    """Returns the same level for images of another size."""
    *hidden, last = self.generator
    if last.kernel_size is None:
      last = dataclasses.replace(last, filters=3 * size**2 * last.l2_pool)
    return dataclasses.replace(self, size=size, generator=(*hidden, last))

  @property
  def has_noise_plane(self) -> bool:
    """Whether z_k is a plane beside the low-pass image, not a vector."""
    return self.generator[0].kernel_size is not None


@dataclasses.dataclass(frozen=True, kw_only=True)
class LAPGANConfig(level_sizes.LevelSizes):
  """A whole pyramid. One level is a plain GAN.

  Attributes:
    levels: Finest first.
    kernel: Operator pair of the pyramid; see `pyramid_tf.pyramid`.
    loss: `non_saturating`, the authors' (Goodfellow et al., 2014), or
      `relativistic`, the pairing loss of Jolicoeur-Martineau (2019) as Huang et
      al. (2024) have it.
    real_penalty: gamma of R1, the zero-centred gradient penalty on real images.
    generated_penalty: gamma of R2, the same on generated images; both penalties
      belong to the relativistic loss.
    penalty_every: Steps between penalties, which are then so many times as
      heavy.
    discriminator_input: `sum` gives D_k the image h_k + l_k alone, as in the
      paper; `pair` gives it the image and l_k.
    conditioning_noise: The largest deviation, in standardised units, of noise
      that training adds to the coarse image that a level refines (conditioning
      augmentation, Ho et al., 2021); both networks are told the deviation.
    sampling_noise: The deviation of that noise when sampling.
    generated_low_pass: Share of the examples that G_k refines in training whose
      coarse image was generated by the coarser levels, which must be trained
      before; 0 lets levels learn independently, as in the paper.
    generated_from: What those are generated from: `noise`, by all coarser
      levels, so that levels mend what is drawn; or `photographs`, whose images
      b_{k+2} level k + 1 alone refines, so that levels go on where others have
      refined a given image, which they keep.
    keep_coarse: Whether G_k's band has no part that d would see, h - u(d(h)),
      so that d(x_k) = x_{k+1} in standardised units and only detail is drawn.
      Only with `haar` does d undo u.
    num_classes: Classes that G and D are conditioned on; 0 for none.
    label_plane: Where the label's plane joins a convolutional network: the
      `input`, as the authors coded, or the `first_maps` that the first
      convolution makes, as the paper says.
    discriminator_label: How D_k takes the label: as an `input`, as in the
      paper, or by `projection` (Miyato and Koyama, 2018).
    standardisation: How images are brought to zero mean and unit variance
      before the pyramid: `per_pixel` and channel, as the authors coded,
      `per_channel`, or `none`, which leaves them in [-1, 1].
    average_decay: Share of the old value that the moving average of G's weights
      keeps in a step, in [0, 1); 0 follows the weights themselves.
    selection: Which average a level keeps for sampling: that of the smallest
      sliced Wasserstein distance (`swd`), `l2_heuristic` (Section 3) or
      Frechet distance of a `classifier`'s features on validation images, or the
      `last`.
  """

  # Levels learn independently; a step shares its images out in quarters.
  levels_train_alone: ClassVar[bool] = True
  batch_multiple: ClassVar[int] = 4

  levels: tuple[LevelConfig, ...]
  kernel: str = "area"
  loss: str = "non_saturating"
  real_penalty: float = 0.0
  generated_penalty: float = 0.0
  penalty_every: int = 1
  discriminator_input: str = "sum"
  conditioning_noise: float = 0.0
  sampling_noise: float = 0.0
  generated_low_pass: float = 0.0
  generated_from: str = "noise"
  keep_coarse: bool = False
  num_classes: int = 0
  label_plane: str = "input"
  discriminator_label: str = "input"
  standardisation: str = "per_pixel"
  average_decay: float = 0.999
  selection: str = "swd"

  def __post_init__(self) -> None:
    kernels.check_kernel(self.kernel)
    choices.check(
      self,
      label_plane=LABEL_PLANES,
      discriminator_label=DISCRIMINATOR_LABELS,
      standardisation=STANDARDISATIONS,
      generated_from=GENERATED_FROM,
      selection=SELECTIONS,
      loss=LOSSES,
      discriminator_input=DISCRIMINATOR_INPUTS,
    )
    penalties = ("real_penalty", "generated_penalty")
    for field in (*penalties, "conditioning_noise"):
      if not getattr(self, field) >= 0.0:
        raise ValueError(f"{field} is at least 0, got {getattr(self, field)}.")
    given = {field: getattr(self, field) for field in penalties}
    if self.loss != "relativistic" and any(given.values()):
      raise ValueError(
        f"Penalties {given} have no effect with loss={self.loss!r}. Set "
        "loss='relativistic', or both to 0."
      )
    if self.penalty_every < 1:
      raise ValueError(
        f"penalty_every is at least 1 step, got {self.penalty_every}."
      )
    if not 0.0 <= self.sampling_noise <= self.conditioning_noise:
      raise ValueError(
        "sampling_noise lies within what training has seen, 0 to "
        f"conditioning_noise={self.conditioning_noise}; got "
        f"{self.sampling_noise}."
      )
    if not 0.0 <= self.generated_low_pass <= 1.0:
      raise ValueError(
        f"generated_low_pass is a share in [0, 1], got "
        f"{self.generated_low_pass}."
      )
    if self.generated_low_pass and self.discriminator_input == "pair":
      raise ValueError(
        "discriminator_input='pair' would let D tell generated low-pass images "
        f"from real ones, got generated_low_pass={self.generated_low_pass}. "
        "Use discriminator_input='sum'."
      )
    if self.keep_coarse and (self.kernel != "haar" or self.conditioning_noise):
      raise ValueError(
        "keep_coarse=True keeps a coarse image as it is, which needs "
        "kernel='haar' and conditioning_noise=0; got kernel="
        f"{self.kernel!r} and conditioning_noise={self.conditioning_noise}."
      )
    if not self.levels:
      raise ValueError("A LAPGAN has at least one level, got none.")
    kernels.check_sizes(self.kernel, self.sizes)
    for level in self.levels[:-1]:
      if level.gaussian_path:
        raise ValueError(
          f"gaussian_path=True at {level.size} pixels: images are near a "
          "Gaussian at the coarsest level only. Set it there."
        )
    if self.num_classes < 0 or self.num_classes == 1:
      raise ValueError(
        f"num_classes is 0 or at least 2, got {self.num_classes}."
      )
    if self.num_classes and self.label_plane == "first_maps":
      for level in self.levels:
        if level.has_noise_plane and len(level.generator) == 1:
          raise ValueError(
            "label_plane='first_maps' needs a layer after the first; the "
            f"generator of {level.size} pixels has one."
          )
    if not 0.0 <= self.average_decay < 1.0:
      raise ValueError(
        f"average_decay lies in [0, 1), got {self.average_decay}."
      )

  def resized(self, size: int) -> "LAPGANConfig":
    """Returns the same pyramid for images of another size."""
    levels = tuple(
      level.resized(side)
      for level, side in zip(
        self.levels, self.sizes_scaled_to(size), strict=True
      )
    )
    return dataclasses.replace(self, levels=levels)


def _check_sides(
  network: str, layers: tuple[LayerConfig, ...], side: int
) -> None:
  units = None
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
    units = None
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
