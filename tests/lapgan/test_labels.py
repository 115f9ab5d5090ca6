"""How a class label conditions the networks (Section 3.1)."""

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf.blocks import LabelPlane
from lapgan_tf.networks import Discriminator, Generator

CLASSES = 4


def _random(*shape, seed=0):
  return tf.random.stateless_normal(shape, [seed, 1])


def _one_hot(*labels):
  return tf.one_hot(labels, CLASSES)


@pytest.fixture(
  params=[
    ("generator", "input"),
    ("generator", "first_maps"),
    ("discriminator", "input"),
    ("discriminator", "first_maps"),
    ("generator", "dense"),
    ("discriminator", "dense"),
  ],
  ids="-".join,
)
def network(request, tiny_level):
  """`network(one_hot)` on three fixed examples, and the network itself."""
  name, kind = request.param
  config = tiny_level(8, kind == "dense")
  tf.keras.utils.set_random_seed(0)
  plane = "input" if kind == "dense" else kind
  first = _random(3, 8, 8, 3, seed=1)
  if name == "discriminator":
    made = Discriminator(config, CLASSES, plane)
  else:
    made = Generator(config, kind == "dense", CLASSES, plane)
    first = _random(3, 5) if kind == "dense" else first[..., :1]
  return made, lambda label: made(first, _random(3, 8, 8, 3), label).numpy()


def _label_weights(network):
  """Per class: the weights that its one-hot entry meets, as a variable."""
  [plane] = [
    layer
    for layer in network._flatten_layers()
    if isinstance(layer, LabelPlane)
  ] or [None]
  if plane is not None:
    return plane.weights[0], slice(0, CLASSES)
  return network.stack.blocks[0].weights[0], slice(-CLASSES, None)


def test_every_label_gives_its_own_result(network):
  """One-hot labels are not ignored."""
  _, call = network
  actual = [call(_one_hot(label, label, label)) for label in range(CLASSES)]
  for i in range(CLASSES):
    for j in range(i):
      assert np.max(np.abs(actual[i] - actual[j])) > 1e-4


def test_a_label_changes_its_own_example_alone(network):
  """The other examples of the batch stay what they were."""
  _, call = network
  actual, changed = call(_one_hot(0, 1, 2)), call(_one_hot(0, 3, 2))
  np.testing.assert_array_equal(actual[[0, 2]], changed[[0, 2]])
  assert np.max(np.abs(actual[1] - changed[1])) > 1e-4


def test_a_label_acts_through_its_own_weights_alone(network):
  """Classes with equal weights are one class; others are not."""
  made, call = network
  weights, rows = _label_weights(made)
  value = weights.numpy()
  value[rows][2] = value[rows][1]
  weights.assign(value)
  one, two, three = (call(_one_hot(*[label] * 3)) for label in (1, 2, 3))
  np.testing.assert_allclose(one, two, atol=1e-6)
  assert np.max(np.abs(one - three)) > 1e-4


def test_plane_is_a_rectified_linear_layer_of_the_label():
  """Section 3.1: a linear layer, reshaped into a single plane."""
  plane = LabelPlane(CLASSES, 6)
  kernel, bias = (weight.numpy() for weight in plane.weights)
  assert kernel.shape == (CLASSES, 36)
  actual = plane(_one_hot(2, 0))
  expected = np.maximum(kernel[[2, 0]] + bias, 0.0).reshape((2, 6, 6, 1))
  np.testing.assert_allclose(actual, expected, atol=1e-6)


def test_plane_joins_the_input(tiny_level):
  """As the authors coded: a fifth plane of G's input, a fourth of D's."""
  generator = Generator(tiny_level(), False, CLASSES, "input")
  discriminator = Discriminator(tiny_level(), CLASSES, "input")
  for network, channels in ((generator, (5, 4)), (discriminator, (4, 5))):
    actual = [b.weights[0].shape[2] for b in network.stack.blocks[:2]]
    assert tuple(actual) == channels
    assert _label_weights(network)[0].shape == (CLASSES, 16**2)


def test_plane_joins_the_first_maps(tiny_level):
  """As the paper says, of the size that the first convolution leaves."""
  generator = Generator(tiny_level(), False, CLASSES, "first_maps")
  discriminator = Discriminator(tiny_level(), CLASSES, "first_maps")
  for network, channels, side in (
    (generator, (4, 5), 16),
    (discriminator, (3, 6), 14),
  ):
    actual = [b.weights[0].shape[2] for b in network.stack.blocks[:2]]
    assert tuple(actual) == channels
    assert _label_weights(network)[0].shape == (CLASSES, side**2)


@pytest.mark.parametrize("label_plane", ["input", "first_maps"])
def test_dense_networks_take_the_label_beside_their_input(
  tiny_level, label_plane
):
  """Concatenated as it is, wherever planes would go."""
  config = tiny_level(8, dense=True)
  generator = Generator(config, True, CLASSES, label_plane)
  discriminator = Discriminator(config, CLASSES, label_plane)
  for network, inputs in ((generator, 5), (discriminator, 192)):
    assert network.stack.blocks[0].weights[0].shape[0] == inputs + CLASSES
    assert network.stack.blocks[1].weights[0].shape[0] in (6, 8)


@pytest.mark.parametrize("k", [0, 1])
def test_level_takes_integer_labels(make_level, k):
  """And says which level misses them, and how many classes there are."""
  level = make_level(k, num_classes=CLASSES)
  low_pass, seed = _random(2, 16 >> k, 16 >> k, 3), tf.constant([1, 2])
  actual = [level.generate(low_pass, seed, [label] * 2) for label in (0, 3)]
  assert np.max(np.abs(actual[0] - actual[1])) > 1e-4
  message = f"level_{k} is conditioned on 4 classes; give it labels"
  with pytest.raises(ValueError, match=message):
    level.generate(low_pass, seed)
  with pytest.raises(ValueError, match=message):
    level.discriminate(low_pass, low_pass)


def test_training_misses_labels_too(make_level, compiled, image):
  """Whether images come alone or by name."""
  level = compiled(make_level(num_classes=CLASSES))
  for data in (image, {"image": image}):
    with pytest.raises(ValueError, match="level_0 is conditioned on 4 classes"):
      level.train_step(data)


def test_level_without_classes_ignores_labels(make_level):
  """Data sets carry labels that an unconditional model has no use for."""
  level = make_level()
  assert level.one_hot(tf.constant([1, 2])) is None
