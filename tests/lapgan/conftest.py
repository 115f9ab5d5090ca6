"""Tiny pyramids, levels and cascades of GANs, and their exports."""

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf import export
from lapgan_tf.configs import LAPGANConfig, LayerConfig, LevelConfig
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.model import LAPGAN


@pytest.fixture(scope="session")
def image():
  """Eight images in [-1, 1], `[8, 16, 16, 3]`."""
  values = np.random.default_rng(1).uniform(-1, 1, (8, 16, 16, 3))
  return tf.constant(values, tf.float32)


@pytest.fixture(scope="session")
def tiny_level():
  """`tiny_level(size, dense, generator, discriminator)`: two layers each.

  The dictionaries are options of the hidden layers.
  """

  def make(size=16, dense=False, generator=None, discriminator=None, **options):
    generator, discriminator = generator or {}, discriminator or {}
    if dense:
      networks = {
        "generator": (
          LayerConfig(**{"filters": 8, **generator}),
          LayerConfig(filters=3 * size**2, activation="linear"),
        ),
        "discriminator": (LayerConfig(**{"filters": 6, **discriminator}),),
      }
    else:
      networks = {
        "generator": (
          LayerConfig(**{"filters": 4, "kernel_size": 3, **generator}),
          LayerConfig(filters=3, kernel_size=3, activation="linear"),
        ),
        "discriminator": (
          LayerConfig(
            **{
              "filters": 5,
              "kernel_size": 3,
              "padding": "valid",
              **discriminator,
            }
          ),
          LayerConfig(filters=4, kernel_size=3, stride=2),
        ),
      }
    return LevelConfig(size=size, noise_dim=5, **networks, **options)

  return make


@pytest.fixture(scope="session")
def tiny_config(tiny_level):
  """`tiny_config(num_levels=2, **options)`: 16 pixels; dense at the end."""

  def make(num_levels=2, generator=None, discriminator=None, **options):
    levels = tuple(
      tiny_level(16 >> k, k == num_levels - 1, generator, discriminator)
      for k in range(num_levels)
    )
    return LAPGANConfig(levels=levels, **options)

  return make


@pytest.fixture(scope="session")
def make_level(tiny_config):
  """`make_level(k=0, num_levels=2, **options)`: equal calls, equal weights.

  Images are standardised by statistics that differ between pixels.
  """

  def make(k=0, num_levels=2, seed=0, **options):
    tf.keras.utils.set_random_seed(k + 1)
    level = LAPGANLevel(tiny_config(num_levels, **options), k, seed)
    generator = np.random.default_rng(3)
    shape = level.standardisation.mean.shape
    level.standardisation.fit(
      generator.uniform(-0.2, 0.2, shape), generator.uniform(0.4, 0.6, shape)
    )
    return level

  return make


@pytest.fixture(scope="session")
def make_model(make_level):
  """`make_model(num_levels=2, **options)`: a cascade of such levels."""

  def make(num_levels=2, **options):
    levels = [make_level(k, num_levels, **options) for k in range(num_levels)]
    return LAPGAN(levels[0].config, levels)

  return make


@pytest.fixture(scope="session")
def compiled():
  """`compiled(level, rate=0.1)`: with plain SGD for both networks."""

  def compile_(level, rate=0.1):
    level.compile(tf.keras.optimizers.SGD(rate), tf.keras.optimizers.SGD(rate))
    return level

  return compile_


@pytest.fixture(scope="session")
def weights_of():
  """`weights_of(layer)`: copies of all weights."""

  def copy(layer):
    return [weight.numpy().copy() for weight in layer.weights]

  return copy


@pytest.fixture(scope="session")
def parts_of():
  """`parts_of(level, data)`: what `train_step` hands to D's and G's step."""

  def record(level, data):
    recorded = {}

    def discriminator_step(self, real, fake, seeds):
      recorded.update(real=real, fake=fake, seeds=seeds)
      return {}

    def generator_step(self, part, seeds):
      assert "real" in recorded, "D moves first"
      recorded["part"] = part
      return {}

    with pytest.MonkeyPatch.context() as patch:
      patch.setattr(LAPGANLevel, "_discriminator_step", discriminator_step)
      patch.setattr(LAPGANLevel, "_generator_step", generator_step)
      level.train_step(data)
    return recorded

  return record


@pytest.fixture(scope="session")
def export_trained(make_model, image, tmp_path_factory):
  """`export_trained(**options)`: a cascade, and the folder of its exports.

  Its trained, averaged and served weights differ.
  """

  def make(**options):
    model = make_model(generator={"batch_norm": True}, **options)
    data = {"image": image, "label": tf.range(8) % 4}
    root = tmp_path_factory.mktemp("exports")
    for k, level in enumerate(model.level_models):
      # So that an optimizer could find its way into the files.
      level.compile(*(tf.keras.optimizers.Adam(0.02) for _ in range(2)))
      level.train_step(data)
      level.average.keep_if_best(1.0)
      level.train_step(data)
      # Bright enough that some pixels leave [-1, 1].
      bias = level.generator_variables[3]
      bias.assign(bias + 0.9)
      export.export_level(level, root / f"level_{k}")
    export.export_cascade(model, root / "cascade")
    return model, root

  return make


@pytest.fixture(scope="session")
def exported(export_trained):
  """An unconditional cascade and its folder."""
  return export_trained()


@pytest.fixture(scope="session")
def exported_labelled(export_trained):
  """A class-conditional cascade and its folder."""
  return export_trained(num_classes=4)
