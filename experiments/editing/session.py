"""Edits of photographs with a trained model, from arrays to arrays.

    session = EditSession(model, data_config)
    photograph = session.open(pixels)
    coarse = photograph.painted(layer, level=2)
    region = photograph.region(layer[:, :, 3], level=2)
    compositor = photograph.compositor(region)
    for variations in photograph.draw(4, 2, coarse):
      results = [compositor(variation) for variation in variations]

A session keeps its compiled functions over all photographs, an opened
photograph what the model makes of it, and a compositor its factors over all
variations. Nothing here knows files or flags.
"""

import numpy as np
import tensorflow as tf

from experiments.config.data_config import DataConfig
from experiments.data.window import Window
from experiments.editing.compiled import CompiledModel
from experiments.editing.photograph import OpenPhotograph
from experiments.system import errors


class EditSession:
  """A trained model, ready to edit photographs.

  Attributes:
    config: The configuration of the model.
    data: The images that it was trained on.
  """

  def __init__(self, model: tf.keras.Model, data: DataConfig):
    """Compiles nothing yet; the first use of each function does.

    Args:
      model: A trained LapCVAE, or a LAPGAN without classes, which draws detail
        but has no reconstructions.
      data: The images that it was trained on.

    Raises:
      UserError: If the model cannot edit.
    """
    self.config = model.config
    self.data = data
    self._compiled = CompiledModel(model)

  def open(
    self, photograph: np.ndarray, window: Window | None = None
  ) -> OpenPhotograph:
    """Encodes a photograph.

    Args:
      photograph: uint8 RGB `[height, width, 3]`.
      window: The part that the model sees; None for the largest centred square.

    Raises:
      UserError: If the window does not lie inside the photograph.
    """
    window = window or Window.for_model(self.data)
    return OpenPhotograph(self._compiled, photograph, window)

  def level(self, level: int | None) -> int:
    """Returns the level that is painted or kept.

    Args:
      level: A level, or None for the coarsest, also where it is the only one.

    Raises:
      UserError: If the level leaves no finer one to draw.
    """
    coarsest = self.config.num_levels - 1
    if level is None:
      return coarsest
    if not 0 < level <= coarsest:
      raise errors.UserError(
        f"--level={level}: the levels that leave finer ones to draw are 1 to "
        f"{coarsest} (coarsest)."
      )
    return level
