"""One level of a LAPGAN: a conditional GAN of bands."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from lapgan_tf import steps
from lapgan_tf.coarse_images import CoarseImages, RefinedImages
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.kept_average import KeptAverage
from lapgan_tf.networks import Discriminator, Generator
from lapgan_tf.standardisation import Standardisation
from pyramid_tf import images, pyramid
from pyramid_tf.configured_model import ConfiguredModel

keras = tf.keras

_METRICS = (
  "generator_loss",
  "discriminator_loss",
  "real_accuracy",
  "generated_accuracy",
)


@keras.utils.register_keras_serializable("lapgan_tf")
class LAPGANLevel(ConfiguredModel):
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
    if config.keep_coarse and not self.is_coarsest:
      keeps = (config.kernel, config.sizes[k + 1])
    self.generator = Generator(
      level, self.is_coarsest, *condition, self._is_noisy, keeps
    )
    sees_pair = config.discriminator_input == "pair" and not self.is_coarsest
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

  def call(self, low_pass: tf.Tensor, training: bool = False) -> tf.Tensor:
    """Generates bands with a fixed seed, without labels."""
    del training
    return self.generate(low_pass, tf.constant([0, 0]))

  # Data ----------------------------------------------------------------------

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

  def one_hot(self, label: tf.Tensor | None) -> tf.Tensor | None:
    """Returns labels `[batch]` as G and D take them; None without classes.

    Raises:
      ValueError: If the level needs labels and there are none.
    """
    if not self.config.num_classes:
      return None
    if label is None:
      raise ValueError(
        f"level_{self.k} is conditioned on {self.config.num_classes} classes; "
        "give it labels."
      )
    return tf.one_hot(label, self.config.num_classes)

  def noise(self, seed: tf.Tensor, count: int | tf.Tensor) -> tf.Tensor:
    """Draws z_k, uniform in [-1, 1]: planes or vectors, `[count, ...]`."""
    shape = [count, *self.noise_shape]
    return tf.random.stateless_uniform(shape, seed, -1.0, 1.0)

  @property
  def noise_shape(self) -> tuple[int, ...]:
    """The shape of z_k of one image, a plane or a vector."""
    level = self.config.levels[self.k]
    if level.has_noise_plane:
      return (level.size, level.size, 1)
    return (level.noise_dim,)

  @property
  def coarse_noise_shape(self) -> tuple[int, int, int] | None:
    """The shape of noise on a coarse image; None of a level without."""
    if not self._is_noisy:
      return None
    side = self.config.sizes[self.k + 1]
    return (side, side, 3)

  # Training ------------------------------------------------------------------

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
    label = self.one_hot(data.get("label") if isinstance(data, dict) else None)
    seed = self._step_seed()
    examples = given = steps.Examples(band, low_pass, label)
    if self.learns_from_generated:
      given = self._partly_generated(
        image, examples, tf.random.fold_in(seed, 6)
      )
    if self._is_noisy:
      noise_seed = tf.random.fold_in(seed, 5)
      examples, given = (
        self._augmented(part, noise_seed) for part in (examples, given)
      )
    values = steps.STEPS[self.config.loss](self, examples, given, seed)
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
    return self.config.generated_low_pass > 0.0 and coarser >= needed

  def _partly_generated(
    self, image: tf.Tensor, examples: steps.Examples, seed: tf.Tensor
  ) -> steps.Examples:
    """Puts low-pass images of generated images in the place of some."""
    if self.coarse_images is None:
      raise ValueError(
        f"generated_low_pass={self.config.generated_low_pass} trains "
        f"level_{self.k} on what coarser levels generate; set its "
        "coarse_images."
      )
    count = tf.shape(examples.low_pass)[0]
    images = self.coarse_images.pick(
      image, examples.label, tf.random.fold_in(seed, 0)
    )
    low_pass = pyramid.upsample(images, self.size, self.config.kernel)
    lot = tf.random.stateless_uniform([count], tf.random.fold_in(seed, 1))
    chosen = (lot < self.config.generated_low_pass)[:, None, None, None]
    return examples._replace(
      low_pass=tf.where(chosen, low_pass, examples.low_pass)
    )

  def _augmented(
    self, examples: steps.Examples, seed: tf.Tensor
  ) -> steps.Examples:
    """Adds noise of a random deviation to the coarse image of each example."""
    count = tf.shape(examples.band)[0]
    deviation = tf.random.stateless_uniform(
      [count], seed, 0.0, self.config.conditioning_noise
    )
    noise = self._low_pass_noise(
      self._coarse_noise(count, tf.random.fold_in(seed, 1)), deviation
    )
    return examples._replace(
      band=examples.band - noise,
      low_pass=examples.low_pass + noise,
      deviation=deviation,
    )

  def _coarse_noise(self, count: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    return tf.random.stateless_normal((count, *self.coarse_noise_shape), seed)

  def _low_pass_noise(
    self, coarse_noise: tf.Tensor, deviation: tf.Tensor
  ) -> tf.Tensor:
    """Returns u of normal noise on coarse images, by their deviations."""
    noise = coarse_noise * deviation[:, None, None, None]
    return pyramid.upsample(noise, self.size, self.config.kernel)

  def _step_seed(self) -> tf.Tensor:
    """Returns a seed of the run, level, step and replica, int32 `[2]`."""
    step = tf.cast(self.discriminator_optimizer.iterations, tf.int32)
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    seed = tf.random.fold_in(tf.constant([self.seed, self.k]), step)
    return tf.random.fold_in(seed, tf.cast(replica, tf.int32))

  # Generation ----------------------------------------------------------------

  def generate(
    self,
    low_pass: tf.Tensor,
    seed: tf.Tensor,
    label: tf.Tensor | None = None,
    weights: str = "served",
    conditioning_noise: float | None = None,
  ) -> tf.Tensor:
    """Draws h~_k = G_k(z_k, l_k) with fresh noise (Equation 5).

    Args:
      low_pass: l_k, `[batch, size, size, 3]`, standardised.
      seed: int32 `[2]`; equal seeds give equal bands.
      label: Integers `[batch]`, None without classes.
      weights: The set of G_k's weights: `served`, which `average.keep_if_best`
        kept; `averaged`, the present moving average; `trained`, the weights of
        the last step.
      conditioning_noise: The deviation of the noise that is added to the coarse
        image of a level that was trained with some. None takes the
        configuration's `sampling_noise`, which suits coarse images that were
        generated; real ones need none, 0.

    Returns:
      The shape of `low_pass`.
    """
    drawn = self.drawn(low_pass, seed, label, conditioning_noise)
    return self.band_of(**drawn, weights=weights)

  def drawn(
    self,
    low_pass: tf.Tensor,
    seed: tf.Tensor,
    label: tf.Tensor | None = None,
    conditioning_noise: float | None = None,
  ) -> dict[str, tf.Tensor]:
    """Draws all that `band_of` needs, with a row for each image.

    Args:
      low_pass: l_k, `[batch, size, size, 3]`, standardised.
      seed: int32 `[2]`; equal seeds draw equal noise.
      label: Integers `[batch]`, None without classes.
      conditioning_noise: A deviation, None for the configuration's.
    """
    count = tf.shape(low_pass)[0]
    coarse_noise = None
    if self._is_noisy:
      coarse_noise = self._coarse_noise(count, tf.random.fold_in(seed, 1))
    return self.given(
      low_pass,
      self.noise(seed, count),
      label,
      coarse_noise,
      conditioning_noise,
    )

  def given(
    self,
    low_pass: tf.Tensor,
    noise: tf.Tensor,
    label: tf.Tensor | None = None,
    coarse_noise: tf.Tensor | None = None,
    conditioning_noise: float | None = None,
  ) -> dict[str, tf.Tensor]:
    """Returns what `drawn` does, of noise that has been drawn.

    Args:
      low_pass: l_k, `[batch, size, size, 3]`, standardised.
      noise: z_k, uniform in [-1, 1], `[batch, *noise_shape]`.
      label: Integers `[batch]`, None without classes.
      coarse_noise: Standard normal, `[batch, *coarse_noise_shape]`; None of a
        level without.
      conditioning_noise: A deviation, None for the configuration's.
    """
    given = {"low_pass": low_pass, "noise": noise}
    one_hot = self.one_hot(label)
    if one_hot is not None:
      given["one_hot"] = one_hot
    if coarse_noise is not None:
      if conditioning_noise is None:
        conditioning_noise = self.config.sampling_noise
      deviation = tf.fill([tf.shape(low_pass)[0]], conditioning_noise)
      given["deviation"] = deviation
      given["low_pass_noise"] = self._low_pass_noise(coarse_noise, deviation)
    return given

  def band_of(
    self,
    low_pass: tf.Tensor,
    noise: tf.Tensor,
    one_hot: tf.Tensor | None = None,
    deviation: tf.Tensor | None = None,
    low_pass_noise: tf.Tensor | None = None,
    weights: str = "served",
  ) -> tf.Tensor:
    """Returns h~_k of what `drawn` drew; every row depends on its own alone.

    Args:
      low_pass: l_k.
      noise: z_k.
      one_hot: The classes.
      deviation: That of `low_pass_noise`, `[batch]`.
      low_pass_noise: What is added to l_k.
      weights: The set of G_k's weights, one that `generate` knows.
    """
    sets = {
      "served": self.average.served,
      "averaged": self.average.now,
      "trained": self.average.trained,
    }
    variables = sets[weights]
    trainable = len(self.generator.trainable_variables)
    if low_pass_noise is not None:
      low_pass += low_pass_noise
    band, _ = self.generator.stateless_call(
      variables[:trainable],
      variables[trainable:],
      noise,
      low_pass,
      one_hot,
      deviation=deviation,
    )
    # The band goes with the low-pass image that was given.
    return band if low_pass_noise is None else band + low_pass_noise

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
