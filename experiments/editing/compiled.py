"""The functions of a model that edits call, compiled once."""

from collections.abc import Callable

import tensorflow as tf

from lapcvae_tf import editing
from lapcvae_tf.model import LapCVAE
from pyramid_tf import images


class CompiledModel:
  """A LapCVAE whose functions are traced at their first use, and never again.

  Attributes:
    config: The configuration of the model.
    reconstruct_levels: From `[1, size, size, 3]` in [-1, 1] to x~_0 to x~_K.
  """

  def __init__(self, model: LapCVAE):
    """Compiles nothing yet.

    Args:
      model: A trained model.
    """
    self.config = model.config
    self._model = model
    size = model.config.sizes[0]
    self.reconstruct_levels = tf.function(
      model.reconstruct_levels,
      input_signature=[tf.TensorSpec((1, size, size, 3), tf.float32)],
    )
    self._draws: dict[tuple[int, str, bool, bool], Callable] = {}

  def draw(
    self, level: int, base: str, fit: bool, keep_coarse: bool
  ) -> Callable:
    """Returns the function that draws the levels finer than one.

    Args:
      level: The level of the coarse image.
      base: Which image the finer levels refine, one of `choices.REFINED`.
      fit: Whether detail also has to go with the image around the region.
      keep_coarse: Whether only bands finer than the level are taken of it.

    Returns:
      A function of the coarse image and the image, float32 `[1, size_k, size_k,
      3]` in [-1, 1], the region, `[1, size, size]` in [0, 1], and of scalars:
      the count, the seed (int32 `[2]`) and the temperature. It returns uint8
      `[count, size, size, 3]`.
    """
    key = (level, base, fit, keep_coarse)
    if key not in self._draws:
      self._draws[key] = self._compiled(*key)
    return self._draws[key]

  def _compiled(
    self, level: int, base: str, fit: bool, keep_coarse: bool
  ) -> Callable:
    size = self.config.sizes[0]
    side = self.config.sizes[level]

    @tf.function(
      input_signature=[
        tf.TensorSpec((1, side, side, 3), tf.float32),
        tf.TensorSpec((1, size, size, 3), tf.float32),
        tf.TensorSpec((1, size, size), tf.float32),
        tf.TensorSpec((), tf.int32),
        tf.TensorSpec((2,), tf.int32),
        tf.TensorSpec((), tf.float32),
      ]
    )
    def draw(coarse, image, region, count, seed, temperature):
      coarse, image, region = (
        tf.repeat(x, count, axis=0) for x in (coarse, image, region)
      )
      given = base == "given"
      if fit:
        drawn = editing.draw_to_fit(
          self._model,
          coarse,
          level,
          image,
          region,
          seed,
          temperature,
          given=given,
        )[0]
      else:
        source = editing.draw_from_given if given else editing.draw_from_coarse
        drawn = source(self._model, coarse, level, seed, temperature)[0]
      if keep_coarse:
        drawn = editing.with_coarse(self.config, drawn, coarse, level)
      return images.to_uint8(drawn)

    return draw
