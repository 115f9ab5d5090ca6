"""The levels of a LAPGAN together: the sampling cascade."""

import os
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.standardisation import Standardisation
from pyramid_tf import cascade
from pyramid_tf.bundled_model import BundledModel


@tf.keras.utils.register_keras_serializable("lapgan_tf")
class LAPGAN(BundledModel):
  """The trained levels, walked from the coarsest to the finest (Equation 5).

  There is nothing to train here: the levels learn independently.

  Attributes:
    config: The `LAPGANConfig`.
    level_models: One `LAPGANLevel` per level, finest first.
  """

  config_class = LAPGANConfig

  def __init__(
    self,
    config: LAPGANConfig,
    level_models: list[LAPGANLevel] | None = None,
    seed: int = 0,
    has_discriminator: bool = True,
    **options,
  ):
    """Joins levels.

    Args:
      config: The pyramid.
      level_models: Its levels, finest first; None makes new ones.
      seed: An integer that selects the noise of new levels in training.
      has_discriminator: Whether new levels have a D, which training needs.
      **options: Arguments of `tf.keras.Model`.

    Raises:
      ValueError: If a level is missing, belongs to another pyramid or was
        trained on images standardised otherwise than the finest level's; the
        message names it.
    """
    if level_models is None:
      level_models = [
        LAPGANLevel(config, k, seed, has_discriminator)
        for k in range(config.num_levels)
      ]
    _check_levels(config, level_models)
    super().__init__(config, **options)
    self.config = config
    self.level_models = list(level_models)
    self.built = True

  def get_config(self) -> dict[str, Any]:
    """Returns what makes the same pyramid with new levels, as plain data."""
    level = self.level_models[0].get_config()
    kept = {name: level[name] for name in ("seed", "has_discriminator")}
    return {**super().get_config(), **kept}

  @classmethod
  def for_drawing(cls, config: LAPGANConfig) -> "LAPGAN":
    """Makes a pyramid of generators alone."""
    return cls(config, has_discriminator=False)

  @classmethod
  def from_bundle(cls, folder: str | os.PathLike) -> "LAPGAN":
    """Loads the generators of a bundle; see `BundledModel.from_bundle`."""
    model = super().from_bundle(folder)
    for level in model.level_models:
      level.average.take_served()
      level.standardisation.fit(*model.standardisation.weights)
    return model

  def bundled_weights(self) -> dict[str, list[tf.keras.Variable]]:
    """Returns what `sample` reads: statistics, and the averages that are kept.

    All levels have the same statistics.
    """
    served = {level.name: level.average.served for level in self.level_models}
    return {"standardisation": self.standardisation.weights, **served}

  def get_compile_config(self) -> dict[str, Any]:
    """Returns the optimizers of the levels that are compiled."""
    return {
      level.name: level.get_compile_config()
      for level in self.level_models
      if level.compiled
    }

  def compile_from_config(self, config: dict[str, Any]) -> None:
    """Compiles the levels with what `get_compile_config` returned."""
    for level in self.level_models:
      if level.name in config:
        level.compile_from_config(config[level.name])

  @property
  def standardisation(self) -> Standardisation:
    """The layer that standardises images, that of the finest level."""
    return self.level_models[0].standardisation

  @property
  def num_parameters(self) -> int:
    """The number of weights of all generators and discriminators."""
    return sum(level.num_parameters for level in self.level_models)

  def sample(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    label: tf.Tensor | None = None,
  ) -> tf.Tensor:
    """Draws images.

    Args:
      seed: int32 `[2]`; equal seeds give equal images.
      count: Number of images.
      label: Integers `[count]`, None without classes.

    Returns:
      `[count, size, size, 3]`, nominally in [-1, 1], not clipped.
    """
    return self.sample_chain(seed, count, label)[0]

  def sample_chain(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    label: tf.Tensor | None = None,
  ) -> list[tf.Tensor]:
    """Draws like `sample`; returns x_0, ..., x_K (Figure 4b)."""
    config = self.config
    composed = cascade.walk(
      self._generated(seed, label), config.sizes, count, kernel=config.kernel
    )
    return self._to_images(composed)

  def refine(
    self,
    coarse: tf.Tensor,
    seed: tf.Tensor,
    label: tf.Tensor | None = None,
    level: int | None = None,
    conditioning_noise: float | None = None,
  ) -> list[tf.Tensor]:
    """Draws the finer levels of given coarse images.

    A coarsest image that is repeated shows what the finer levels make of it
    (the supplement's experiment).

    Args:
      coarse: x_level, `[batch, size, size, 3]` of that level, standardised.
      seed: int32 `[2]`; each image has noise of its own.
      label: Integers `[batch]`, None without classes.
      level: The level of `coarse`; None for the coarsest.
      conditioning_noise: See `LAPGANLevel.generate`; 0 suits real images.

    Returns:
      x_0, ..., x_level, nominally in [-1, 1], not clipped.
    """
    config = self.config
    composed = cascade.refine(
      coarse,
      self._generated(seed, label, conditioning_noise),
      config.sizes,
      config.num_levels - 1 if level is None else level,
      config.kernel,
    )
    return self._to_images(composed)

  def draw_coarsest(
    self,
    seed: tf.Tensor,
    count: int | tf.Tensor,
    label: tf.Tensor | None = None,
  ) -> tf.Tensor:
    """Draws the standardised x_K that `sample` starts from, for `refine`."""
    low_pass = cascade.no_low_pass(count, self.config.sizes[-1])
    return self._generated(seed, label)(self.config.num_levels - 1, low_pass)

  def _generated(
    self,
    seed: tf.Tensor,
    label: tf.Tensor | None,
    conditioning_noise: float | None = None,
  ) -> cascade.BandSource:
    def band_at(k, low_pass):
      return self.level_models[k].generate(
        low_pass,
        tf.random.fold_in(seed, k),
        label,
        conditioning_noise=conditioning_noise,
      )

    return band_at

  def _to_images(self, composed: list[tf.Tensor]) -> list[tf.Tensor]:
    return [
      self.standardisation.to_image(x, self.config.kernel) for x in composed
    ]


def _check_levels(
  config: LAPGANConfig, level_models: Sequence[LAPGANLevel | None]
) -> None:
  if len(level_models) != config.num_levels:
    raise ValueError(
      f"The pyramid has {config.num_levels} levels, got {len(level_models)}."
    )
  finest = level_models[0]
  for k, level in enumerate(level_models):
    if level is None:
      raise ValueError(f"level_{k} is missing.")
    if (level.k, level.config) != (k, config):
      raise ValueError(
        f"level_{k} is level {level.k} of another pyramid: {level.config}."
      )
    for ours, theirs in zip(
      level.standardisation.weights, finest.standardisation.weights, strict=True
    ):
      if not bool(tf.reduce_all(tf.abs(ours - theirs) < 1e-5)):
        raise ValueError(
          f"level_{k} was trained on images standardised otherwise than "
          "level_0; train one of the two again on the same images."
        )
