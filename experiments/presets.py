"""Preset name -> configuration of a whole run: model, images, training.

The papers do not give optimiser, learning rate and batch size of LapCVAE; the
presets use Adam at 1e-3, decayed to zero, and batches of 64. LAPGAN's presets
come with the paper's schedule of SGD, that of the authors' code (`_eyescream`)
and Adam (`_adam`).
"""

import dataclasses
import functools
from collections.abc import Callable, Sequence
from fractions import Fraction

from experiments.harness import config_json, errors
from experiments.harness.data_config import DataConfig
from experiments.harness.training_config import TrainingConfig
from lapcvae_tf import presets as lapcvae_presets
from lapcvae_tf.configs import LapCVAEConfig
from lapgan_tf import presets as lapgan_presets
from lapgan_tf.configs import LAPGANConfig

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

  model: LapCVAEConfig | LAPGANConfig
  data: DataConfig
  training: TrainingConfig

  def __post_init__(self):
    if isinstance(self.model, LAPGANConfig):
      self._check_lapgan()
    elif self.training.level_steps:
      raise ValueError(
        "level_steps are of models whose levels train on their own; LapCVAE's "
        "train together. Set training.steps."
      )
    if self.data.size != self.model.sizes[0]:
      raise ValueError(
        f"The model's finest level is {self.model.sizes[0]} pixels, the images "
        f"are {self.data.size}. Set data.size or the level sizes."
      )

  def parts(self, levels: Sequence[int] = ()) -> list[str | None]:
    """Names of the parts that train on their own: levels, or the whole.

    Args:
      levels: Of a LAPGAN, those to train; empty for all.

    Raises:
      UserError: If one is no level, or the levels do not train on their own.
    """
    if not isinstance(self.model, LAPGANConfig):
      if levels:
        raise errors.UserError(
          "--levels chooses among levels that train on their own; those of a "
          "LapCVAE train together. Leave it out."
        )
      return [None]
    count = self.model.num_levels
    for k in levels:
      if not 0 <= k < count:
        raise errors.UserError(
          f"--levels={k}: the levels are 0 (finest) to {count - 1} (coarsest)."
        )
    return [
      f"level_{k}" for k in sorted(set(levels) or range(count), reverse=True)
    ]

  def _check_lapgan(self):
    if self.training.batch_size % 4:
      raise ValueError(
        "A LAPGAN step shares its images out in quarters; got batch_size="
        f"{self.training.batch_size}. Set a multiple of 4."
      )
    steps, levels = self.training.level_steps, self.model.num_levels
    if steps and len(steps) != levels:
      raise ValueError(
        f"level_steps has an entry for each of the {levels} levels, or none; "
        f"got {steps}."
      )
    for k in range(levels):
      # Checks itself: a warm-up, say, may be longer than a level's steps.
      self.training.of_level(k)


def _demo(model: LapCVAEConfig) -> RunConfig:
  return RunConfig(
    model=model,
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


def lapcvae_demo() -> RunConfig:
  """A small LapCVAE of drawn faces: no download, minutes on two cores."""
  return _demo(
    lapcvae_presets.lapcvae(
      32,
      Fraction(1, 4),
      (1.0, 1.0, 1.0),
      target="closed_loop",
      likelihood="calibrated",
    )
  )


def vae_demo() -> RunConfig:
  """The VAE of the demo's parameters and latents, to compare it with."""
  return _demo(lapcvae_presets.vae(32, Fraction(1, 4), likelihood="calibrated"))


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


# 45,000 images, of which a step shows 64 to D as real ones: the authors' epoch,
# by which schedules count whatever else a preset trains on.
_CIFAR_EPOCH = 704
_STL_EPOCH = 1563


def _sgd_of_the_paper(epoch_steps: int, epochs: int) -> TrainingConfig:
  """Section 3: rate 0.02 / (1 + 4e-4) per epoch, momentum 0.5 + 8e-4 to 0.8."""
  return TrainingConfig(
    steps=epoch_steps * epochs,
    batch_size=256,
    optimizer="sgd",
    learning_rate=0.02,
    learning_rate_decay="per_epoch",
    decay_per_epoch=4e-4,
    momentum=0.5,
    momentum_increase=8e-4,
    momentum_limit=0.8,
    epoch_steps=epoch_steps,
    checkpoint_every=1000,
    validate_every=epoch_steps,
  )


def _sgd_of_the_code(epoch_steps: int, epochs: int) -> TrainingConfig:
  """The authors' coarse-to-fine script: the rate all but stays, momentum 0.7.

  Their other scripts start with momentum 0; the class-conditional one decays by
  4e-5 an epoch.
  """
  return dataclasses.replace(
    _sgd_of_the_paper(epoch_steps, epochs),
    decay_per_epoch=4e-6,
    momentum_limit=0.7,
  )


def _adam(epoch_steps: int, epochs: int) -> TrainingConfig:
  """Not in the paper: learns in minutes what SGD takes hours for."""
  return TrainingConfig(
    steps=epoch_steps * epochs,
    batch_size=256,
    learning_rate=2e-4,
    learning_rate_decay="constant",
    adam_beta_1=0.5,
    epoch_steps=epoch_steps,
    checkpoint_every=1000,
    validate_every=epoch_steps,
  )


_SCHEDULES = {"": _sgd_of_the_paper, "_eyescream": _sgd_of_the_code}
_SCHEDULES["_adam"] = _adam


def _cifar_data(size: int) -> DataConfig:
  """45,000 images to train on, the last 5,000 of the 50,000 to validate."""
  return DataConfig(
    name="cifar10",
    size=size,
    corner_crops_of=32 if size < 32 else None,
    holdout=5000,
    horizontal_flip=False,
  )


def _lapgan_cifar(
  model: Callable[..., LAPGANConfig],
  schedule: Callable[[int, int], TrainingConfig],
  width: Fraction,
) -> RunConfig:
  """One of `lapgan_tf.presets`, on CIFAR-10, for 500 epochs."""
  config = model(width)
  training = schedule(_CIFAR_EPOCH, 500)
  if schedule is _sgd_of_the_code and config.num_classes:
    training = dataclasses.replace(training, decay_per_epoch=4e-5)
  return RunConfig(
    model=config, data=_cifar_data(config.sizes[0]), training=training
  )


def _lapgan_stl10(schedule, width: Fraction) -> RunConfig:
  """The 100,000 unlabelled images (Section 3.1)."""
  return RunConfig(
    model=lapgan_presets.stl10(width),
    data=DataConfig(name="stl10", size=96, horizontal_flip=False, holdout=5000),
    training=schedule(_STL_EPOCH, 200),
  )


def _lapgan_lsun(scene: str, schedule, width: Fraction) -> RunConfig:
  """One scene class (Section 3.2); the code's 24 epochs of 5,000 steps.

  Rate 0.01 and momentum from 0 are the code's too; the paper names none.
  """
  training = schedule(5000, 24)
  if training.optimizer == "sgd":
    training = dataclasses.replace(training, learning_rate=0.01, momentum=0.0)
  return RunConfig(
    model=lapgan_presets.lsun(width, standardisation="per_channel"),
    data=DataConfig(name=f"lsun/{scene}", size=64, holdout=5000),
    training=training,
  )


def lapgan_demo() -> RunConfig:
  """A small LAPGAN of drawn faces: no download, minutes on two cores."""
  return RunConfig(
    model=lapgan_presets.demo(average_decay=0.995),
    data=DataConfig(name="faces", size=32, holdout=500),
    training=TrainingConfig(
      steps=1000,
      level_steps=(500, 900, 3000),
      batch_size=128,
      learning_rate=5e-4,
      learning_rate_decay="constant",
      adam_beta_1=0.5,
      validate_every=250,
      checkpoint_every=500,
      validation_images=500,
    ),
  )


def _all_presets() -> dict[str, Callable[[], RunConfig]]:
  presets: dict[str, Callable[[], RunConfig]] = {
    "lapcvae_demo": lapcvae_demo,
    "vae_demo": vae_demo,
    "lapgan_demo": lapgan_demo,
  }
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
  for name, preset in _lapgan_presets():
    for schedule_suffix, schedule in _SCHEDULES.items():
      for suffix, width in _WIDTHS.items():
        presets[name + schedule_suffix + suffix] = functools.partial(
          preset, schedule=schedule, width=width
        )
  return presets


def _lapgan_presets():
  for name, model in (
    ("lapgan_cifar10", lapgan_presets.cifar10),
    ("lapgan_cifar10_gist", lapgan_presets.cifar10_gist),
    ("lapgan_cifar10_32", lapgan_presets.cifar10_32),
    ("cc_lapgan_cifar10", lapgan_presets.cc_cifar10),
    ("cc_lapgan_cifar10_32", lapgan_presets.cc_cifar10_32),
    ("gan_cifar10", lapgan_presets.gan_cifar10),
  ):
    yield name, functools.partial(_lapgan_cifar, model)
  yield "lapgan_stl10", _lapgan_stl10
  yield "lapgan_lsun", functools.partial(_lapgan_lsun, "bedroom")


PRESETS: dict[str, Callable[[], RunConfig]] = _all_presets()


def read_config(stored: dict) -> RunConfig:
  """The configuration of a run from the JSON values of its config.json.

  Raises:
    UserError: If they are no such configuration.
  """
  try:
    return config_json.from_json(RunConfig, stored)
  except (ValueError, TypeError, AttributeError) as error:
    raise errors.UserError(
      f"config.json is of another version of this project, or damaged: {error} "
      "Train again in a new --run_dir."
    ) from error
