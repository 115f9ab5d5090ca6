"""The networks of the paper and of the authors' code, counted."""

from fractions import Fraction

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf import presets, relativistic_presets
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.model import LAPGAN
from lapgan_tf.networks import Discriminator, Generator

PRESETS = [
  presets.cifar10,
  presets.cifar10_gist,
  presets.cifar10_32,
  presets.cc_cifar10,
  presets.cc_cifar10_32,
  presets.gan_cifar10,
  presets.stl10,
  presets.lsun,
]

# Trained weights of (generators, discriminators), finest level first.
COUNTS = {
  presets.cifar10: (
    (837_763, 837_763, 1_792_992),
    (432_257, 420_609, 477_001),
  ),
  presets.cifar10_gist: (
    (837_763, 113_731, 1_792_992),
    (432_257, 107_905, 477_001),
  ),
  presets.cifar10_32: (
    (218_179, 218_179, 1_792_992),
    (116_545, 108_353, 477_001),
  ),
  # 28 pixels of G and D, and 8 of both, are those of the released weights.
  presets.cc_cifar10: (
    (852_659, 846_191, 542_592),
    (444_081, 425_965, 483_001),
  ),
  presets.cc_cifar10_32: (
    (232_579, 224_131, 542_592),
    (129_409, 112_769, 483_001),
  ),
  presets.gan_cifar10: ((89_395_072,), (7_480_001,)),
  presets.stl10: (
    (837_763, 837_763, 837_763, 837_763, 1_294_192),
    (667_265, 519_809, 437_889, 421_505, 1_195_001),
  ),
  presets.lsun: (
    (1_090_995, 1_090_995, 1_090_995, 837_763, 25_048),
    (1_832_225, 873_761, 714_017, 108_353, 15_101),
  ),
}
SIZES = {
  presets.cifar10: (28, 14, 8),
  presets.cifar10_gist: (28, 14, 8),
  presets.cifar10_32: (32, 16, 8),
  presets.cc_cifar10: (28, 14, 8),
  presets.cc_cifar10_32: (32, 16, 8),
  presets.gan_cifar10: (32,),
  presets.stl10: (96, 64, 32, 16, 8),
  presets.lsun: (64, 32, 16, 8, 4),
}


def _networks(config: LAPGANConfig):
  """Generators and discriminators whose weights are never filled."""
  condition = (config.num_classes, config.label_plane)
  with tf.keras.StatelessScope(initialize_variables=False):
    return (
      [
        Generator(level, level is config.levels[-1], *condition)
        for level in config.levels
      ],
      [Discriminator(level, *condition) for level in config.levels],
    )


def _count(network):
  return sum(int(np.prod(w.shape)) for w in network.trainable_variables)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.__name__)
def test_parameters_are_those_of_the_authors(preset):
  """Section 3 and the released code and weights, level by level."""
  config = preset()
  assert config.sizes == SIZES[preset]
  actual = tuple(
    tuple(_count(network) for network in kind) for kind in _networks(config)
  )
  assert actual == COUNTS[preset]


def test_counting_fills_no_weights_and_misses_none():
  """The way the counts above were taken, against built networks."""
  config = presets.cc_cifar10_32(Fraction(1, 8))
  condition = (config.num_classes, config.label_plane)
  for level, counted in zip(config.levels, _networks(config)[0], strict=True):
    built = Generator(level, level is config.levels[-1], *condition)
    assert _count(counted) == sum(np.size(w) for w in built.get_weights())


def test_coarse_networks_are_those_of_the_authors():
  """ReLU and sigmoid in G, dropout in D, small normal weights."""
  coarse = presets.cifar10().levels[-1]
  activations = [layer.activation for layer in coarse.generator]
  assert activations == ["relu", "sigmoid", "linear"]
  assert [layer.filters for layer in coarse.generator] == [1200, 1200, 192]
  assert [layer.dropout for layer in coarse.discriminator] == [0.5, 0.5]
  assert [layer.filters for layer in coarse.discriminator] == [600, 600]
  assert coarse.noise_dim == 100
  assert coarse.generator_deviation == 0.05
  assert coarse.discriminator_deviation == 0.005


def test_class_conditional_coarse_generator_has_two_relu_layers():
  """As its released weights were trained."""
  coarse = presets.cc_cifar10().levels[-1]
  assert [layer.activation for layer in coarse.generator][:2] == ["relu"] * 2
  assert presets.cc_cifar10().num_classes == 10


def test_finer_networks_are_those_of_the_authors():
  """7x7, 7x7, 5x5 in G; 5x5, 5x5 by two in D, dropout after the second."""
  level = presets.cifar10().levels[0]
  assert [layer.kernel_size for layer in level.generator] == [7, 7, 5]
  assert [layer.kernel_size for layer in level.discriminator] == [5, 5]
  assert [layer.stride for layer in level.discriminator] == [1, 2]
  assert [layer.dropout for layer in level.discriminator] == [0.0, 0.5]
  assert not any(layer.dropout for layer in level.generator)
  assert not any(
    layer.batch_norm for layer in level.generator + level.discriminator
  )


def test_lsun_generator_has_five_layers_and_discriminator_three():
  """Section 3.2: batch normalisation in G's hidden layers, none in D."""
  level = presets.lsun().levels[0]
  assert len(level.generator) == 5 and len(level.discriminator) == 3
  assert [layer.batch_norm for layer in level.generator] == [True] * 4 + [False]
  assert not any(layer.batch_norm for layer in level.discriminator)
  dropout = [layer.spatial_dropout for layer in level.generator]
  assert dropout == [0.0, 0.5, 0.0, 0.5, 0.0]
  assert [layer.groups for layer in level.discriminator] == [1, 4, 16]


@pytest.mark.parametrize("size", [28, 14])
def test_discriminator_is_half_or_an_eighth_of_the_generator(size):
  """The rule of thumb of the authors' site."""
  for planes, share in ((128, 1 / 2), (64, 1 / 8)):
    level = presets.convolutional_level(size, 128, planes)
    [generator], [discriminator] = _networks(LAPGANConfig(levels=(level,)))
    ratio = _count(discriminator) / _count(generator)
    np.testing.assert_allclose(ratio, share, rtol=0.1)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.__name__)
@pytest.mark.parametrize("width", [Fraction(1, 2), Fraction(1, 16)])
def test_a_width_makes_every_network_smaller(preset, width):
  """Bands and labels stay what they are."""
  config = preset(width)
  assert config.sizes == SIZES[preset]
  for actual, whole in zip(_networks(config), COUNTS[preset], strict=True):
    for network, count in zip(actual, whole, strict=True):
      assert _count(network) < (float(width) + 0.15) * count


def test_width_is_that_of_hidden_layers():
  """Half of 128 planes, half of 1200 and 600 units."""
  fine, _, coarse = presets.cifar10(Fraction(1, 2)).levels
  assert [layer.filters for layer in fine.generator] == [64, 64, 3]
  assert [layer.filters for layer in fine.discriminator] == [64, 64]
  assert [layer.filters for layer in coarse.generator] == [600, 600, 192]
  assert [layer.filters for layer in coarse.discriminator] == [300, 300]


@pytest.mark.parametrize("preset", PRESETS)
def test_options_reach_the_configuration(preset):
  """Whatever is not about the layers."""
  config = preset(average_decay=0.5, selection="last")
  assert config.average_decay == 0.5 and config.selection == "last"
  # What the authors coded.
  assert config.kernel == "area"
  assert config.standardisation == "per_pixel"
  assert config.label_plane == "input"


def test_lsun_networks_make_bands_and_logits():
  """Grouped convolutions, pooled maps and all, in training too."""
  level = presets.lsun(Fraction(1, 16)).levels[2]
  generator = Generator(level, False, 0, "input")
  discriminator = Discriminator(level, 0, "input")
  noise, low_pass = tf.ones((2, 16, 16, 1)), tf.ones((2, 16, 16, 3))
  seed = tf.constant([1, 2])
  band = generator(noise, low_pass, training=True, seed=seed)
  logit = discriminator(band, low_pass, training=True, seed=seed)
  assert band.shape == (2, 16, 16, 3) and logit.shape == (2,)
  assert np.all(np.isfinite(band)) and np.all(np.isfinite(logit))
  assert np.any(band != generator(noise, low_pass))


@pytest.mark.parametrize(
  ("config", "sizes"),
  [
    (relativistic_presets.faces(128), (128, 64, 32, 16)),
    (relativistic_presets.convolutional_cifar10(), (28, 14)),
    (relativistic_presets.convolutional_cifar10((32, 16)), (32, 16)),
  ],
)
def test_smooth_pyramids_draw_images_of_their_sizes(config, sizes):
  """Penalties are rare and operators smooth."""
  images = LAPGAN(config).sample_chain(tf.constant([1, 2]), 2)
  assert config.sizes == sizes
  assert [tuple(image.shape) for image in images] == [
    (2, size, size, 3) for size in sizes
  ]
  assert config.kernel == "average_interpolation" and config.penalty_every == 4


def test_the_demo_mends_what_it_draws_and_then_adds_detail():
  """Its finest level alone keeps its coarse image, whatever others do."""
  config = relativistic_presets.demo(average_decay=0.5, keep_coarse=False)
  assert config.average_decay == 0.5
  fields = ("discriminator_input", "generated_low_pass", "keep_coarse")
  own = [[config.at_level(k, field) for field in fields] for k in range(2)]
  assert own == [["pair", 0.0, True], ["sum", 0.5, False]]


@pytest.mark.parametrize("size", [64, 32, 96])
def test_a_coarsest_level_of_maps_is_resized_with_its_maps(size):
  """The dense layer makes as many maps, of the new size."""
  config = relativistic_presets.demo().resized(size)
  coarsest = config.levels[-1]
  side = size // 4
  assert config.sizes == (size, size // 2, side)
  assert [layer.filters for layer in coarsest.generator[:2]] == [
    256,
    24 * side**2,
  ]
  generator = Generator(coarsest, True, 0, "input")
  band = generator(
    tf.ones((2, coarsest.noise_dim)), tf.zeros((2, side, side, 3))
  )
  assert band.shape == (2, side, side, 3)
