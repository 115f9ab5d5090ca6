"""Configurations of pyramids of GANs refuse what cannot be."""

import dataclasses
import re

import pytest

from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.level_config import LayerConfig, LevelConfig

CONVOLUTION = LayerConfig(filters=3, kernel_size=3)
DENSE = LayerConfig(filters=4)


@pytest.mark.parametrize(
  "wrong, message",
  [
    ({"filters": 0}, "at least 1, got LayerConfig(filters=0"),
    ({"kernel_size": 0}, "at least 1"),
    ({"kernel_size": -1}, "at least 1"),
    ({"stride": 0}, "at least 1"),
    ({"groups": 0}, "at least 1"),
    ({"l2_pool": 0}, "at least 1"),
    (
      {"activation": "tanh"},
      "activation is one of relu, leaky_relu, sigmoid, linear; got 'tanh'",
    ),
    ({"padding": "full"}, "padding is one of same, valid; got 'full'"),
    ({"groups": 4}, "6 filters cannot be shared out over groups=4"),
    ({"l2_pool": 4}, "l2_pool=4; use a multiple of both"),
    ({"dropout": 1.0}, "dropout is a share in [0, 1), got 1.0"),
    ({"dropout": -0.1}, "dropout is a share in [0, 1), got -0.1"),
    ({"dropout": float("nan")}, "dropout is a share in [0, 1), got nan"),
    ({"spatial_dropout": 1.5}, "spatial_dropout is a share in [0, 1), got 1.5"),
    (
      {"residual": True, "zero_start": True},
      "with zero_start=True the first does too, and neither would learn",
    ),
  ],
)
def test_layer_refuses_what_cannot_be(wrong, message):
  """The message names the value and the rule."""
  with pytest.raises(ValueError, match=re.escape(message)):
    LayerConfig(**{"filters": 6, "kernel_size": 3, **wrong})


@pytest.mark.parametrize(
  "wrong, message",
  [
    ({"size": 0}, "at least 1, got 0 and 100"),
    ({"noise_dim": 0}, "at least 1, got 8 and 0"),
    ({"generator": ()}, "generator and a discriminator of at least one layer"),
    ({"discriminator": ()}, "of at least one layer"),
    (
      {"generator": (LayerConfig(filters=4, kernel_size=3),)},
      "8 pixels ends in 4 filters; its band has 3",
    ),
    (
      {"generator": (LayerConfig(filters=3, kernel_size=3, l2_pool=3),)},
      "8 pixels ends in 1 filters; its band has 3",
    ),
    ({"generator": (DENSE,)}, "8 pixels ends in 4 units; its band has 192"),
    (
      {"discriminator": (DENSE, CONVOLUTION)},
      "convolution follows a dense layer in the discriminator",
    ),
    (
      {"generator": (DENSE, CONVOLUTION)},
      "convolution follows a dense layer in the generator",
    ),
    (
      {"generator": (LayerConfig(filters=3, kernel_size=3, stride=2),)},
      "generator's convolutions keep the size",
    ),
    (
      {"generator": (LayerConfig(filters=3, kernel_size=3, padding="valid"),)},
      "generator's convolutions keep the size",
    ),
    (
      {
        "discriminator": (
          LayerConfig(filters=3, kernel_size=5, padding="valid"),
          LayerConfig(filters=3, kernel_size=5, padding="valid"),
        )
      },
      "discriminator's convolutions leave no pixel",
    ),
  ],
)
def test_level_refuses_networks_that_make_no_band(wrong, message):
  """Neither the wrong shape nor none at all."""
  right = {
    "size": 8,
    "generator": (CONVOLUTION,),
    "discriminator": (CONVOLUTION,),
  }
  with pytest.raises(ValueError, match=re.escape(message)):
    LevelConfig(**right | wrong)


def level_with_groups(*groups):
  """A level whose convolutions have 8 maps, shared out over groups."""
  layers = [
    LayerConfig(filters=8, kernel_size=3, groups=count) for count in groups
  ]
  return LevelConfig(
    size=8, generator=(*layers, CONVOLUTION), discriminator=tuple(layers)
  )


def test_groups_divide_the_maps_before_them():
  """The first layer sees planes, whose number depends on the pyramid."""
  with pytest.raises(ValueError, match="of 8 filters has groups=8, which have"):
    level_with_groups(8)
  with pytest.raises(ValueError, match="groups=3, .* to divide the 8 maps"):
    layers = (
      LayerConfig(filters=8, kernel_size=3),
      LayerConfig(filters=6, kernel_size=3, groups=3),
    )
    LevelConfig(size=8, generator=(CONVOLUTION,), discriminator=layers)
  level = level_with_groups(1, 4)
  LAPGANConfig(levels=(level,), num_classes=3)
  with pytest.raises(ValueError, match="adds a map .* 8 pixels .*groups=4"):
    LAPGANConfig(levels=(level,), num_classes=3, label_plane="first_maps")


def test_noise_of_low_pass_images_is_a_plane(tiny_level):
  """Only the coarsest level may start with a dense layer then."""
  fine = LevelConfig(
    size=16,
    generator=(LayerConfig(filters=768, activation="linear"),),
    discriminator=(DENSE,),
  )
  with pytest.raises(ValueError, match="16 pixels starts with a dense layer"):
    LAPGANConfig(levels=(fine, tiny_level(8)), conditioning_noise=0.1)
  LAPGANConfig(levels=(tiny_level(16), tiny_level(8)), conditioning_noise=0.1)


@pytest.mark.parametrize("size, fits", [(9, True), (8, False)])
def test_unpadded_convolutions_need_the_pixels_they_take(size, fits):
  """5x5 twice, the second with stride 2, take nine pixels at least."""

  def make():
    return LevelConfig(
      size=size,
      generator=(CONVOLUTION,),
      discriminator=(
        LayerConfig(filters=3, kernel_size=5, padding="valid"),
        LayerConfig(filters=3, kernel_size=5, stride=2, padding="valid"),
      ),
    )

  if fits:
    assert make().size == size
  else:
    with pytest.raises(ValueError, match="leave no pixel"):
      make()


@pytest.mark.parametrize(
  "wrong, message",
  [
    ({"kernel": "gauss"}, "Unknown pyramid kernel 'gauss'"),
    (
      {"label_plane": "last"},
      "label_plane is one of input, first_maps; got 'last'",
    ),
    (
      {"standardisation": "z"},
      "standardisation is one of per_pixel, per_channel, none; got 'z'",
    ),
    (
      {"selection": "best"},
      "selection is one of swd, l2_heuristic, classifier, last; got 'best'",
    ),
    ({"num_classes": 1}, "num_classes is 0 or at least 2, got 1"),
    ({"num_classes": -2}, "num_classes is 0 or at least 2, got -2"),
    ({"average_decay": 1.0}, "average_decay lies in [0, 1), got 1.0"),
    ({"average_decay": -0.5}, "average_decay lies in [0, 1), got -0.5"),
  ],
)
def test_pyramid_refuses_what_cannot_be(tiny_config, wrong, message):
  """A choice by name lists the names."""
  with pytest.raises(ValueError, match=re.escape(message)):
    tiny_config(**wrong)


@pytest.mark.parametrize(
  "sizes, message",
  [
    ((), "at least one level, got none"),
    ((8, 16), "finest first and shrink, got sizes (8, 16)"),
    ((16, 16), "finest first and shrink, got sizes (16, 16)"),
    ((16, 4, 8), "finest first and shrink, got sizes (16, 4, 8)"),
  ],
)
def test_levels_shrink(tiny_level, sizes, message):
  """Finest first, as everywhere in the project."""
  with pytest.raises(ValueError, match=re.escape(message)):
    LAPGANConfig(levels=tuple(tiny_level(size) for size in sizes))


def test_first_maps_are_not_the_last():
  """A label that joins the first maps needs a layer to read it."""
  level = LevelConfig(
    size=8, generator=(CONVOLUTION,), discriminator=(CONVOLUTION,)
  )
  with pytest.raises(ValueError, match="first_maps' needs a layer after.* 8 p"):
    LAPGANConfig(levels=(level,), num_classes=3, label_plane="first_maps")
  for options in ({"num_classes": 3}, {"label_plane": "first_maps"}):
    assert LAPGANConfig(levels=(level,), **options).sizes == (8,)


def test_sizes_need_not_halve(tiny_level):
  """28, 14 and 8 pixels are the paper's."""
  config = LAPGANConfig(levels=tuple(tiny_level(s) for s in (28, 14, 8)))
  assert config.sizes == (28, 14, 8)
  assert config.num_levels == 3


def test_first_layer_decides_what_noise_is(tiny_level):
  """A plane for convolutions, a vector for a dense generator."""
  assert tiny_level().has_noise_plane
  assert not tiny_level(dense=True).has_noise_plane


def test_configurations_are_frozen_values(tiny_config):
  """All the way down: equal ones are one key of a dictionary."""
  config = tiny_config()
  layer = config.levels[0].generator[0]
  for part in (config, config.levels[0], layer):
    with pytest.raises(dataclasses.FrozenInstanceError):
      setattr(part, dataclasses.fields(part)[0].name, None)
  other = tiny_config()
  assert config == other and len({config, other}) == 1
  assert config != tiny_config(generator={"dropout": 0.5})
  nested = dataclasses.asdict(config)["levels"][0]["generator"]
  assert LayerConfig(**nested[0]) == layer
