"""What a LapCVAE is made of: a frozen configuration that checks itself.

Presets with numbers are in `lapcvae_tf.presets`.
"""

import dataclasses
from typing import ClassVar

from lapcvae_tf.level_config import LevelConfig
from pyramid_tf import choices, kernels, level_sizes

PRIORS = ("learned", "standard")
PRIOR_CONDITIONS = ("statistics", "low_pass", "both")
TARGETS = ("open_loop", "closed_loop")
LOW_PASS_SOURCES = ("reconstructed", "true", "mixed")
DECODER_CONDITIONS = ("latents", "low_pass", "both")
SAMPLING_PRIORS = ("prior", "aggregate", "mixture")
LIKELIHOODS = ("squared_error", "calibrated", "image_calibrated")
SCHEDULES = ("joint", "greedy", "end_to_end")


@dataclasses.dataclass(frozen=True, kw_only=True)
class LapCVAEConfig(level_sizes.LevelSizes):
  """A whole pyramid. One level, with the standard prior, is a plain VAE.

  Attributes:
    levels: Finest first.
    kernel: Operator pair of the pyramid; see `pyramid_tf.pyramid`.
    prior: `learned` maps the coarser level's latent statistics to the next
      prior (Equation 13); `standard` is the paper's Without-M, N(0, I) at every
      level. The coarsest level has N(0, I) in both.
    prior_condition: What a learned prior reads: `statistics` of the coarser
      level (Equation 13), the image u(x_{k+1}) by a convolutional network
      (`low_pass`), or `both`. Only the first is in the paper.
    sampling_prior: What z_K is drawn from when sampling: its `prior` N(0, I),
      as in the paper; a Gaussian with the mean and covariance of the
      `aggregate` posterior, which training tracks; or a `mixture` of Gaussians
      fitted to it. A coarsest level that stores many nats fills only a part of
      N(0, I), and samples of the rest look like no training image.
    prior_hidden_units: Width of the hidden layer of R_k and of S_k, and of the
      dense layer that reads an image.
    target: What level k learns to generate. `open_loop`: the true band h_k, as
      in the paper. `closed_loop`: b_k - u(x~_{k+1}), so that a finer level
      corrects the coarser ones.
    low_pass_source: Which image x_{k+1} level k refines in training.
      `reconstructed`: what the coarser levels generated, as in the paper.
      `true`: b_{k+1}. `mixed`: for each image and level one of the two, with
      equal odds, so that a level works from a given image as well as from its
      own cascade.
    consistency_steps: Steps of back-projection, x <- x + u(x_{k+1} - d(x)),
      that every composed image takes towards the image that it refines, in
      training, sampling, editing and exports alike; 0 is the paper. With the
      kernel `haar` or `average_interpolation`, whose steps replicate, one is
      exact: d(x) = x_{k+1}.
    decoder_condition: `latents` feeds z_k, ..., z_K to the decoder (Equation
      11, the paper's choice); `low_pass` feeds z_k and u(x_{k+1}) (Equation
      10); `both` feeds all of them.
    likelihood: `squared_error` is half the summed squared error, the negative
      log-likelihood of a Gaussian of unit variance up to a constant;
      `calibrated` sets the variance to a running estimate of the level's own
      mean squared error (Rybkin et al., 2021), and the KL weights apply on top.
      `image_calibrated` has one variance for all levels, an estimate of the
      mean squared error of the finest image, and counts a level's error once
      for every pixel of that image that it ends up in, (size_0 / size_k)^2. It
      needs detail that keeps to its base exactly (`consistency_steps`, and
      `haar`, or `average_interpolation` with a closed loop): then errors of
      levels are orthogonal and add up to the image's, so that the sum of all
      losses is, but for a term of the variance alone, a bound of the image's
      likelihood and every level spends its nats where they buy most. It needs
      levels that train together, not `greedy`.
    variance_momentum: Share of the old value that this running estimate keeps
      in a step, in [0, 1).
    schedule: `joint` trains all levels at once, each on its own loss; `greedy`
      one level at a time, coarsest first; `end_to_end` minimises the weighted
      KL and the reconstruction error of the finest composed image alone, with
      gradients through every level (at weights of one the evidence lower bound
      of the image; not in the paper).
    fine_tune_fraction: The last share of the training steps, in [0, 1), that a
      `joint` or `greedy` schedule spends on the end-to-end objective.
    batch_norm_momentum: Share of the old value that running batch statistics
      keep in a step, in [0, 1).
  """

  # All levels train together, and a batch may be split anyhow.
  levels_train_alone: ClassVar[bool] = False
  batch_multiple: ClassVar[int] = 1

  levels: tuple[LevelConfig, ...]
  kernel: str = "binomial5"
  prior: str = "learned"
  prior_condition: str = "statistics"
  sampling_prior: str = "prior"
  prior_hidden_units: int = 128
  target: str = "open_loop"
  low_pass_source: str = "reconstructed"
  consistency_steps: int = 0
  decoder_condition: str = "latents"
  likelihood: str = "squared_error"
  variance_momentum: float = 0.95
  schedule: str = "joint"
  fine_tune_fraction: float = 0.0
  batch_norm_momentum: float = 0.95

  def __post_init__(self) -> None:
    kernels.check_kernel(self.kernel)
    choices.check(
      self,
      prior=PRIORS,
      prior_condition=PRIOR_CONDITIONS,
      sampling_prior=SAMPLING_PRIORS,
      target=TARGETS,
      low_pass_source=LOW_PASS_SOURCES,
      decoder_condition=DECODER_CONDITIONS,
      likelihood=LIKELIHOODS,
      schedule=SCHEDULES,
    )
    if not self.levels:
      raise ValueError("A LapCVAE has at least one level, got none.")
    kernels.check_sizes(self.kernel, self.sizes)
    for field in ("batch_norm_momentum", "variance_momentum"):
      if not 0.0 <= getattr(self, field) < 1.0:
        raise ValueError(f"{field} lies in [0, 1), got {getattr(self, field)}.")
    if self.prior_hidden_units < 1:
      raise ValueError(
        f"prior_hidden_units is at least 1, got {self.prior_hidden_units}."
      )
    if self.consistency_steps < 0:
      raise ValueError(
        "consistency_steps is a count of at least 0, got "
        f"{self.consistency_steps}."
      )
    if not 0.0 <= self.fine_tune_fraction < 1.0:
      raise ValueError(
        f"fine_tune_fraction lies in [0, 1), got {self.fine_tune_fraction}."
      )

    orthogonal = self.consistency_steps and (
      self.kernel == "haar"
      or (self.kernel in kernels.EXACT_KERNELS and self.target == "closed_loop")
    )
    if self.likelihood == "image_calibrated" and not (
      orthogonal or self.num_levels == 1
    ):
      raise ValueError(
        "likelihood='image_calibrated' adds up errors that are orthogonal, "
        "which needs consistency_steps=1 and kernel='haar', or "
        "'average_interpolation' with target='closed_loop'; got "
        f"{self.consistency_steps}, {self.kernel!r} and {self.target!r}."
      )
    if (
      self.likelihood == "image_calibrated"
      and self.schedule == "greedy"
      and self.num_levels > 1
    ):
      raise ValueError(
        "likelihood='image_calibrated' weighs errors by those of the finest "
        "image, which schedule='greedy' does not make until its last level "
        "trains. Set schedule='joint', or likelihood='calibrated'."
      )
    ends_whole = self.schedule == "end_to_end" or self.fine_tune_fraction
    own = [level.likelihood for level in self.levels if level.likelihood]
    if ends_whole and own:
      raise ValueError(
        f"likelihood={own[0]!r} is a loss of its level, but an end-to-end "
        "objective has one of the finest image alone. Set schedule='joint' and "
        "fine_tune_fraction=0, or the level's likelihood to None."
      )
    if ends_whole and self.low_pass_source == "true":
      raise ValueError(
        "An end-to-end objective learns through generated images, which "
        "low_pass_source='true' leaves out; choose 'reconstructed' or 'mixed'."
      )
    self._check_pixel_levels(ends_whole)

  def _check_pixel_levels(self, ends_whole: bool) -> None:
    levels = [k for k, lv in enumerate(self.levels) if lv.output == "pixelcnn"]
    if levels and ends_whole:
      raise ValueError(
        f"Level {levels[0]} has output='pixelcnn', whose pixels pass no "
        "gradients on, so nothing can be learned end to end. Set "
        "schedule='joint' and fine_tune_fraction=0."
      )
    refining = [k for k in levels if k < self.num_levels - 1]
    if refining and self.consistency_steps:
      raise ValueError(
        f"Level {refining[0]} has output='pixelcnn', whose drawn pixels cannot "
        "keep to the coarser image. Set consistency_steps=0, or give that "
        "output to the coarsest level alone."
      )

  def idle_fields(self) -> dict[str, str]:
    """Returns what fields without effect would need, by their paths."""
    needs = {}
    if self.num_levels == 1:
      fields = ("target", "low_pass_source", "consistency_steps")
      needs |= dict.fromkeys((*fields, "decoder_condition"), "several levels")
    if self.num_levels == 1 or self.prior == "standard":
      fields = ("prior_condition", "prior_hidden_units")
      needs |= dict.fromkeys(fields, "several levels and prior='learned'")
    if self.likelihood == "squared_error":
      needs["variance_momentum"] = "a calibrated likelihood"
    if self.schedule == "end_to_end":
      needs["fine_tune_fraction"] = "schedule='joint' or 'greedy'"
    for k, level in enumerate(self.levels):
      needs |= {f"levels.{k}.{f}": n for f, n in level.idle_fields().items()}
    return needs

  @property
  def draws_pixels(self) -> bool:
    """Whether some level has `output='pixelcnn'`."""
    return any(level.output == "pixelcnn" for level in self.levels)

  @property
  def bounds_bits(self) -> bool:
    """Whether losses bound the bits of an image: level 0 draws pixels."""
    return self.levels[0].output == "pixelcnn"

  @property
  def smallest_batch(self) -> int:
    """The images that each replica needs: kinds of fakes share them out."""
    return max(
      len(level.adversary.fakes) if level.likelihood == "adversarial" else 1
      for level in self.levels
    )

  @property
  def players_wait(self) -> bool:
    """Whether a `margin` makes players of some level wait for each other."""
    return any(
      level.likelihood == "discriminator_features"
      and level.adversary.margin is not None
      for level in self.levels
    )
