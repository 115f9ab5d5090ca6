"""The functions of a model that edits call, compiled once."""

from collections.abc import Callable

import tensorflow as tf

from experiments import families
from experiments.system import errors
from lapcvae_tf import editing
from pyramid_tf import consistency, images


class CompiledModel:
  """A model whose functions are traced at their first use, and never again.

  Attributes:
    config: The configuration of the model.
    reconstruct_levels: From `[1, size, size, 3]` in [-1, 1] to x~_0 to x~_K;
      None for a model that does not encode images.
  """

  def __init__(self, model: tf.keras.Model):
    """Compiles nothing yet.

    Args:
      model: A trained model.

    Raises:
      UserError: If the model has classes, which a photograph does not name, or
        refines no coarse images.
    """
    self.config = model.config
    if getattr(model.config, "num_classes", 0):
      raise errors.UserError(
        "The model is class-conditional, and an edit names no class. Use the "
        "run of a model without classes."
      )
    self._model = model
    self._family = families.of(model.config)
    if not self._family.bases:
      raise errors.UserError(
        f"A {self._family.name} has no coarse images that an edit could change "
        "or keep. Use the run of a LapCVAE or a LAPGAN."
      )
    self.reconstruct_levels = None
    if self._family.has_encoder:
      size = model.config.sizes[0]
      self.reconstruct_levels = tf.function(
        model.reconstruct_levels,
        input_signature=[tf.TensorSpec((1, size, size, 3), tf.float32)],
        autograph=False,
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

    Raises:
      UserError: If the model cannot draw so.
    """
    fits = self._family.fits or not fit
    if base not in self._family.bases or not fits:
      option = f"--base={base}" if fits else "--fit"
      raise errors.UserError(
        f"{option} needs a model that encodes images at every level, which a "
        f"{self._family.name} does not. Leave it out, or use the run of a "
        "LapCVAE."
      )
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
      ],
      autograph=False,
    )
    def draw(coarse, image, region, count, seed, temperature):
      coarse, image, region = (
        tf.repeat(x, count, axis=0) for x in (coarse, image, region)
      )
      if fit:
        drawn = editing.draw_to_fit(
          self._model,
          coarse,
          level,
          image,
          region,
          seed,
          temperature,
          given=base == "given",
        )[0]
      else:
        drawn = self._family.refine(
          self._model, coarse, level, seed, None, base, temperature
        )[0]
      if keep_coarse:
        sizes = self.config.sizes[: level + 1]
        kernel = self.config.kernel
        drawn = consistency.with_coarse(drawn, coarse, sizes, kernel)
      return images.to_uint8(drawn)

    return draw
