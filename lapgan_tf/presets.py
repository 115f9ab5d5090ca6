"""LAPGAN and GAN configurations of the paper, and their smaller kin.

Layers are those of the authors' code and released weights where the paper is
silent: two hidden dense layers at the coarsest level, three convolutions in G
and two in D above it. A width scales maps and units of every hidden layer.
"""

from fractions import Fraction

from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.level_config import LayerConfig, LevelConfig


def dense_level(
  size: int,
  generator_units: int,
  discriminator_units: int,
  width: Fraction | int = 1,
  activations: tuple[str, str] = ("relu", "sigmoid"),
) -> LevelConfig:
  """Returns a coarsest level, or a plain GAN (Section 3.1, "Initial scale").

  The paper has ReLU in both hidden layers of G; the authors' model file has a
  sigmoid in the second.

  Args:
    size: Side of the images.
    generator_units: Units of G's hidden layers.
    discriminator_units: Units of D's hidden layers, which have dropout.
    width: A factor on both.
    activations: Activations of G's two hidden layers.
  """
  g, d = _scaled(generator_units, width), _scaled(discriminator_units, width)
  hidden = tuple(LayerConfig(filters=g, activation=a) for a in activations)
  band = LayerConfig(filters=3 * size**2, activation="linear")
  return LevelConfig(
    size=size,
    generator=(*hidden, band),
    discriminator=(LayerConfig(filters=d, dropout=0.5),) * 2,
    # The authors' script for dense GANs starts with small normal weights.
    generator_deviation=0.05,
    discriminator_deviation=0.005,
  )


def convolutional_level(
  size: int,
  generator_planes: int = 64,
  discriminator_planes: int = 64,
  width: Fraction | int = 1,
  kernel_sizes: tuple[int, int, int] = (7, 7, 5),
) -> LevelConfig:
  """Returns a finer level: 3 convolutions in G, 2 in D (Section 3.1).

  Args:
    size: Side of the bands.
    generator_planes: Maps of G's hidden layers.
    discriminator_planes: Maps of D's layers.
    width: A factor on both.
    kernel_sizes: Kernel sizes of G's layers.
  """
  g, d = _scaled(generator_planes, width), _scaled(discriminator_planes, width)
  first, second, last = kernel_sizes
  # Below 14 pixels the strided, unpadded nets of the paper leave no pixel.
  padding = "valid" if size >= 14 else "same"
  return LevelConfig(
    size=size,
    generator=(
      LayerConfig(filters=g, kernel_size=first),
      LayerConfig(filters=g, kernel_size=second),
      LayerConfig(filters=3, kernel_size=last, activation="linear"),
    ),
    discriminator=(
      LayerConfig(filters=d, kernel_size=5, padding=padding),
      LayerConfig(
        filters=d, kernel_size=5, stride=2, padding=padding, dropout=0.5
      ),
    ),
  )


def lsun_level(size: int, width: Fraction | int = 1) -> LevelConfig:
  """Returns a finer level of the LSUN model: 5 layers in G, 3 hidden in D.

  The layers are those of the authors' code, without the batch normalisation of
  G's output, which would give every batch of bands unit variance whatever its
  low-pass images.
  """

  def maps(count: int) -> int:
    # Every number of groups divides a multiple of 16.
    return max(16, 16 * round(count * Fraction(width) / 16))

  def hidden(
    count: int, kernel_size: int, groups: int = 1, **more
  ) -> LayerConfig:
    return LayerConfig(
      filters=maps(count),
      kernel_size=kernel_size,
      groups=groups,
      batch_norm=True,
      **more,
    )

  return LevelConfig(
    size=size,
    generator=(
      hidden(64, 7),
      hidden(368, 7, 4, spatial_dropout=0.5),
      hidden(128, 7, 4, l2_pool=2),
      hidden(224, 5, 2, spatial_dropout=0.5),
      LayerConfig(filters=3, kernel_size=7, activation="linear"),
    ),
    discriminator=(
      LayerConfig(filters=maps(48), kernel_size=3, padding="valid"),
      LayerConfig(filters=maps(448), kernel_size=5, padding="valid", groups=4),
      LayerConfig(filters=maps(416), kernel_size=7, padding="valid", groups=16),
    ),
  )


def cifar10(width: Fraction | int = 1, **options) -> LAPGANConfig:
  """Returns 8 -> 14 -> 28 pixels, as the paper's figures show."""
  return LAPGANConfig(
    levels=(
      convolutional_level(28, 128, 128, width),
      convolutional_level(14, 128, 128, width),
      dense_level(8, 1200, 600, width),
    ),
    **options,
  )


def cifar10_gist(width: Fraction | int = 1, **options) -> LAPGANConfig:
  """Returns `cifar10` with the 14 pixels of the authors' description."""
  return LAPGANConfig(
    levels=(
      convolutional_level(28, 128, 128, width),
      convolutional_level(14, 64, 64, width, (5, 5, 5)),
      dense_level(8, 1200, 600, width),
    ),
    **options,
  )


def cifar10_32(width: Fraction | int = 1, **options) -> LAPGANConfig:
  """Returns 8 -> 16 -> 32 pixels, Table 1's size, with the code's planes."""
  return LAPGANConfig(
    levels=(
      convolutional_level(32, 64, 64, width),
      convolutional_level(16, 64, 64, width),
      dense_level(8, 1200, 600, width),
    ),
    **options,
  )


def cc_cifar10(width: Fraction | int = 1, **options) -> LAPGANConfig:
  """Returns 8 -> 14 -> 28 with classes, the sizes of the released weights."""
  return LAPGANConfig(
    levels=(
      convolutional_level(28, 128, 128, width),
      convolutional_level(14, 128, 128, width),
      dense_level(8, 600, 600, width, ("relu", "relu")),
    ),
    num_classes=10,
    **options,
  )


def cc_cifar10_32(width: Fraction | int = 1, **options) -> LAPGANConfig:
  """Returns 8 -> 16 -> 32 pixels with classes."""
  return LAPGANConfig(
    levels=(
      convolutional_level(32, 64, 64, width),
      convolutional_level(16, 64, 64, width),
      dense_level(8, 600, 600, width, ("relu", "relu")),
    ),
    num_classes=10,
    **options,
  )


def gan_cifar10(width: Fraction | int = 1, **options) -> LAPGANConfig:
  """Returns the baseline, one level of 32 pixels with the code's units."""
  return LAPGANConfig(levels=(dense_level(32, 8000, 1600, width),), **options)


def stl10(width: Fraction | int = 1, **options) -> LAPGANConfig:
  """Returns 8 -> 16 -> 32 -> 64 -> 96 pixels (Section 3.1).

  The units of the coarsest level are those in the name of the authors' file.
  """
  finer = (
    convolutional_level(size, 128, 128, width) for size in (96, 64, 32, 16)
  )
  return LAPGANConfig(
    levels=(*finer, dense_level(8, 1000, 1000, width)), **options
  )


def lsun(width: Fraction | int = 1, **options) -> LAPGANConfig:
  """Returns 4 -> 8 -> 16 -> 32 -> 64 (Section 3.2), for one scene class.

  D's unpadded convolutions leave nothing of 8 pixels; the authors' model of
  that level is not public, so it has the small padded nets.
  """
  large = (lsun_level(size, width) for size in (64, 32, 16))
  return LAPGANConfig(
    levels=(
      *large,
      convolutional_level(8, 128, 64, width),
      dense_level(4, 100, 100, width),
    ),
    **options,
  )


def _scaled(count: int, width: Fraction | int) -> int:
  return max(1, int(count * Fraction(width)))
