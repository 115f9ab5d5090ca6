"""Images, and models whose weights are past their first values."""

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.model import LapCVAE


@pytest.fixture(scope="session")
def image():
  """Four images in [-1, 1], `[4, 16, 16, 3]`."""
  values = np.random.default_rng(1).uniform(-1, 1, (4, 16, 16, 3))
  return tf.constant(values, tf.float32)


@pytest.fixture(scope="session")
def randomise():
  """`randomise(layer)` draws all its weights, running statistics included."""

  def draw(layer, seed=0):
    generator = np.random.default_rng(seed)
    for weight in layer.weights:
      value = generator.normal(0.0, 0.2, weight.shape)
      if weight.name in ("gamma", "moving_variance", "noise_variance"):
        value = generator.uniform(0.5, 1.5, weight.shape)
      weight.assign(value)
    return layer

  return draw


@pytest.fixture(scope="session")
def tiny_model(tiny_config, randomise):
  """`tiny_model(num_levels=2, **options)`: equal calls give equal weights."""

  def make(num_levels=2, seed=0, **options):
    return randomise(LapCVAE(tiny_config(num_levels, **options), seed))

  return make


@pytest.fixture(scope="session")
def train():
  """`train(model, image, objective)`: eager steps of SGD; the last one's logs.

  Without an objective it is the first of the model's schedule.
  """

  def run(model, image, objective=None, steps=1, optimizer=None):
    optimizer = optimizer or tf.keras.optimizers.SGD(1e-3)
    model.compile(optimizer=optimizer, run_eagerly=True)
    objective = objective or model.objectives()[0][0]
    for _ in range(steps):
      model.reset_metrics()
      logs = model.step_towards({"image": image}, objective)
    return {name: float(value) for name, value in logs.items()}

  return run


@pytest.fixture
def noiseless(monkeypatch):
  """Every latent is the mean of its distribution."""
  monkeypatch.setattr(
    Gaussian, "sample", lambda self, seed, temperature=1.0: self.mean
  )


@pytest.fixture
def weights_of():
  """`weights_of(layer)`: copies of all weights by path."""

  def copy(layer):
    return [weight.numpy().copy() for weight in layer.weights]

  return copy
