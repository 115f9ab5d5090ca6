"""Tiny pyramids, levels and cascades of GANs, and their exports."""

import pytest
import tensorflow as tf
from support import small_models

from lapgan_tf import steps


@pytest.fixture(scope="session")
def image():
  """Eight images in [-1, 1], `[8, 16, 16, 3]`."""
  return small_models.pictures(8)


@pytest.fixture(scope="session")
def tiny_level():
  """`tiny_level(size, dense, generator, discriminator)`: a configuration."""
  return small_models.lapgan_level_config


@pytest.fixture(scope="session")
def tiny_config():
  """`tiny_config(num_levels=2, **options)`: 16 pixels; dense at the end."""
  return small_models.lapgan_config


@pytest.fixture(scope="session")
def make_level():
  """`make_level(k=0, num_levels=2, **options)`: equal calls, equal weights."""
  return small_models.lapgan_level


@pytest.fixture(scope="session")
def make_model():
  """`make_model(num_levels=2, **options)`: a cascade of such levels."""
  return small_models.lapgan


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

    def discriminator_step(level, real, fake, seeds):
      recorded.update(real=real, fake=fake, seeds=seeds)
      return {}

    def generator_step(level, part, seeds):
      assert "real" in recorded, "D moves first"
      recorded["part"] = part
      return {}

    with pytest.MonkeyPatch.context() as patch:
      patch.setattr(steps, "discriminator_step", discriminator_step)
      patch.setattr(steps, "generator_step", generator_step)
      level.train_step(data)
    return recorded

  return record


@pytest.fixture(scope="session")
def exported(exports):
  """An unconditional cascade and its folder."""
  return exports("lapgan")


@pytest.fixture(scope="session")
def exported_labelled(exports):
  """A class-conditional cascade and its folder."""
  return exports("labelled")
