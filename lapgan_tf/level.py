"""One level of a LAPGAN: a conditional GAN of bands."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from lapgan_tf import examples, steps
from lapgan_tf.coarse_images import CoarseImages, RefinedImages
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.generation import Generation
from lapgan_tf.kept_average import KeptAverage
from lapgan_tf.networks import Discriminator, Generator
from lapgan_tf.standardisation import Standardisation
from pyramid_tf import images, pyramid, step_seeds

keras = tf.keras

_METRICS = (
  "generator_loss",
  "discriminator_loss",
  "real_accuracy",
  "generated_accuracy",
)


@keras.utils.register_keras_serializable("lapgan_tf")
class LAPGANLevel(Generation):
  """G_k and D_k, trained on their own (Denton et al., 2015, Section 2.3).

  A step shares out one batch of training images between D, which moves first,
  and G (`lapgan_tf.steps`). D sees real and generated examples in equal number.

  Sampling uses a moving average of G's weights, as it was when it scored best
  on validation images: the weights themselves swing.

  Differences from the paper:
    * Average and selection by score are additions; `average_decay=0` and
      `selection="last"` switch them off.
    * The relativistic loss, its penalties and conditioning augmentation are
      additions, off by default.
    * b_k is d applied k times, as in the paper; the authors' code reduces the
      full image at once, which differs where sizes do not halve.

  Attributes:
    config: The `LAPGANConfig` of the whole pyramid.
    k: Index of the level, 0 for the finest.
    seed: The integer that selects all noise of training.
    generator: G_k.
    discriminator: D_k; None in a level that only draws.
    standardisation: The layer that standardises images, equal at all levels of
      a pyramid.
    coarse_images: What coarser levels generate, which training with
      `generated_low_pass` needs: `coarse_images.draw`, or `RefinedImages`.
    generated_share: The share of the coarse images in training that was
      generated, the level's own or the pyramid's `generated_low_pass`.
    average: The `KeptAverage` of G_k's weights, which `generate` uses.
    trackers: Running means by name.
  """

  config_class = LAPGANConfig

  def __init__(
    self,
    config: LAPGANConfig,
    k: int,
    seed: int = 0,
    has_discriminator: bool = True,
    **options,
  ):
    """Builds level `k`.

    Args:
      config: The whole pyramid.
      k: Index of the level, 0 for the finest.
      seed: An integer that selects all noise of training.
      has_discriminator: Whether there is a D_k, which training needs.
      **options: Arguments of `tf.keras.Model`.
    """
    super().__init__(config, **{"name": f"level_{k}", **options})
    self.config = config
    self.k = k
    level = config.levels[k]
    self.size = level.size
    self.is_coarsest = k == config.num_levels - 1
    condition = (config.num_classes, config.label_plane)
    self._is_noisy = config.conditioning_noise > 0 and not self.is_coarsest
    keeps = None
    if config.at_level(k, "keep_coarse") and not self.is_coarsest:
      keeps = (config.kernel, config.sizes[k + 1])
    self.generator = Generator(
      level, self.is_coarsest, *condition, self._is_noisy, keeps
    )
    sees_pair = (
      config.at_level(k, "discriminator_input") == "pair"
      and not self.is_coarsest
    )
    self.generated_share = config.at_level(k, "generated_low_pass")
    projects = config.num_classes > 0 and (
      config.discriminator_label == "projection"
    )
    self.discriminator: Discriminator | None = None
    if has_discriminator:
      self.discriminator = Discriminator(
        level, *condition, sees_pair, self._is_noisy, projects
      )
    self.standardisation = Standardisation(
      config.standardisation, config.sizes[0]
    )
    self.average = KeptAverage(self, self.generator, config)
    self.coarse_images: CoarseImages | RefinedImages | None = None
    self.seed = seed
    self.trackers = {tag: keras.metrics.Mean(name=tag) for tag in _METRICS}
    self.built = True

  def get_config(self) -> dict[str, Any]:
    """Returns the arguments of the constructor as plain data."""
    return {
      **super().get_config(),
      "k": self.k,
      "seed": self.seed,
      "has_discriminator": self.discriminator is not None,
    }

  @property
  def metrics(self) -> list[keras.metrics.Metric]:
    """The running means of `trackers`: losses and D's accuracies."""
    return list(self.trackers.values())

  @property
  def generator_variables(self) -> list[keras.Variable]:
    """The weights that `generate` reads."""
    return self.average.served

  @property
  def served_variables(self) -> list[keras.Variable]:
    """The weights that `generate` and `discriminate` read."""
    judges = self.discriminator.variables if self.discriminator else []
    return [*self.average.served, *judges]

  @property
  def num_parameters(self) -> int:
    """The number of trained weights of G_k and D_k."""
    networks = (self.generator, self.discriminator)
    return sum(
      int(np.prod(weight.shape))
      for network in filter(None, networks)
      for weight in network.trainable_variables
    )

  def fit_gaussian_path(self, mean: np.ndarray, covariance: np.ndarray) -> None:
    """Lets a generator with a Gaussian path start from its images' moments.

    Args:
      mean: `[values]` of standardised images of this level, flattened.
      covariance: `[values, values]`, likewise.

    Raises:
      ValueError: If the generator has none.
    """
    if self.generator.gaussian_path is None:
      raise ValueError(
        f"level_{self.k} has no Gaussian path. Set gaussian_path=True in its "
        "configuration."
      )
    self.generator.gaussian_path.fit(mean, covariance)
    self.average.restart()

  def real_bands(self, image: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns h_k and l_k of images (Equation 3).

    Args:
      image: `[batch, size_0, size_0, 3]` in [-1, 1].

    Returns:
      Band and low-pass image, `[batch, size_k, size_k, 3]`, standardised. At
      the coarsest level the band is the image and l_K = 0.
    """
    sizes = self.config.sizes[: self.k + 2]
    blurred = pyramid.gaussian_pyramid(
      self.standardisation(image), sizes, self.config.kernel
    )
    if self.is_coarsest:
      return blurred[-1], tf.zeros_like(blurred[-1])
    low_pass = pyramid.upsample(blurred[-1], self.size, self.config.kernel)
    return blurred[self.k] - low_pass, low_pass

  def compile(
    self,
    generator_optimizer: keras.optimizers.Optimizer,
    discriminator_optimizer: keras.optimizers.Optimizer,
  ) -> None:
    """Takes an optimizer for each network, ready for its weights.

    Raises:
      ValueError: If the level has no discriminator.
    """
    self._check_discriminator()
    super().compile(optimizer=None)
    self.generator_optimizer = generator_optimizer
    self.discriminator_optimizer = discriminator_optimizer
    generator_optimizer.build(self.generator.trainable_variables)
    discriminator_optimizer.build(self.discriminator.trainable_variables)

  def get_compile_config(self) -> dict[str, Any]:
    """Returns both optimizers, or nothing before `compile`."""
    names = ("generator_optimizer", "discriminator_optimizer")
    return {name: getattr(self, name) for name in names if self.compiled}

  def train_step(
    self, data: tf.Tensor | Mapping[str, tf.Tensor]
  ) -> dict[str, tf.Tensor]:
    """Takes a step of D, then one of G, on `image` and `label` of a batch.

    Images are uint8 or floats in [-1, 1], a multiple of four of them.

    Raises:
      ValueError: If the size of the batch is known to be no multiple of four.
    """
    image = images.of_example(data)
    if image.shape[0] is not None and image.shape[0] % 4:
      raise ValueError(
        "A step shares its images out in quarters; got a batch of "
        f"{image.shape[0]}. Use a multiple of 4 on each replica, and drop a "
        "smaller last batch."
      )
    band, low_pass = self.real_bands(image)
    label = self.one_hot(
      data.get("label") if isinstance(data, Mapping) else None
    )
    seed = self._step_seed()
    real = given = examples.Examples(band, low_pass, label)
    if self.learns_from_generated:
      given = examples.partly_generated(
        self, image, real, tf.random.fold_in(seed, 6)
      )
    if self._is_noisy:
      noise_seed = tf.random.fold_in(seed, 5)
      real, given = (
        examples.augmented(self, part, noise_seed) for part in (real, given)
      )
    values = steps.STEPS[self.config.loss](self, real, given, seed)
    self.average.update(self.generator_optimizer.iterations)
    for tag, value in values.items():
      self.trackers[tag].update_state(value)
    return {tag: tracker.result() for tag, tracker in self.trackers.items()}

  @property
  def learns_from_generated(self) -> bool:
    """Whether training needs `coarse_images`.

    The coarsest level refines nothing, and photographs' own images are all that
    the level above it can refine if none is to come from noise.
    """
    needed = 1 if self.config.generated_from == "noise" else 2
    coarser = self.config.num_levels - 1 - self.k
    return self.generated_share > 0.0 and coarser >= needed

  def _step_seed(self) -> tf.Tensor:
    """Returns a seed of the run, level, step and replica, int32 `[2]`."""
    return step_seeds.of_step(
      (self.seed, self.k), self.discriminator_optimizer.iterations
    )

  def discriminate(
    self,
    band: tf.Tensor,
    low_pass: tf.Tensor,
    label: tf.Tensor | None = None,
  ) -> tf.Tensor:
    """Returns the log-odds that a band is real, `[batch]`.

    Args:
      band: `[batch, size, size, 3]`, standardised.
      low_pass: l_k, the same shape.
      label: Integers `[batch]`, None without classes.

    Raises:
      ValueError: If the level has no discriminator.
    """
    self._check_discriminator()
    deviation = tf.zeros(tf.shape(band)[:1]) if self._is_noisy else None
    return self.discriminator(
      band, low_pass, self.one_hot(label), deviation=deviation
    )

  def _check_discriminator(self) -> None:
    if self.discriminator is None:
      raise ValueError(
        f"level_{self.k} only draws: it has no discriminator, which training "
        "and judging need. Use the run that its bundle was made of."
      )
