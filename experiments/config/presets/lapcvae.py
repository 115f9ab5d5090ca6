"""Presets of LapCVAE and VAE runs.

The paper does not give optimiser, learning rate and batch size; these are Adam
at 1e-3, decayed to zero, and batches of 64.
"""

import dataclasses
import functools
from collections.abc import Callable, Mapping
from fractions import Fraction

from experiments.config.data_config import DataConfig
from experiments.config.run_config import RunConfig
from experiments.config.training_config import TrainingConfig
from lapcvae_tf import consistent_presets
from lapcvae_tf import presets as lapcvae_presets
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.pixel_vae_config import PixelVAEConfig

# 162,770 training images in batches of 64: thirty epochs.
_ON_CELEBA = TrainingConfig(
  steps=76_300, checkpoint_every=1000, validate_every=2500
)


def _of_drawn_faces(
  model: LapCVAEConfig | PixelVAEConfig, **training
) -> RunConfig:
  options = {
    "steps": 2000,
    "batch_size": 32,
    "learning_rate": 2e-3,
    "validate_every": 1000,
    "checkpoint_every": 1000,
    "validation_images": 500,
  }
  return RunConfig(
    model=model,
    data=DataConfig(name="faces", size=model.sizes[0]),
    training=TrainingConfig(**{**options, **training}),
  )


def lapcvae_demo() -> RunConfig:
  """A small LapCVAE of drawn faces: no download, minutes on two cores.

  Its detail keeps to the image that it refines, as editing needs.
  """
  return _of_drawn_faces(consistent_presets.consistent(64, Fraction(1, 8)))


def vae_demo() -> RunConfig:
  """The VAE of the demo's parameters and latents, to compare it with."""
  return _of_drawn_faces(
    lapcvae_presets.vae(
      64, Fraction(1, 8), hidden_units=871, likelihood="calibrated"
    )
  )


def vaegan_demo() -> RunConfig:
  """VAE/GAN at 32 pixels and a quarter of the width."""
  # Its authors' weight of features, 1e-6, goes with their 62,500 steps. After
  # 1,500 steps on CelebA at 32 pixels a weight of 1e-3 had an RMSE of 43.8, and
  # one of 1e-2 had 40.0.
  quarter = Fraction(1, 4)
  return _of_drawn_faces(
    lapcvae_presets.vae_gan(64, quarter, feature_weight=0.03).resized(32),
    batch_size=64,
    optimizer="rmsprop",
    learning_rate=1e-3,
    adversary_optimizer="rmsprop",
    adversary_learning_rate=1e-3,
  )


def pixelvae_one_level_demo() -> RunConfig:
  """A VAE at 32 pixels with a PixelCNN after it, for bits per dimension."""
  model = lapcvae_presets.vae(32, Fraction(1, 4))
  return _of_drawn_faces(lapcvae_presets.with_pixel_cnn(model, (0,)))


def pixelvae_two_level_demo() -> RunConfig:
  """A two-level PixelVAE at 32 pixels and an eighth of the width."""
  model = lapcvae_presets.pixel_vae(
    32,
    Fraction(1, 8),
    # The authors' shares of the training would be 20, 100 and 10 steps.
    map_warm_up_steps=200,
    vector_warm_up_steps=500,
    floor_steps=100,
  )
  return _of_drawn_faces(model)


def lapcvae_demo_adversarial() -> RunConfig:
  """The demo with detail at 64 pixels that a discriminator takes for real."""
  demo = lapcvae_demo()
  model = lapcvae_presets.adversarial(demo.model, 1, Fraction(1, 8))
  # So few steps need a large rate: at 32 pixels, 510 steps of 8e-4 brought the
  # SWD of reconstructions from 75 to 38, and 460 of 2e-4 to 63.
  training = dataclasses.replace(demo.training, adversary_learning_rate=8e-4)
  return dataclasses.replace(demo, model=model, training=training)


def _celeba(
  size: int,
  model: LapCVAEConfig | PixelVAEConfig,
  training: TrainingConfig = _ON_CELEBA,
) -> RunConfig:
  data = DataConfig(name="celeb_a", size=size)
  return RunConfig(model=model, data=data, training=training)


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


def _lapcvae_celeba_consistent(size: int, width: Fraction) -> RunConfig:
  """Detail that keeps to a given coarse image, as editing needs it."""
  return _celeba(size, consistent_presets.consistent(size, width))


def _lapcvae_celeba_best(size: int, width: Fraction) -> RunConfig:
  """Consistent, with the allotment that reconstructs best at equal nats."""
  training = dataclasses.replace(_ON_CELEBA, learning_rate=2e-3)
  return _celeba(size, consistent_presets.best(size, width), training)


def _lapcvae_celeba_adversarial(size: int, width: Fraction) -> RunConfig:
  """Consistent, with a discriminator at 64 pixels and, if there are, at 128."""
  model = consistent_presets.consistent(size, width)
  num_levels = {64: 1, 128: 2}[size]
  return _celeba(size, lapcvae_presets.adversarial(model, num_levels, width))


def _lapcvae_celeba_features(size: int, width: Fraction) -> RunConfig:
  """Consistent, with errors of discriminator features at the finest level."""
  model = consistent_presets.consistent(size, width)
  return _celeba(size, lapcvae_presets.with_features(model, 1, width))


def _vaegan_celeba(size: int, width: Fraction) -> RunConfig:
  """VAE/GAN as its authors trained it: RMSProp, 250 epochs of 250 steps."""
  training = dataclasses.replace(
    _ON_CELEBA,
    steps=62_500,
    optimizer="rmsprop",
    learning_rate=0.025 / 64,
    adversary_optimizer="rmsprop",
    adversary_learning_rate=0.025 / 64,
    learning_rate_decay="power",
    epoch_steps=250,
  )
  return _celeba(size, lapcvae_presets.vae_gan(size, width), training)


def _vae_celeba(size: int, width: Fraction) -> RunConfig:
  """The paper's baseline: one level, of the pyramid's size, beta = 1."""
  return _celeba(size, lapcvae_presets.vae(size, width))


def _pixelvae_one_level(size: int, width: Fraction) -> RunConfig:
  """The paper's VAE with a PixelCNN after it."""
  model = lapcvae_presets.vae(size, width)
  return _celeba(size, lapcvae_presets.with_pixel_cnn(model, (0,)))


def _pixelvae_two_level(size: int, width: Fraction) -> RunConfig:
  """PixelVAE as its authors trained it: a tenth of the rate from 180k on."""
  training = dataclasses.replace(
    _ON_CELEBA,
    steps=200_000,
    learning_rate_decay="per_epoch",
    epoch_steps=180_000,
    decay_per_epoch=9.0,
  )
  return _celeba(size, lapcvae_presets.pixel_vae(size, width), training)


def _lapcvae_pixelcnn(
  levels: tuple[int, ...] | None, size: int, width: Fraction
) -> RunConfig:
  """A PixelCNN after some of the VAEs, or all, as Section 6 proposes."""
  run = _lapcvae_celeba_calibrated(size, width)
  if levels is None:
    levels = tuple(range(run.model.num_levels))
  model = lapcvae_presets.with_pixel_cnn(run.model, levels)
  return dataclasses.replace(run, model=model)


def named(
  widths: Mapping[str, Fraction],
) -> dict[str, Callable[[], RunConfig]]:
  """All of them by name; a width's suffix ends the names that have one."""
  presets: dict[str, Callable[[], RunConfig]] = {
    "lapcvae_demo": lapcvae_demo,
    "vae_demo": vae_demo,
    "lapcvae_demo_adversarial": lapcvae_demo_adversarial,
    "vaegan_demo": vaegan_demo,
    "pixelvae_one_level_demo": pixelvae_one_level_demo,
    "pixelvae_two_level_demo": pixelvae_two_level_demo,
  }
  for name, preset, *sizes in (
    ("lapcvae_celeba{}", _lapcvae_celeba),
    ("lapcvae_celeba{}_no_m", _lapcvae_celeba_no_m),
    ("lapcvae_celeba{}_calibrated", _lapcvae_celeba_calibrated),
    ("lapcvae_celeba{}_consistent", _lapcvae_celeba_consistent),
    ("lapcvae_celeba{}_best", _lapcvae_celeba_best),
    ("lapcvae_celeba{}_adversarial", _lapcvae_celeba_adversarial),
    ("lapcvae_celeba{}_features", _lapcvae_celeba_features, 64),
    ("vaegan_celeba{}", _vaegan_celeba, 64),
    ("vae_celeba{}", _vae_celeba),
    ("pixelvae_one_level_celeba{}", _pixelvae_one_level),
    ("pixelvae_two_level_celeba{}", _pixelvae_two_level, 64),
    (
      "lapcvae_celeba{}_pixelcnn_coarsest",
      functools.partial(_lapcvae_pixelcnn, (-1,)),
    ),
    (
      "lapcvae_celeba{}_pixelcnn_finest",
      functools.partial(_lapcvae_pixelcnn, (0,)),
    ),
    ("lapcvae_celeba{}_pixelcnn", functools.partial(_lapcvae_pixelcnn, None)),
  ):
    for size in sizes or (64, 128):
      for suffix, width in widths.items():
        presets[name.format(size) + suffix] = functools.partial(
          preset, size, width
        )
  return presets
