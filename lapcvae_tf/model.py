"""The levels of a LapCVAE together: training, reconstruction, sampling."""

import dataclasses
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from lapcvae_tf import losses
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.level import LapCVAELevel
from pyramid_tf import cascade, images, pyramid

OBJECTIVES = ("per_level", "end_to_end", "prior")

# (level k, low-pass image, prior of z_k) -> z_k.
LatentSource = Callable[[int, tf.Tensor, Gaussian], tf.Tensor]


@dataclasses.dataclass(frozen=True)
class TrainingStage:
  """What one part of a training optimises.

  Attributes:
    levels: The levels whose weights change.
    objective: `per_level`, each level on its own loss (Equation 12);
      `end_to_end`, the finest composed image and the summed KL; `prior`, the KL
      alone, for the weights of M_k alone (retraining M, Section 5.1.3).
  """

  levels: tuple[int, ...]
  objective: str = "per_level"

  def __post_init__(self):
    if self.objective not in OBJECTIVES:
      raise ValueError(
        f"objective is one of {', '.join(OBJECTIVES)}; got {self.objective!r}."
      )
    if not self.levels:
      raise ValueError("A stage trains at least one level, got none.")


class LevelOutcome(NamedTuple):
  """What the walk over the levels found at level k.

  Attributes:
    target: The band the level should generate, `[batch, size, size, 3]`.
    band: The band it generated.
    posterior: q_k given the target.
    prior: p(z_k) given the coarser levels.
  """

  target: tf.Tensor
  band: tf.Tensor
  posterior: Gaussian
  prior: Gaussian

  def kl(self) -> tf.Tensor:
    """KL(posterior || prior) in nats, `[batch]`."""
    return losses.gaussian_kl(self.posterior, self.prior)


class LapCVAE(tf.keras.Model):
  """A Laplacian pyramid of conditional VAEs (Dorta et al., 2017, Figures 2, 3).

  Each level generates a band that is added to the upsampled image of the
  coarser levels. In training, reconstruction, editing and sampling alike the
  low-pass image is composed from what the coarser levels generated, and the
  statistics that M_k maps to a prior come from encoding the generated band
  again. Unless the objective is end to end, a level treats everything that
  comes from coarser levels as a constant.

  Differences from the paper:
    * Re-encoding uses the running batch statistics.
    * `closed_loop`, `calibrated`, `end_to_end` are additions, off by default.

  Attributes:
    config: The `LapCVAEConfig`.
    level_models: One `LapCVAELevel` per level, finest first.
    stage: The `TrainingStage` that `train_step` follows; set it before the step
      is compiled.
  """

  def __init__(self, config: LapCVAEConfig, seed: int = 0, **kwargs):
    """Builds every level.

    Args:
      config: The pyramid.
      seed: Of the latent noise in training.
      **kwargs: For `tf.keras.Model`.
    """
    super().__init__(**kwargs)
    self.config = config
    self.level_models = [
      LapCVAELevel(config, k) for k in range(config.num_levels)
    ]
    self._seed = seed
    self.stage = self.training_stages()[0][0]
    self.trackers = {
      f"level_{k}/{tag}": tf.keras.metrics.Mean(name=f"level_{k}/{tag}")
      for k in range(config.num_levels)
      for tag in ("loss", "reconstruction", "kl", "squared_error")
    }
    self.built = True

  def training_stages(self) -> list[tuple[TrainingStage, float]]:
    """The stages of the configured schedule, with their share of the steps."""
    everything = tuple(range(self.config.num_levels))
    whole = TrainingStage(everything, "end_to_end")
    if self.config.schedule == "end_to_end":
      return [(whole, 1.0)]
    tail = self.config.fine_tune_fraction
    if self.config.schedule == "joint":
      stages = [(TrainingStage(everything), 1.0 - tail)]
    else:
      share = (1.0 - tail) / self.config.num_levels
      stages = [(TrainingStage((k,)), share) for k in reversed(everything)]
    return stages + ([(whole, tail)] if tail else [])

  @property
  def metrics(self):
    """Running means since the last reset, tagged `level_k/...`."""
    return list(self.trackers.values())

  def call(self, image, training=False):
    """The same as `reconstruct`."""
    del training
    return self.reconstruct(image)

  def compile(self, *args, **kwargs):
    """As Keras', with the optimizer ready for the weights of every stage."""
    super().compile(*args, **kwargs)
    self.optimizer.build(self.trainable_variables)

  # Training ------------------------------------------------------------------

  def train_step(self, data):
    """One step of the current stage on `data["image"]`, uint8 or floats."""
    image = _images_of(data)
    replicas = self.distribute_strategy.num_replicas_in_sync
    with tf.GradientTape() as tape:
      outcomes, composed = self._forward(
        image, self._step_seed(), self.stage, training=True
      )
      per_level = self._loss_terms(image, outcomes, composed)
      # Gradients are summed over replicas; dividing here makes that a mean.
      objective = tf.add_n(list(per_level.values())) / replicas
      scaled = self.optimizer.scale_loss(objective)
    variables = self._stage_variables()
    self.optimizer.apply(tape.gradient(scaled, variables), variables)
    if self.stage.objective != "prior":
      for k in self.stage.levels:
        self._track_noise_variance(k, image, outcomes, composed)
    return self._track(image, outcomes, composed, per_level)

  def test_step(self, data):
    """The losses of `train_step` with running batch statistics, no update."""
    image = _images_of(data)
    outcomes, composed = self._forward(
      image, tf.constant([self._seed, 1]), self.stage, training=False
    )
    per_level = self._loss_terms(image, outcomes, composed)
    return self._track(image, outcomes, composed, per_level)

  def _step_seed(self):
    """A seed that depends on the run, the step and the replica, on no state."""
    step = tf.cast(self.optimizer.iterations, tf.int32)
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    seed = tf.random.fold_in(tf.constant([self._seed, 0]), step)
    return tf.random.fold_in(seed, tf.cast(replica, tf.int32))

  def _forward(self, image, seed, stage, training):
    """Encodes, samples and decodes levels K down to the stage's finest.

    Returns:
      `{k: LevelOutcome}` and `{k: x~_k}`.
    """
    sizes = self.config.sizes
    blurred = pyramid.gaussian_pyramid(image, sizes, self.config.kernel)
    bands = pyramid.laplacian_pyramid(image, sizes, self.config.kernel)
    posteriors, priors, targets = {}, {}, {}

    def latent_at(k, low_pass, prior):
      open_loop = self.config.target == "open_loop"
      targets[k] = bands[k] if open_loop else blurred[k] - low_pass
      posteriors[k] = self.level_models[k].posterior(
        targets[k], low_pass, training=training and learns(k)
      )
      priors[k] = prior
      return posteriors[k].sample(tf.random.fold_in(seed, k))

    def learns(k):
      return k in stage.levels and stage.objective != "prior"

    composed, generated = self._generate(
      latent_at,
      tf.shape(image)[0],
      finest=min(stage.levels),
      training=lambda k: training and learns(k),
      differentiate_between_levels=stage.objective == "end_to_end",
    )
    outcomes = {
      k: LevelOutcome(targets[k], generated[k], posteriors[k], priors[k])
      for k in generated
    }
    return outcomes, composed

  def _loss_terms(self, image, outcomes, composed):
    """Batch means of the stage's loss terms, by level."""
    terms = {}
    for k in self.stage.levels:
      level, outcome = self.level_models[k], outcomes[k]
      term = tf.reduce_mean(outcome.kl())
      if self.stage.objective != "prior":
        term *= level.config.kl_weight
      if self.stage.objective == "per_level":
        error = level.reconstruction_loss(outcome.target, outcome.band)
        term += tf.reduce_mean(error)
      elif self.stage.objective == "end_to_end" and k == 0:
        term += tf.reduce_mean(level.reconstruction_loss(image, composed[0]))
      terms[k] = term
    return terms

  def _stage_variables(self):
    levels = [self.level_models[k] for k in self.stage.levels]
    if self.stage.objective == "prior":
      levels = [level.prior_network for level in levels if level.prior_network]
    variables = [v for level in levels for v in level.trainable_variables]
    if not variables:
      raise ValueError(
        f"No M among levels {self.stage.levels}: at the coarsest level, and "
        "everywhere with prior='standard', the prior is N(0, I)."
      )
    return variables

  def _track_noise_variance(self, k, image, outcomes, composed):
    if self.stage.objective == "end_to_end" and k == 0:
      self.level_models[0].track_noise_variance(image, composed[0])
    else:
      self.level_models[k].track_noise_variance(
        outcomes[k].target, outcomes[k].band
      )

  def _track(self, image, outcomes, composed, per_level):
    """Updates the trackers of the stage; returns their running means."""
    tracked = {}
    sizes = self.config.sizes
    blurred = pyramid.gaussian_pyramid(image, sizes, self.config.kernel)
    for k, outcome in outcomes.items():
      values = {
        "reconstruction": losses.half_squared_error(
          outcome.target, outcome.band
        ),
        "kl": outcome.kl(),
        "squared_error": tf.square(blurred[k] - composed[k]),
      }
      if k in per_level:
        values["loss"] = per_level[k]
      for tag, value in values.items():
        name = f"level_{k}/{tag}"
        self.trackers[name].update_state(tf.reduce_mean(value))
        tracked[name] = self.trackers[name].result()
    return tracked

  # Generation ----------------------------------------------------------------

  def _generate(
    self,
    latent_at: LatentSource,
    batch_size,
    finest=0,
    training=lambda k: False,
    differentiate_between_levels=False,
  ):
    """Walks from level K to `finest` (Figure 2).

    Returns:
      `{k: x~_k}`, the composed images, and `{k: h~_k}`, the bands.
    """

    def hold(tensor):
      between = differentiate_between_levels
      return tensor if between else tf.stop_gradient(tensor)

    sizes = self.config.sizes[finest:]
    latents, generated, reencoded = [], {}, [None]

    def band_at(offset, low_pass):
      k = finest + offset
      level, low_pass = self.level_models[k], hold(low_pass)
      prior = level.prior(reencoded[0], batch_size)
      coarser = [hold(latent) for latent in latents]
      latents.insert(0, latent_at(k, low_pass, prior))
      generated[k] = level.decode(
        [latents[0], *coarser], low_pass, training=training(k)
      )
      if k > finest and self.level_models[k - 1].prior_network is not None:
        reencoded[0] = level.posterior(hold(generated[k]), low_pass)
        if not differentiate_between_levels:
          reencoded[0] = reencoded[0].stop_gradient()
      return generated[k]

    walked = cascade.walk(band_at, sizes, batch_size, kernel=self.config.kernel)
    return {finest + i: x for i, x in enumerate(walked)}, generated

  def reconstruct(self, image: tf.Tensor) -> tf.Tensor:
    """Encodes and decodes with the posterior means.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].

    Returns:
      x~_0, the same shape, not clipped.
    """
    return self.reconstruct_levels(image)[0]

  def reconstruct_levels(self, image: tf.Tensor) -> list[tf.Tensor]:
    """As `reconstruct`, but the composed images x~_0, ..., x~_K."""
    return self._partial(image, 0, tf.constant([0, 0]), 1.0)

  def sample(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> tf.Tensor:
    """Draws images: z_K from N(0, I), finer z_k from the learned priors.

    Args:
      seed: int32 `[2]`; equal seeds give equal images.
      count: Number of images.
      temperature: Scale of every level's noise; 0 gives the prior means.

    Returns:
      x~_0, `[count, size, size, 3]`, not clipped.
    """

    def latent_at(k, low_pass, prior):
      del low_pass
      return prior.sample(tf.random.fold_in(seed, k), temperature)

    return self._generate(latent_at, count)[0][0]

  def resample(
    self,
    image: tf.Tensor,
    fixed_from: int | tf.Tensor,
    seed: tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> tf.Tensor:
    """Partial sampling: keeps coarse levels, draws finer ones (Figure 8).

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      fixed_from: Levels k >= `fixed_from` take the posterior mean of `image`;
        finer ones are drawn. 0 reconstructs, the number of levels samples.
      seed: int32 `[2]`; equal seeds give equal images.
      temperature: Scale of the drawn levels' noise.

    Returns:
      x~_0, the shape of `image`, not clipped.

    Raises:
      ValueError: If `fixed_from`, as a Python number, is no level.
    """
    levels = self.config.num_levels
    is_number = isinstance(fixed_from, (int, np.integer))
    if is_number and not 0 <= fixed_from <= levels:
      raise ValueError(
        f"fixed_from is a level from 0 (all fixed) to {levels} (none), got "
        f"{fixed_from}."
      )
    return self._partial(image, fixed_from, seed, temperature)[0]

  def _partial(self, image, fixed_from, seed, temperature):
    sizes = self.config.sizes
    blurred = pyramid.gaussian_pyramid(image, sizes, self.config.kernel)
    bands = pyramid.laplacian_pyramid(image, sizes, self.config.kernel)

    def latent_at(k, low_pass, prior):
      open_loop = self.config.target == "open_loop"
      band = bands[k] if open_loop else blurred[k] - low_pass
      fixed = self.level_models[k].posterior(band, low_pass).mean
      drawn = prior.sample(tf.random.fold_in(seed, k), temperature)
      return tf.where(k >= fixed_from, fixed, drawn)

    composed, _ = self._generate(latent_at, tf.shape(image)[0])
    return [composed[k] for k in range(self.config.num_levels)]

  def outcomes(
    self, image: tf.Tensor, seed: tf.Tensor
  ) -> tuple[list[LevelOutcome], list[tf.Tensor]]:
    """Every level's outcome and composed image with sampled latents.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      seed: int32 `[2]`, of the posterior samples.

    Returns:
      A `LevelOutcome` and x~_k per level, finest first.
    """
    everything = TrainingStage(tuple(range(self.config.num_levels)))
    found, composed = self._forward(image, seed, everything, training=False)
    order = range(self.config.num_levels)
    return [found[k] for k in order], [composed[k] for k in order]


def _images_of(data):
  image = data["image"] if isinstance(data, dict) else data
  floats = tf.convert_to_tensor(image)
  if floats.dtype.is_floating:
    return tf.cast(floats, tf.float32)
  return images.from_uint8(floats)
