"""The levels of a LapCVAE together: training, reconstruction, sampling."""

import numpy as np
import tensorflow as tf

from lapcvae_tf import losses, stages, walk
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.stages import TrainingStage
from lapcvae_tf.walk import LevelOutcome
from pyramid_tf import images


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
    trackers: Running means of losses by name, `level_k/...`.
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
    return stages.scheduled(self.config)

  @property
  def metrics(self):
    """Running means since the last reset, tagged `level_k/...`."""
    return list(self.trackers.values())

  def call(self, image, training=False):
    """The same as `reconstruct`."""
    del training
    return self.reconstruct(image)

  # Training ------------------------------------------------------------------

  def compile(self, *args, **kwargs):
    """As Keras', with the optimizer ready for the weights of every stage."""
    super().compile(*args, **kwargs)
    self.optimizer.build(self.trainable_variables)

  def train_step(self, data):
    """One step of the current stage on `data["image"]`, uint8 or floats."""
    image = images.of_example(data)
    stage = self.stage
    replicas = self.distribute_strategy.num_replicas_in_sync
    with tf.GradientTape() as tape:
      outcomes = self._autoencode(image, self._step_seed(), stage.updates)
      per_level = stage.loss_terms(self.level_models, outcomes)
      # Gradients are summed over replicas; dividing here makes that a mean.
      objective = tf.add_n(list(per_level.values())) / replicas
      scaled = self.optimizer.scale_loss(objective)
    variables = stage.variables(self.level_models)
    self.optimizer.apply(tape.gradient(scaled, variables), variables)
    for k in filter(stage.updates, stage.levels):
      compared = stage.compared(k, outcomes[k])
      self.level_models[k].track_noise_variance(*compared)
    return self._track(outcomes, per_level)

  def test_step(self, data):
    """The losses of `train_step` with running batch statistics, no update."""
    seed = tf.constant([self._seed, 1])
    outcomes = self._autoencode(images.of_example(data), seed, lambda k: False)
    per_level = self.stage.loss_terms(self.level_models, outcomes)
    return self._track(outcomes, per_level)

  def _step_seed(self):
    """A seed that depends on the run, the step and the replica, on no state."""
    step = tf.cast(self.optimizer.iterations, tf.int32)
    replica = tf.distribute.get_replica_context().replica_id_in_sync_group
    seed = tf.random.fold_in(tf.constant([self._seed, 0]), step)
    return tf.random.fold_in(seed, tf.cast(replica, tf.int32))

  def _autoencode(self, image, seed, training):
    return walk.autoencode(
      self.config,
      self.level_models,
      image,
      seed,
      finest=min(self.stage.levels),
      training=training,
      differentiate_between_levels=self.stage.objective == "end_to_end",
    )

  def _track(self, outcomes, per_level):
    """Updates the trackers of the stage; returns their running means."""
    tracked = {}
    for k, outcome in outcomes.items():
      values = {
        "reconstruction": losses.half_squared_error(
          outcome.target, outcome.band
        ),
        "kl": outcome.kl(),
        "squared_error": tf.square(outcome.blurred - outcome.composed),
      }
      if k in per_level:
        values["loss"] = per_level[k]
      for tag, value in values.items():
        name = f"level_{k}/{tag}"
        self.trackers[name].update_state(tf.reduce_mean(value))
        tracked[name] = self.trackers[name].result()
    return tracked

  # Generation ----------------------------------------------------------------

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
    return self._with_posterior_means(image)[0]

  def encode(self, image: tf.Tensor) -> list[tf.Tensor]:
    """Posterior means of all levels; `decode` of them is `reconstruct`.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].

    Returns:
      z_0, ..., z_K, `[batch, latent_dim_k]`.
    """
    return self._with_posterior_means(image)[1]

  def _with_posterior_means(self, image):
    """Composed images and latents of all levels, finest first."""
    targets = walk.Targets(self.config, image)
    latents = {}

    def latent_at(k, low_pass, prior):
      del prior
      target = targets.band(k, low_pass)
      latents[k] = self.level_models[k].posterior(target, low_pass).mean
      return latents[k]

    composed, _ = walk.generate(
      self.config, self.level_models, latent_at, tf.shape(image)[0]
    )
    levels = range(self.config.num_levels)
    return [composed[k] for k in levels], [latents[k] for k in levels]

  def decode(self, latents: list[tf.Tensor]) -> tf.Tensor:
    """The images of given latents, such as mixtures of what `encode` returns.

    Args:
      latents: z_0, ..., z_K, `[batch, latent_dim_k]`.

    Returns:
      x~_0, `[batch, size, size, 3]`, not clipped.

    Raises:
      ValueError: If there is not one for every level.
    """
    if len(latents) != self.config.num_levels:
      raise ValueError(
        f"The model has {self.config.num_levels} levels, got {len(latents)} "
        "latents."
      )
    composed, _ = walk.generate(
      self.config,
      self.level_models,
      lambda k, low_pass, prior: latents[k],
      tf.shape(latents[0])[0],
    )
    return composed[0]

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
    return self.sample_levels(seed, count, temperature)[0]

  def sample_levels(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Draws as `sample`, but returns the images x~_0, ..., x~_K."""

    def latent_at(k, low_pass, prior):
      del low_pass
      return prior.sample(tf.random.fold_in(seed, k), temperature)

    composed, _ = walk.generate(
      self.config, self.level_models, latent_at, count
    )
    return [composed[k] for k in range(self.config.num_levels)]

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
      ValueError: If `fixed_from`, as a number, is no level.
    """
    levels = self.config.num_levels
    is_number = isinstance(fixed_from, (int, np.integer))
    if is_number and not 0 <= fixed_from <= levels:
      raise ValueError(
        f"fixed_from is a level from 0 (all fixed) to {levels} (none), got "
        f"{fixed_from}."
      )
    targets = walk.Targets(self.config, image)

    def latent_at(k, low_pass, prior):
      target = targets.band(k, low_pass)
      fixed = self.level_models[k].posterior(target, low_pass).mean
      drawn = prior.sample(tf.random.fold_in(seed, k), temperature)
      return tf.where(k >= fixed_from, fixed, drawn)

    composed, _ = walk.generate(
      self.config, self.level_models, latent_at, tf.shape(image)[0]
    )
    return composed[0]

  def outcomes(self, image: tf.Tensor, seed: tf.Tensor) -> list[LevelOutcome]:
    """Every level's outcome with sampled latents, finest first.

    Args:
      image: `[batch, size, size, 3]` in [-1, 1].
      seed: int32 `[2]`, of the posterior samples.
    """
    found = walk.autoencode(self.config, self.level_models, image, seed)
    return [found[k] for k in range(self.config.num_levels)]
