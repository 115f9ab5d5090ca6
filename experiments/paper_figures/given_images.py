"""What levels draw for the coarse images of photographs; not in the papers."""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from experiments.data.datasets import ImageData
from experiments.paper_figures.figure import Figure
from experiments.pictures import grids
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors
from pyramid_tf import images, pyramid

# At least so many pixels; all sides of a pyramid then divide that of a picture.
_SIDE = 96


def refined(
  runs: Mapping[str, TrainedRun], data: ImageData, count: int, seed: int
) -> Figure:
  """Returns test images, and by level their coarse images and drawn detail."""
  [run] = runs.values()
  config, family = run.config.model, run.family
  if config.num_levels == 1 or getattr(config, "num_classes", 0):
    raise errors.UserError(
      "given needs a model of several levels without classes."
    )
  pixels = data.test.images(0, min(count, data.test.num_images))
  size = config.sizes[0]
  side = size * -(-_SIDE // size)

  def row(pictures: np.ndarray) -> np.ndarray:
    return grids.grid([pictures], side=side)

  rows = {"test images": row(pixels)}
  blurred = pyramid.gaussian_pyramid(
    images.from_uint8(pixels), config.sizes, config.kernel
  )
  for level in range(1, config.num_levels):
    drawn = family.refine(
      run.model, blurred[level], level, tf.constant([seed, level])
    )
    given = config.sizes[level]
    rows[f"given, {given} px"] = row(images.to_uint8(blurred[level]).numpy())
    rows[f"drawn for {given} px"] = row(images.to_uint8(drawn[0]).numpy())
  return Figure(rows, "Coarse images of test images, and detail drawn for them")
