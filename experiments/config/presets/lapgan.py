"""Presets of LAPGAN and GAN runs.

Three schedules: the paper's SGD, that of the authors' code, and Adam.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from fractions import Fraction

from experiments.config.data_config import DataConfig
from experiments.config.run_config import RunConfig
from experiments.config.training_config import TrainingConfig
from lapgan_tf import presets as lapgan_presets
from lapgan_tf import relativistic_presets
from lapgan_tf.configs import LAPGANConfig

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


_SCHEDULES = {
  "": _sgd_of_the_paper,
  "_eyescream": _sgd_of_the_code,
  "_adam": _adam,
}


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


# At 32 pixels 2,000 steps at this rate drew better detail than 4,000 at 2e-4.
_LARGE_RATE = 8e-4


def _relativistic_training(
  batch_size: int, level_steps: tuple[int, ...], learning_rate: float = 2e-4
) -> TrainingConfig:
  """Adam as Huang et al. (2024) have it, at a rate that falls to zero."""
  return TrainingConfig(
    steps=max(level_steps),
    level_steps=level_steps,
    batch_size=batch_size,
    learning_rate=learning_rate,
    learning_rate_decay="cosine",
    adam_beta_1=0.0,
    adam_beta_2=0.99,
    checkpoint_every=1000,
    validate_every=2500,
    validation_images=2000,
  )


def _relativistic_cifar(
  model: Callable[..., LAPGANConfig],
  level_steps: tuple[int, ...] = (8000, 12_000, 20_000),
  batch_size: int = 128,
  learning_rate: float = 2e-4,
  **options,
) -> RunConfig:
  config = model(**options)
  return RunConfig(
    model=config,
    data=dataclasses.replace(
      _cifar_data(config.sizes[0]), horizontal_flip=True
    ),
    training=_relativistic_training(batch_size, level_steps, learning_rate),
  )


def _relativistic_faces(size: int, level_steps: tuple[int, ...]) -> RunConfig:
  """Faces of CelebA, as many steps as their levels need."""
  return RunConfig(
    model=relativistic_presets.faces(size),
    data=DataConfig(name="celeb_a", size=size),
    training=_relativistic_training(32, level_steps, _LARGE_RATE),
  )


def lapgan_demo() -> RunConfig:
  """A small LAPGAN of drawn faces: no download, minutes on two cores."""
  return RunConfig(
    model=relativistic_presets.demo(),
    data=DataConfig(name="faces", size=64, holdout=500),
    training=dataclasses.replace(
      _relativistic_training(32, (1000, 1500, 3000), _LARGE_RATE),
      validate_every=1000,
      validation_images=500,
    ),
  )


def named(
  widths: Mapping[str, Fraction],
) -> dict[str, Callable[[], RunConfig]]:
  """All of them by name: schedule, then width, at the end of a name."""
  presets: dict[str, Callable[[], RunConfig]] = {"lapgan_demo": lapgan_demo}
  on_cifar = {
    "lapgan_cifar10": lapgan_presets.cifar10,
    "lapgan_cifar10_gist": lapgan_presets.cifar10_gist,
    "lapgan_cifar10_32": lapgan_presets.cifar10_32,
    "cc_lapgan_cifar10": lapgan_presets.cc_cifar10,
    "cc_lapgan_cifar10_32": lapgan_presets.cc_cifar10_32,
    "gan_cifar10": lapgan_presets.gan_cifar10,
  }
  families = {
    **{n: functools.partial(_lapgan_cifar, m) for n, m in on_cifar.items()},
    "lapgan_stl10": _lapgan_stl10,
    "lapgan_lsun": functools.partial(_lapgan_lsun, "bedroom"),
  }
  for name, preset in families.items():
    for schedule_suffix, schedule in _SCHEDULES.items():
      for suffix, width in widths.items():
        presets[name + schedule_suffix + suffix] = functools.partial(
          preset, schedule=schedule, width=width
        )
  dense = functools.partial(_relativistic_cifar, relativistic_presets.cifar10)
  convolutional = functools.partial(
    _relativistic_cifar,
    relativistic_presets.convolutional_cifar10,
    level_steps=(6000, 12_000),
    batch_size=32,
    learning_rate=_LARGE_RATE,
  )
  for suffix, preset, sizes_of_32 in (
    ("relativistic", dense, (32, 16, 8)),
    ("convolutional", convolutional, (32, 16)),
  ):
    for name, options in {
      "lapgan_cifar10": {},
      "lapgan_cifar10_32": {"sizes": sizes_of_32},
      "cc_lapgan_cifar10": {"num_classes": 10},
      "cc_lapgan_cifar10_32": {"sizes": sizes_of_32, "num_classes": 10},
    }.items():
      presets[f"{name}_{suffix}"] = functools.partial(preset, **options)
  presets["gan_cifar10_relativistic"] = functools.partial(
    _relativistic_cifar, relativistic_presets.gan_cifar10, (12_000,)
  )
  presets["lapgan_celeba64"] = functools.partial(
    _relativistic_faces, 64, (4000, 5000, 10_000)
  )
  presets["lapgan_celeba128"] = functools.partial(
    _relativistic_faces, 128, (3000, 4000, 5000, 10_000)
  )
  return presets
