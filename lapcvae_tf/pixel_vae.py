"""The two-level PixelVAE that Dorta et al. (2017) compare with."""

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from lapcvae_tf import losses
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.objectives import Objective
from lapcvae_tf.pixel_vae_config import PixelVAEConfig
from lapcvae_tf.pixel_vae_generation import PixelVAEGeneration, flat
from lapcvae_tf.pixel_vae_level import Latents, PixelVAELevel
from lapcvae_tf.walk import LevelOutcome
from pyramid_tf import cascade, images, step_seeds

_TAGS = (
  *("loss", "reconstruction", "squared_error", "pixel_nll"),
  *("kl", "kl_of_map", "kl_of_vector"),
)


@tf.keras.utils.register_keras_serializable("lapcvae_tf")
class PixelVAE(PixelVAEGeneration):
  """A PixelVAE of two latents (Gulrajani et al., 2017, Section 3.2).

  z_2 is a vector and z_1 a map; p(z_1 | z_2) is autoregressive, and pixels are
  given z_1 by a PixelCNN. It minimises -ln p(x | z_1) + KL(q(z_1 | x) || p(z_1
  | z_2)) + KL(q(z_2 | x) || N(0, I)).

  To the rest it is a model of one level, whose latent is z_1 and z_2 joined:
  the two KLs add up to that of the joined Gaussians.

  Differences from the authors' code:
    * Two stacks without a blind spot in place of masked kernels, and mixtures
      of logistics in place of 256 classes.
    * No weight normalisation, and no limit on the gradient's norm.
    * Batch statistics are running means.
    * A mean image is learned beside, by `pixel_cnn.mean_weight` times half its
      squared error; it is what `reconstruct` and `sample` return.

  Attributes:
    config: The `PixelVAEConfig`.
    level_models: The one `PixelVAELevel`.
    trackers: Running means of losses by name, `level_0/...`.
  """

  config_class = PixelVAEConfig

  def __init__(self, config: PixelVAEConfig, seed: int = 0, **options):
    """Builds all networks.

    Args:
      config: The model.
      seed: An integer that selects the latent noise of training.
      **options: Arguments of `tf.keras.Model`.
    """
    super().__init__(config, **options)
    self.config = config
    self.level_models = [PixelVAELevel(config)]
    self._seed = seed
    self.trackers = {
      f"level_0/{tag}": tf.keras.metrics.Mean(name=f"level_0/{tag}")
      for tag in _TAGS
    }
    self.built = True

  def get_config(self) -> dict[str, Any]:
    """Returns the arguments of the constructor as plain data."""
    return {**super().get_config(), "seed": self._seed}

  def bundled_weights(self) -> dict[str, list[tf.keras.Variable]]:
    """Returns all weights, running statistics included."""
    return {"level_0": self.level.weights}

  @property
  def metrics(self) -> list[tf.keras.metrics.Metric]:
    """The running means of `trackers`."""
    return list(self.trackers.values())

  def compile(self, *args, **kwargs) -> None:
    """Does what Keras' does, and prepares the optimizer for all weights."""
    super().compile(*args, **kwargs)
    self.optimizer.build(self.trainable_variables)

  @property
  def optimizers(self) -> dict[str, tf.keras.optimizers.Optimizer]:
    """The optimizer that `compile` took, by name."""
    return {"optimizer": self.optimizer}

  def get_compile_config(self) -> dict[str, Any]:
    """Returns what `compile` was given."""
    return self.optimizers if self.compiled else {}

  def objectives(self) -> list[tuple[Objective, float]]:
    """Returns the one objective, and its share of the steps."""
    return [(Objective((0,)), 1.0)]

  def train_step(
    self, data: tf.Tensor | Mapping[str, tf.Tensor]
  ) -> dict[str, tf.Tensor]:
    """Takes one step; returns running means of the losses by name."""
    image = images.of_example(data)
    replicas = self.distribute_strategy.num_replicas_in_sync
    seed = step_seeds.of_step((self._seed, 0), self.optimizer.iterations)
    step = tf.cast(self.optimizer.iterations, tf.float32)
    config = self.config
    of_map = tf.minimum(1.0, (step + 1.0) / config.map_warm_up_steps)
    of_vector = of_map * tf.minimum(
      1.0, (step + 1.0) / config.vector_warm_up_steps
    )
    floor = tf.maximum(0.0, 1.0 - step / config.floor_steps)
    with tf.GradientTape() as tape:
      outcome, kl = self._autoencoded(image, seed, True, floor)
      loss = self.level.pixel_loss(outcome.pixel_nll, image, outcome.mean)
      loss += config.kl_weight * (of_map * kl.map + of_vector * kl.vector)
      scaled = self.optimizer.scale_loss(tf.reduce_mean(loss) / replicas)
    variables = self.trainable_variables
    self.optimizer.apply(tape.gradient(scaled, variables), variables)
    return self._track(outcome, kl, loss)

  def step_towards(
    self,
    data: tf.Tensor | Mapping[str, tf.Tensor],
    objective: Objective,
  ) -> dict[str, tf.Tensor]:
    """Does the same as `train_step`: there is one objective."""
    del objective
    return self.train_step(data)

  def test_step(
    self, data: tf.Tensor | Mapping[str, tf.Tensor]
  ) -> dict[str, tf.Tensor]:
    """Returns the losses at running batch statistics and full KL weights."""
    image, seed = images.of_example(data), tf.constant([self._seed, 1])
    outcome, kl = self._autoencoded(image, seed)
    loss = self.level.pixel_loss(outcome.pixel_nll, image, outcome.mean)
    loss += self.config.kl_weight * outcome.kl()
    return self._track(outcome, kl, loss)

  def _track(
    self, outcome: LevelOutcome, kl: Latents, loss: tf.Tensor
  ) -> dict[str, tf.Tensor]:
    error = losses.half_squared_error(outcome.target, outcome.mean)
    values = {
      "loss": loss,
      "reconstruction": error,
      "squared_error": tf.square(outcome.blurred - outcome.composed),
      "pixel_nll": outcome.pixel_nll,
      "kl": kl.map + kl.vector,
      "kl_of_map": kl.map,
      "kl_of_vector": kl.vector,
    }
    for tag, value in values.items():
      self.trackers[f"level_0/{tag}"].update_state(tf.reduce_mean(value))
    return {name: mean.result() for name, mean in self.trackers.items()}

  def _autoencoded(
    self,
    image: tf.Tensor,
    seed: tf.Tensor,
    training: bool = False,
    floor: float | tf.Tensor = 0.0,
  ) -> tuple[LevelOutcome, Latents]:
    """Encodes and scores images; returns the outcome and both KLs, `[batch]`.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      seed: int32 `[2]`; selects the noise of the latents.
      training: Whether batch statistics are those of this batch.
      floor: The least standard deviation of p(z_1 | z_2).
    """
    level = self.level
    posterior = level.posterior(image, training)
    latents = Latents(
      *(q.sample(tf.random.fold_in(seed, i)) for i, q in enumerate(posterior))
    )
    prior = level.prior(latents, training, floor)
    mean, seen = level.decode(latents.map, training)
    flat_posterior, flat_prior = (
      Latents(*map(_flattened, pair)) for pair in (posterior, prior)
    )
    outcome = LevelOutcome(
      latent=tf.concat([flat(z) for z in latents], axis=-1),
      band=mean,
      composed=mean,
      mean=mean,
      low_pass=cascade.no_low_pass(tf.shape(image)[0], self.config.size),
      base=None,
      coarser=(),
      prior=_joined(flat_prior),
      posterior=_joined(flat_posterior),
      target=image,
      blurred=image,
      pixel_nll=level.pixel_nll(image, seen),
    )
    divergences = map(losses.gaussian_kl, flat_posterior, flat_prior)
    return outcome, Latents(*divergences)

  def reconstruct_drawn(self, image: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Returns mean images of latents drawn from the posteriors.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      seed: int32 `[2]`; selects the noise of the latents.
    """
    return self.outcomes(image, seed)[0].composed

  def outcomes(self, image: tf.Tensor, seed: tf.Tensor) -> list[LevelOutcome]:
    """Returns the outcome of the one level, with sampled latents.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      seed: int32 `[2]`; selects the noise of the posterior samples.
    """
    return [self._autoencoded(image, seed)[0]]


def _flattened(distribution: Gaussian) -> Gaussian:
  return Gaussian(*map(flat, distribution))


def _joined(distributions: Latents) -> Gaussian:
  """Returns the distribution of both latents, one behind the other."""
  pairs = zip(*distributions, strict=True)
  return Gaussian(*(tf.concat(pair, axis=-1) for pair in pairs))
