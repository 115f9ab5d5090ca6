"""Models of both families: 16 pixels, two levels, a few filters."""

import dataclasses

import numpy as np
import tensorflow as tf

from lapcvae_tf import export as lapcvae_export
from lapcvae_tf.adversary_config import AdversaryConfig
from lapcvae_tf.configs import LapCVAEConfig
from lapcvae_tf.level_config import LevelConfig as LapCVAELevelConfig
from lapcvae_tf.model import LapCVAE
from lapcvae_tf.pixel_cnn_config import PixelCNNConfig
from lapcvae_tf.pixel_vae_config import PixelVAEConfig
from lapgan_tf import export as lapgan_export
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.level_config import LayerConfig, LevelConfig
from lapgan_tf.model import LAPGAN


def pictures(count=4):
  """Noise in [-1, 1], `[count, 16, 16, 3]`."""
  values = np.random.default_rng(1).uniform(-1, 1, (count, 16, 16, 3))
  return tf.constant(values, tf.float32)


def randomised(layer, seed=0):
  """`layer`, with all its weights drawn, running statistics included."""
  generator = np.random.default_rng(seed)
  for weight in layer.weights:
    value = generator.normal(0.0, 0.2, weight.shape)
    if weight.name in ("gamma", "moving_variance", "noise_variance"):
      value = generator.uniform(0.5, 1.5, weight.shape)
    weight.assign(value)
  return layer


def lapcvae_config(num_levels=2, **options):
  """Levels differ in latent size and KL weight, so that a mix-up shows."""
  levels = tuple(
    LapCVAELevelConfig(
      size=16 >> k,
      latent_dim=3 + k,
      kl_weight=4.0 + 5.0 * k,
      hidden_units=8,
      encoder_filters=(4,),
      decoder_filters=(5,),
      bottleneck_filters=6,
      strides=(2,),
      kernel_size=3,
    )
    for k in range(num_levels)
  )
  return LapCVAEConfig(levels=levels, prior_hidden_units=16, **options)


def lapcvae(num_levels=2, seed=0, **options):
  """A LapCVAE with drawn weights; equal calls give equal weights."""
  return randomised(LapCVAE(lapcvae_config(num_levels, **options), seed))


# What detail that keeps to its base needs, as editing uses it.
_CONSISTENT = {
  "kernel": "haar",
  "consistency_steps": 1,
  "decoder_condition": "both",
  "prior_condition": "both",
  "target": "closed_loop",
  "low_pass_source": "mixed",
  "likelihood": "image_calibrated",
}


def adversarial_config(
  num_levels, judged, adversary=None, likelihood="adversarial", **options
):
  """The finest `judged` of some levels have an adversary."""
  config = lapcvae_config(num_levels, **{**_CONSISTENT, **options})
  adversary = AdversaryConfig(
    **{"filters": (4, 6), "detail_filters": 5, "detail_blocks": 1}
    | (adversary or {})
  )
  levels = tuple(
    dataclasses.replace(level, likelihood=likelihood, adversary=adversary)
    if k < judged
    else level
    for k, level in enumerate(config.levels)
  )
  return dataclasses.replace(config, levels=levels)


def adversarial(num_levels=2, judged=1, seed=0, **options):
  """A LapCVAE of them with drawn weights; options are of the configuration."""
  config = adversarial_config(num_levels, judged, **options)
  return randomised(LapCVAE(config, seed))


def lapgan_level_config(
  size=16, dense=False, generator=None, discriminator=None, **options
):
  """Two layers in each network; the dictionaries change the hidden ones."""
  generator, discriminator = generator or {}, discriminator or {}
  hidden = {} if dense else {"kernel_size": 3}
  band = {"filters": 3, **hidden}
  if dense:
    band["filters"] = 3 * size**2
    judges = (LayerConfig(**{"filters": 6, **discriminator}),)
  else:
    first = {"filters": 5, "padding": "valid", **hidden, **discriminator}
    judges = (
      LayerConfig(**first),
      LayerConfig(filters=4, stride=2, **hidden),
    )
  first = {"filters": 8 if dense else 4, **hidden, **generator}
  return LevelConfig(
    size=size,
    noise_dim=5,
    generator=(
      LayerConfig(**first),
      LayerConfig(activation="linear", **band),
    ),
    discriminator=judges,
    **options,
  )


def lapgan_config(num_levels=2, generator=None, discriminator=None, **options):
  """Convolutional levels over a dense one."""
  levels = tuple(
    lapgan_level_config(16 >> k, k == num_levels - 1, generator, discriminator)
    for k in range(num_levels)
  )
  return LAPGANConfig(levels=levels, **options)


def lapgan_level(k=0, num_levels=2, seed=0, **options):
  """A level; equal calls give equal weights.

  Images are standardised by statistics that differ between pixels.
  """
  tf.keras.utils.set_random_seed(k + 1)
  level = LAPGANLevel(lapgan_config(num_levels, **options), k, seed)
  generator = np.random.default_rng(3)
  shape = level.standardisation.mean.shape
  level.standardisation.fit(
    generator.uniform(-0.2, 0.2, shape), generator.uniform(0.4, 0.6, shape)
  )
  return level


def lapgan(num_levels=2, **options):
  """A cascade of such levels."""
  levels = [lapgan_level(k, num_levels, **options) for k in range(num_levels)]
  return LAPGAN(levels[0].config, levels)


def exported_lapcvae(root):
  """A compiled LapCVAE whose levels and cascade are exported into `root`."""
  model = lapcvae()
  # Bright enough that some pixels leave [-1, 1].
  model.level_models[0].decoder.expand.layers[-1].bias.assign([0.9] * 3)
  model.compile(optimizer=tf.keras.optimizers.Adam())
  for k in range(2):
    lapcvae_export.export_level(model, k, root / f"level_{k}")
  lapcvae_export.export_cascade(model, root / "cascade")
  return model


def exported_lapgan(root, **options):
  """A LAPGAN whose levels and cascade are exported into `root`.

  Its trained, averaged and served weights differ.
  """
  model = lapgan(generator={"batch_norm": True}, **options)
  data = {"image": pictures(8), "label": tf.range(8) % 4}
  for k, level in enumerate(model.level_models):
    level.compile(*(tf.keras.optimizers.Adam(0.02) for _ in range(2)))
    level.train_step(data)
    level.average.keep_if_best(1.0)
    level.train_step(data)
    # Bright enough that some pixels leave [-1, 1].
    bias = level.generator_variables[3]
    bias.assign(bias + 0.9)
    lapgan_export.export_level(level, root / f"level_{k}")
  lapgan_export.export_cascade(model, root / "cascade")
  return model


def pixel_vae_config(**options):
  """A PixelVAE of 16 pixels, whose z_1 is a map of 4 x 4 x 3."""
  return PixelVAEConfig(
    **{
      "size": 16,
      "filters": (2, 2, 3, 3, 4),
      "blocks": (1, 0, 0, 0, 0),
      "embedding_dim": 2,
      "map_channels": 3,
      "latent_dim": 5,
      "prior_filters": 3,
      "prior_layers": 1,
      "pixel_cnn": PixelCNNConfig(filters=3, layers=1, mixtures=2),
      **options,
    }
  )
