"""What a LAPGAN's levels take from the training images before they train."""

from typing import NamedTuple

import numpy as np

from experiments.data import read_errors
from experiments.data.batches import Split
from lapgan_tf import gaussian_path
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.standardisation import Standardisation, pixel_statistics
from pyramid_tf import images, pyramid

_BATCH = 100

# The authors took as many for LSUN; statistics per pixel need all images.
_PER_CHANNEL_IMAGES = 10_000

# Enough for the covariance of the 192 numbers of 8 x 8 pixels.
_COARSEST_IMAGES = 50_000


class TrainingStatistics(NamedTuple):
  """What levels take from the training images before they train.

  Attributes:
    pixels: Mean and deviation that images are standardised by.
    coarsest: Mean and covariance of standardised images of the coarsest level;
      None if it does not start from them.
  """

  pixels: tuple[np.ndarray, np.ndarray]
  coarsest: tuple[np.ndarray, np.ndarray] | None = None


def measure(config: LAPGANConfig, train: Split) -> TrainingStatistics:
  """Measures the training images as far as a pyramid needs.

  Raises:
    DatasetUnavailable: If they cannot be read.
  """
  with read_errors.explained("The training images"):
    return _measured(config, train)


def _measured(config, train):
  pixels = training_statistics(train, config.standardisation)
  if not config.levels[-1].gaussian_path:
    return TrainingStatistics(pixels)
  standardisation = Standardisation(config.standardisation, config.sizes[0])
  standardisation.fit(*pixels)

  def coarsest(batch):
    image = batch["image"]
    standardised = standardisation(images.from_uint8(image))
    sizes, kernel = config.sizes, config.kernel
    return pyramid.gaussian_pyramid(standardised, sizes, kernel)[-1].numpy()

  batches = train.batches(_BATCH).take(_COARSEST_IMAGES // _BATCH)
  return TrainingStatistics(
    pixels, gaussian_path.moments(map(coarsest, batches))
  )


def training_statistics(
  train: Split, kind: str
) -> tuple[np.ndarray, np.ndarray]:
  """Measures the mean and deviation that images are standardised by.

  Args:
    train: The training images.
    kind: One of `lapgan_tf.configs.STANDARDISATIONS`.

  Returns:
    Two float32 arrays, `[height, width, 3]` or `[1, 1, 3]`.
  """
  batches = train.batches(_BATCH)
  if kind == "per_channel":
    batches = batches.take(_PER_CHANNEL_IMAGES // _BATCH)
  return pixel_statistics(
    (images.from_uint8(batch["image"]).numpy() for batch in batches), kind
  )
