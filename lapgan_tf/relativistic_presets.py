"""Configurations for the relativistic loss, which the paper does not have.

Levels of leaky ReLU without dropout and normalisation, of residual blocks where
they are convolutional (Huang et al., 2024, "The GAN is dead; long live the
GAN!").
"""

import dataclasses
from typing import Any

from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.level_config import LayerConfig, LevelConfig


def dense_level(
  size: int,
  generator_units: int,
  discriminator_units: int,
  gaussian_path: bool = True,
) -> LevelConfig:
  """A coarsest level for the relativistic loss: leaky ReLU, no dropout.

  Args:
    size: Side of the images.
    generator_units: Units of G's hidden layers.
    discriminator_units: Units of D's layers.
    gaussian_path: Whether it starts as the Gaussian of the training images.
  """
  hidden = LayerConfig(filters=generator_units, activation="leaky_relu")
  judge = LayerConfig(filters=discriminator_units, activation="leaky_relu")
  values = 3 * size**2
  return LevelConfig(
    size=size,
    generator=(
      hidden,
      hidden,
      LayerConfig(
        filters=values, activation="linear", zero_start=gaussian_path
      ),
    ),
    discriminator=(judge, judge),
    initial_weights="he",
    gaussian_path=gaussian_path,
    **({"noise_dim": values} if gaussian_path else {}),
  )


def convolutional_level(
  size: int,
  generator_planes: int,
  discriminator_planes: int,
  num_blocks: int = 2,
) -> LevelConfig:
  """A finer level for the relativistic loss.

  G is a convolution, residual blocks and a convolution to the band; D halves
  its maps three times. Residual blocks and band start at zero, so that training
  starts from the low-pass image.

  Args:
    size: Side of the bands.
    generator_planes: Maps of G's hidden layers.
    discriminator_planes: Maps of D's first layers; the last two have twice and
      four times as many.
    num_blocks: Residual blocks of G.
  """
  g, d = generator_planes, discriminator_planes
  leaky = {"activation": "leaky_relu"}
  block = LayerConfig(filters=g, kernel_size=3, residual=True, **leaky)

  def halving(planes):
    return LayerConfig(filters=planes, kernel_size=4, stride=2, **leaky)

  return LevelConfig(
    size=size,
    generator=(
      LayerConfig(filters=g, kernel_size=5, **leaky),
      *(block,) * num_blocks,
      LayerConfig(
        filters=3, kernel_size=5, activation="linear", zero_start=True
      ),
    ),
    discriminator=(
      LayerConfig(filters=d, kernel_size=3, **leaky),
      halving(d),
      halving(2 * d),
      halving(4 * d),
    ),
    initial_weights="he",
  )


def convolutional_coarsest_level(
  size: int,
  hidden_units: int,
  generator_planes: int,
  discriminator_planes: int,
  num_blocks: int = 2,
) -> LevelConfig:
  """Returns a coarsest level whose G makes maps of its noise and refines them.

  A dense G has weights of its own for each pixel, and its images are grainy;
  convolutions make neighbouring pixels alike from the start. The image starts
  at zero.

  Args:
    size: Side of the images.
    hidden_units: Units of the dense layer before the one that makes maps.
    generator_planes: Maps of G's hidden layers.
    discriminator_planes: Maps of D's first layers, as of a finer level.
    num_blocks: Residual blocks of G.
  """
  finer = convolutional_level(
    size, generator_planes, discriminator_planes, num_blocks
  )
  leaky = {"activation": "leaky_relu"}
  return dataclasses.replace(
    finer,
    generator=(
      LayerConfig(filters=hidden_units, **leaky),
      LayerConfig(filters=generator_planes * size**2, **leaky),
      *finer.generator[1:],
    ),
  )


_RELATIVISTIC = {
  "loss": "relativistic",
  "real_penalty": 0.05,
  "generated_penalty": 0.05,
}


def _smooth(penalty: float) -> dict[str, Any]:
  """Smooth operators, so that D is not shown blocks, and rare penalties."""
  return {
    "loss": "relativistic",
    "real_penalty": penalty,
    "generated_penalty": penalty,
    "penalty_every": 4,
    "kernel": "average_interpolation",
  }


def cifar10(
  sizes: tuple[int, int, int] = (28, 14, 8), **options
) -> LAPGANConfig:
  """8 -> 14 -> 28 or 8 -> 16 -> 32 pixels with the relativistic loss.

  Half of what a finer level refines in training was generated, so that it
  learns to mend coarse images; what an object is, is decided at 16 pixels.

  Args:
    sizes: Sides of the images, finest first.
    **options: Other fields of the configuration.
  """
  fine, middle, coarse = sizes
  return LAPGANConfig(
    levels=(
      convolutional_level(fine, 32, 32),
      convolutional_level(middle, 64, 64, num_blocks=3),
      dense_level(coarse, 1200, 800),
    ),
    **{
      **_RELATIVISTIC,
      "generated_low_pass": 0.5,
      "discriminator_label": "projection",
      **options,
    },
  )


def convolutional_cifar10(
  sizes: tuple[int, int] = (28, 14), **options
) -> LAPGANConfig:
  """14 -> 28 or 16 -> 32 pixels: the coarse images too come from convolutions.

  Half of what the finer level refines in training was generated, so that it
  learns to mend coarse images.

  Args:
    sizes: Sides of the images, finest first.
    **options: Other fields of the configuration.
  """
  fine, coarse = sizes
  return LAPGANConfig(
    levels=(
      convolutional_level(fine, 32, 32),
      convolutional_coarsest_level(coarse, 512, 48, 64, num_blocks=3),
    ),
    **{
      **_smooth(0.5),
      "generated_low_pass": 0.5,
      "discriminator_label": "projection",
      **options,
    },
  )


def gan_cifar10(**options) -> LAPGANConfig:
  """The baseline of one dense level with the relativistic loss."""
  level = dense_level(32, 2000, 1200, gaussian_path=False)
  return LAPGANConfig(levels=(level,), **{**_RELATIVISTIC, **options})


def faces(size: int, **options) -> LAPGANConfig:
  """16 -> 32 -> 64 [-> 128] pixels with the relativistic loss.

  Args:
    size: Side of the images, 64 or 128.
    **options: Other fields of the configuration.
  """
  finer = {
    128: convolutional_level(128, 24, 24),
    64: convolutional_level(64, 32, 32),
    32: convolutional_level(32, 48, 32, num_blocks=3),
  }
  return LAPGANConfig(
    levels=(
      *(level for side, level in finer.items() if side <= size),
      convolutional_coarsest_level(16, 512, 40, 48),
    ),
    # Editing starts from coarse images that somebody has chosen: they stay as
    # they are, and D compares the detail with them.
    **{
      **_smooth(1.0),
      "discriminator_input": "pair",
      "keep_coarse": True,
      **options,
    },
  )


def demo(**options) -> LAPGANConfig:
  """Returns 16 -> 32 -> 64 pixels, small enough for minutes on two cores.

  Faces of 16 pixels come from noise at once, and 32 pixels mend what these got
  wrong. The finest level keeps its coarse image and adds detail alone: a D that
  may not blame it for the coarse image teaches it sooner.

  Args:
    **options: Other fields of the configuration. `discriminator_input`,
      `generated_low_pass` and `keep_coarse` do not reach the finest level,
      which has its own.
  """
  finest = dataclasses.replace(
    convolutional_level(64, 16, 16),
    discriminator_input="pair",
    generated_low_pass=0.0,
    keep_coarse=True,
  )
  return LAPGANConfig(
    levels=(
      finest,
      convolutional_level(32, 32, 32, num_blocks=3),
      convolutional_coarsest_level(16, 256, 24, 32),
    ),
    **{
      **_smooth(1.0),
      "generated_low_pass": 0.5,
      "average_decay": 0.998,
      **options,
    },
  )
