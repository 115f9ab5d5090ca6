"""Images, and models whose weights are past their first values."""

import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf.gaussian import Gaussian


@pytest.fixture(scope="session")
def image():
  """Four images in [-1, 1], `[4, 16, 16, 3]`."""
  return small_models.pictures()


@pytest.fixture(scope="session")
def randomise():
  """`randomise(layer, seed=0)` draws all its weights."""
  return small_models.randomised


@pytest.fixture(scope="session")
def tiny_model():
  """`tiny_model(num_levels=2, **options)`: equal calls give equal weights."""
  return small_models.lapcvae


_VARIANTS = {
  "paper": {},
  "closed_loop": {"target": "closed_loop"},
  "without_m": {"prior": "standard"},
  "equation_10": {"decoder_condition": "low_pass"},
  "keeps_to_its_base": {
    "kernel": "haar",
    "consistency_steps": 1,
    "decoder_condition": "both",
    "prior_condition": "both",
    "target": "closed_loop",
  },
}


@pytest.fixture(scope="session", params=_VARIANTS)
def model(request):
  """Three levels of each variant; generation changes nothing in them."""
  return small_models.lapcvae(3, **_VARIANTS[request.param])


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
