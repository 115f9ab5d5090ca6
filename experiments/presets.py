"""Preset name -> configuration of a whole run: model, images, training.

The papers do not give optimiser, learning rate and batch size of LapCVAE; the
presets use Adam at 1e-3, decayed to zero, and batches of 64.
"""

import dataclasses
import functools
from collections.abc import Callable
from fractions import Fraction

from experiments.harness.data_config import DataConfig
from experiments.harness.training_config import TrainingConfig
from lapcvae_tf import presets as lapcvae_presets
from lapcvae_tf.configs import LapCVAEConfig

_WIDTHS = {
  "": Fraction(1),
  "_half": Fraction(1, 2),
  "_quarter": Fraction(1, 4),
  "_eighth": Fraction(1, 8),
}

# 162,770 training images in batches of 64: thirty epochs.
_CELEBA_STEPS = 76_300


@dataclasses.dataclass(frozen=True, kw_only=True)
class RunConfig:
  """Everything a run depends on.

  Attributes:
    model: Of one of the families.
    data: The images.
    training: How to train.
  """

  model: LapCVAEConfig
  data: DataConfig
  training: TrainingConfig

  def __post_init__(self):
    if self.data.size != self.model.sizes[0]:
      raise ValueError(
        f"The model's finest level is {self.model.sizes[0]} pixels, the images "
        f"are {self.data.size}. Set data.size or the level sizes."
      )


def lapcvae_demo() -> RunConfig:
  """A small LapCVAE of drawn faces: no download, minutes on two cores."""
  return RunConfig(
    model=lapcvae_presets.lapcvae(
      32,
      Fraction(1, 4),
      (1.0, 1.0, 1.0),
      target="closed_loop",
      likelihood="calibrated",
    ),
    data=DataConfig(name="faces", size=32),
    training=TrainingConfig(
      steps=2000,
      batch_size=32,
      learning_rate=2e-3,
      validate_every=1000,
      checkpoint_every=1000,
      validation_images=500,
    ),
  )


def _celeba(size: int, model: LapCVAEConfig) -> RunConfig:
  return RunConfig(
    model=model,
    data=DataConfig(name="celeb_a", size=size),
    training=TrainingConfig(
      steps=_CELEBA_STEPS, checkpoint_every=1000, validate_every=2500
    ),
  )


def _lapcvae_celeba(size: int, width: Fraction) -> RunConfig:
  """The paper's model: learned priors, open loop, the paper's lambdas."""
  return _celeba(size, lapcvae_presets.lapcvae(size, width))


def _lapcvae_celeba_no_m(size: int, width: Fraction) -> RunConfig:
  """The paper's Without-M: N(0, I) at every level."""
  model = lapcvae_presets.lapcvae(size, width, prior="standard")
  return _celeba(size, model)


def _lapcvae_celeba_calibrated(size: int, width: Fraction) -> RunConfig:
  """Closed loop and calibrated likelihoods: no lambda to choose."""
  weights = (1.0,) * len(lapcvae_presets.LATENT_DIMS[size])
  model = lapcvae_presets.lapcvae(
    size, width, weights, target="closed_loop", likelihood="calibrated"
  )
  return _celeba(size, model)


def _vae_celeba(size: int, width: Fraction) -> RunConfig:
  """The paper's baseline: one level, of the pyramid's size, beta = 1."""
  return _celeba(size, lapcvae_presets.vae(size, width))


def _all_presets() -> dict[str, Callable[[], RunConfig]]:
  presets = {"lapcvae_demo": lapcvae_demo}
  for name, preset in (
    ("lapcvae_celeba{}", _lapcvae_celeba),
    ("lapcvae_celeba{}_no_m", _lapcvae_celeba_no_m),
    ("lapcvae_celeba{}_calibrated", _lapcvae_celeba_calibrated),
    ("vae_celeba{}", _vae_celeba),
  ):
    for size in (64, 128):
      for suffix, width in _WIDTHS.items():
        presets[name.format(size) + suffix] = functools.partial(
          preset, size, width
        )
  return presets


PRESETS: dict[str, Callable[[], RunConfig]] = _all_presets()


def read_config(stored: dict) -> RunConfig:
  """The configuration of a run from the JSON values of its config.json."""
  model = dict(stored["model"])
  levels = tuple(
    lapcvae_presets.LevelConfig(**_tuples(level)) for level in model["levels"]
  )
  model["levels"] = levels
  return RunConfig(
    model=LapCVAEConfig(**model),
    data=DataConfig(**stored["data"]),
    training=TrainingConfig(**stored["training"]),
  )


def _tuples(values):
  return {
    key: tuple(value) if isinstance(value, list) else value
    for key, value in values.items()
  }
