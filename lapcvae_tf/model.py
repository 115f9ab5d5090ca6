"""The levels of a LapCVAE together, and how they are trained."""

from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from lapcvae_tf import games, losses, objectives, running_means, walk
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.generation import Generation
from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.objectives import Objective
from lapcvae_tf.walk import LevelOutcome
from pyramid_tf import images, step_seeds

# Images, or a batch that has them under `image`: uint8, or floats in [-1, 1].
Data = tf.Tensor | Mapping[str, tf.Tensor]


@tf.keras.utils.register_keras_serializable("lapcvae_tf")
class LapCVAE(Generation):
  """A Laplacian pyramid of conditional VAEs (Dorta et al., 2017, Figures 2, 3).

  Each level generates a band that is added to the upsampled image of the
  coarser levels. In training, reconstruction, editing and sampling alike the
  low-pass image is composed from what the coarser levels generated, and the
  statistics that M_k maps to a prior come from encoding the generated band
  again. Unless the objective is end to end, a level treats everything that
  comes from coarser levels as a constant.

  Differences from the paper:
    * Re-encoding uses the running batch statistics.
    * `closed_loop`, `calibrated`, `end_to_end`, `consistency_steps`, priors and
      decoders that read the low-pass image as well, training from true low-pass
      images, and levels that draw pixels are additions, off by default.

  Attributes:
    config: The `LapCVAEConfig`.
    level_models: One `LapCVAELevel` per level, finest first.
    trackers: Running means of losses by name, `level_k/...`.
  """

  config_class = LapCVAEConfig

  def __init__(
    self,
    config: LapCVAEConfig,
    seed: int = 0,
    has_discriminators: bool = True,
    **options,
  ):
    """Builds every level.

    Args:
      config: The pyramid.
      seed: An integer that selects the latent noise of training.
      has_discriminators: Whether levels that are judged have their D_k, which
        training needs.
      **options: Arguments of `tf.keras.Model`.
    """
    super().__init__(config, **options)
    self.config = config
    self.level_models = [
      LapCVAELevel(config, k, has_discriminators)
      for k in range(config.num_levels)
    ]
    self._has_discriminators = has_discriminators
    self._seed = seed
    self.trackers = running_means.trackers(config)
    self.built = True

  def get_config(self) -> dict[str, Any]:
    """Returns the arguments of the constructor as plain data."""
    return {
      **super().get_config(),
      "seed": self._seed,
      "has_discriminators": self._has_discriminators,
    }

  @classmethod
  def for_drawing(cls, config: LapCVAEConfig) -> "LapCVAE":
    """Makes a model without discriminators, whose weights are not filled."""
    return cls(config, has_discriminators=False)

  def bundled_weights(self) -> dict[str, list[tf.keras.Variable]]:
    """Returns all weights but D's by level, running statistics included."""
    return {level.name: level.generative_weights for level in self.level_models}

  def exact_weights(self) -> list[tf.keras.Variable]:
    """Returns the aggregate posterior's: a covariance stays positive."""
    aggregate = self.level_models[-1].aggregate
    return [] if aggregate is None else aggregate.weights

  @property
  def discriminator_parameters(self) -> int:
    """The number of weights of D_k at all levels that are judged."""
    return sum(
      level.discriminator.count_params()
      for level in self.level_models
      if level.discriminator
    )

  def objectives(self) -> list[tuple[Objective, float]]:
    """Returns the schedule's objectives in order, with shares of the steps."""
    return objectives.scheduled(self.config)

  @property
  def metrics(self) -> list[tf.keras.metrics.Metric]:
    """The running means of `trackers`."""
    return list(self.trackers.values())

  def compile(
    self,
    *args,
    generator_optimizer: tf.keras.optimizers.Optimizer | None = None,
    discriminator_optimizer: tf.keras.optimizers.Optimizer | None = None,
    **kwargs,
  ) -> None:
    """Does what Keras' does, and prepares the optimizers for all weights.

    Args:
      *args: What Keras' takes.
      generator_optimizer: Moves what learns from a discriminator. None takes
        Adam at 2e-4 with decays of 0 and 0.99, if there is one.
      discriminator_optimizer: Moves discriminators; the same.
      **kwargs: What Keras' takes.
    """
    super().compile(*args, **kwargs)
    self.optimizer.build(self._variables("likelihood"))
    self.generator_optimizer = self.discriminator_optimizer = None
    if not any(level.discriminator for level in self.level_models):
      return
    for player, optimizer in (
      ("generator", generator_optimizer),
      ("discriminator", discriminator_optimizer),
    ):
      optimizer = games.optimizer(optimizer, self.config.players_wait)
      optimizer.build(self._variables(player))
      setattr(self, f"{player}_optimizer", optimizer)

  @property
  def optimizers(self) -> dict[str, tf.keras.optimizers.Optimizer]:
    """The optimizers that `compile` took, by name; the players' if any."""
    names = ("optimizer", "generator_optimizer", "discriminator_optimizer")
    own = {name: getattr(self, name) for name in names}
    return {name: value for name, value in own.items() if value is not None}

  def _variables(
    self, player: str, levels: Sequence[int] | None = None
  ) -> list[tf.keras.Variable]:
    """Returns `generator`, `discriminator` or `likelihood` variables."""
    chosen = range(self.config.num_levels) if levels is None else levels
    return [
      variable
      for k in chosen
      for variable in getattr(self.level_models[k], f"{player}_variables")
    ]

  def get_compile_config(self) -> dict[str, Any]:
    """Returns what `compile` was given."""
    return self.optimizers if self.compiled else {}

  def train_step(self, data: Data) -> dict[str, tf.Tensor]:
    """Takes one step towards the first objective of the schedule."""
    return self.step_towards(data, self.objectives()[0][0])

  def step_towards(
    self, data: Data, objective: Objective
  ) -> dict[str, tf.Tensor]:
    """Takes one step of training.

    Args:
      data: The images.
      objective: Which levels learn, and what they minimise.

    Returns:
      Running means of the losses by name.
    """
    image = images.of_example(data)
    replicas = self.distribute_strategy.num_replicas_in_sync
    seed = step_seeds.of_step((self._seed, 0), self.optimizer.iterations)
    judged = objective.judged(self.level_models)
    with tf.GradientTape(persistent=bool(judged)) as tape:
      outcomes = self._autoencode(
        image,
        seed,
        objective,
        trained=objective.autoencoders,
        refined=walk.refined_in_training(self.config, seed),
      )
      played = games.play(
        self.level_models, judged, outcomes, self.draw_latent, seed
      )
      per_level = objective.loss_terms(self.level_models, outcomes, played)
      # Gradients are summed over replicas; dividing here makes that a mean.
      loss = tf.add_n(list(per_level.values())) / replicas
      scaled = self.optimizer.scale_loss(loss)
      of_players = {
        player: getattr(self, f"{player}_optimizer").scale_loss(
          of_player / replicas
        )
        for player, of_player in games.losses(played).items()
      }
    moves = [(self.optimizer, scaled, objective.variables(self.level_models))]
    for player, of_player in of_players.items():
      optimizer = getattr(self, f"{player}_optimizer")
      moves.append((optimizer, of_player, self._variables(player, judged)))
    gradients = [tape.gradient(of, variables) for _, of, variables in moves]
    # Every weight is read before any is moved. A level's statistics encode a
    # band again without a gradient, and the graph optimizer drops the order in
    # which such a reading and the weight's update are written here.
    with tf.control_dependencies([of for _, of, _ in moves]):
      gradients = tf.nest.map_structure(tf.identity, gradients)
    for (optimizer, _, variables), of in zip(moves, gradients, strict=True):
      optimizer.apply(of, variables)
    self._track_noise_variances(outcomes, objective)
    coarsest = self.level_models[-1]
    if coarsest.aggregate is not None:
      coarsest.aggregate.track(outcomes[-1].latent)
    return running_means.update(self.trackers, outcomes, per_level, played)

  def _track_noise_variances(
    self, outcomes: Sequence[LevelOutcome | None], objective: Objective
  ) -> None:
    shared = self.config.likelihood == "image_calibrated"
    of_image = tf.add_n(
      [
        losses.mean_squared_error(outcome.target, outcome.mean)
        for outcome in outcomes
        if outcome is not None
      ]
    )
    for k in objective.autoencoders:
      own = losses.mean_squared_error(*objective.compared(k, outcomes[k]))
      self.level_models[k].track_noise_variance(of_image if shared else own)

  def test_step(self, data: Data) -> dict[str, tf.Tensor]:
    """Returns the losses of `train_step` at running batch statistics."""
    objective, _ = self.objectives()[0]
    seed = tf.constant([self._seed, 1])
    outcomes = self._autoencode(images.of_example(data), seed, objective)
    judged = objective.judged(self.level_models)
    played = games.play(
      self.level_models, judged, outcomes, self.draw_latent, seed, False
    )
    per_level = objective.loss_terms(self.level_models, outcomes, played)
    return running_means.update(self.trackers, outcomes, per_level, played)

  def _autoencode(
    self,
    image: tf.Tensor,
    seed: tf.Tensor,
    objective: Objective,
    **options,
  ) -> list[LevelOutcome | None]:
    return walk.autoencode(
      self.config,
      self.level_models,
      image,
      seed,
      finest=min(objective.levels),
      differentiate_between_levels=objective.kind == "end_to_end",
      scores_pixels=True,
      **options,
    )
