"""A step's graph adds no three gradients of one tensor.

TensorFlow adds the gradients of a tensor that is used several times in an order
that differs from trace to trace. Two give the same sum in either order; three
do not in the last bits, and then a resumed run is no longer the whole run.
"""

import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf import presets
from lapcvae_tf.model import LapCVAE
from lapcvae_tf.pixel_vae import PixelVAE

# Gradients of slices lie beside each other, so that their sums are exact.
_OF_SLICES = ("StridedSliceGrad", "Pad", "PadV2")


def _sums(step):
  """What is added where three or more gradients may overlap."""
  graph = step.get_concrete_function().graph
  return [
    [t.op.name for t in op.inputs]
    for op in graph.get_operations()
    if op.type == "AddN"
    and len([t for t in op.inputs if t.op.type not in _OF_SLICES]) > 2
    and "gradient_tape" in op.inputs[0].op.name
  ]


def _towards(model):
  model.compile(optimizer=tf.keras.optimizers.Adam(1e-3))
  image = small_models.pictures(4)
  return [
    tf.function(
      lambda objective=objective: model.step_towards(image, objective)
    )
    for objective, _ in model.objectives()
  ]


_LAPCVAES = {
  "plain": lambda: small_models.lapcvae_config(3),
  "end_to_end": lambda: small_models.lapcvae_config(
    4, target="closed_loop", fine_tune_fraction=0.5
  ),
  "adversarial": lambda: small_models.adversarial_config(2, 2),
  "features": lambda: small_models.adversarial_config(
    2, 1, likelihood="discriminator_features"
  ),
  "pixels": lambda: presets.with_pixel_cnn(
    small_models.lapcvae_config(2), (0, 1), filters=4, layers=2, mixtures=2
  ),
}


def _model(kind):
  if kind == "two-level PixelVAE":
    return PixelVAE(small_models.pixel_vae_config())
  return LapCVAE(_LAPCVAES[kind]())


@pytest.mark.parametrize("kind", [*_LAPCVAES, "two-level PixelVAE"])
def test_no_three_gradients_are_added_in_a_lapcvae(kind):
  """This holds for every likelihood, output and stage of training."""
  for step in _towards(_model(kind)):
    assert not _sums(step)


_LEAKY = {"activation": "leaky_relu"}
_LAPGANS = {
  "paper": {},
  "labelled": {"num_classes": 4},
  "relativistic": {
    "loss": "relativistic",
    "real_penalty": 0.5,
    "generated_penalty": 0.5,
    "generator": _LEAKY,
    "discriminator": _LEAKY,
    "discriminator_input": "pair",
    "conditioning_noise": 0.3,
    "num_classes": 4,
    "discriminator_label": "projection",
  },
}


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("kind", _LAPGANS)
def test_no_three_gradients_are_added_in_a_lapgan(kind, k):
  """This holds for both losses, with penalties, labels and noise."""
  level = small_models.lapgan_level(k, **_LAPGANS[kind])
  level.compile(tf.keras.optimizers.SGD(0.1), tf.keras.optimizers.SGD(0.1))
  data = {"image": small_models.pictures(8), "label": tf.range(8) % 4}
  assert not _sums(tf.function(lambda: level.train_step(data)))
