"""What a trained LapCVAE makes of a part of one photograph (Section 5.2)."""

import dataclasses

import numpy as np
import tensorflow as tf

from experiments.data import photo_window
from experiments.editing import composite
from experiments.runs import trained_run
from experiments.system import errors
from lapcvae_tf import editing
from lapcvae_tf.configs import LapCVAEConfig
from pyramid_tf import images, pyramid


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
  """How to edit; see the flags of `experiments.edit`."""

  level: int | None = None
  count: int = 4
  seed: int = 0
  temperature: float = 1.0
  fit: bool = False
  keep_coarse: bool = False
  blend: str = "poisson"
  onto: str = "original"
  training_crop: bool = False
  box: tuple[int, int, int] | None = None


class PhotoEdit:
  """One photograph, and what a model makes of the window in it.

  Attributes:
    photograph: uint8 RGB `[height, width, 3]`.
    window: The square of it that the model sees.
    level: The level that is painted or kept.
    inside: What the model sees of it, uint8, of the model's size.
    reconstruction: What the model makes of that, uint8.
  """

  def __init__(
    self,
    run: trained_run.TrainedRun,
    photograph: np.ndarray,
    options: Options,
  ):
    """Cuts the window, and reconstructs it.

    Args:
      run: A trained LapCVAE.
      photograph: uint8 RGB `[height, width, 3]`.
      options: How to edit.

    Raises:
      UserError: If the window does not lie inside the photograph, or the level
        leaves none to draw where some are asked for.
    """
    level = painted_level(run.model.config, options.level)
    if level == 0 and (options.fit or options.keep_coarse):
      raise errors.UserError(
        f"{run.run_dir.path} has one level, so nothing finer is drawn: leave "
        "out --fit and --keep_coarse, or name a model of several levels."
      )
    self.photograph = photograph
    self.level = level
    self._options = options
    self._model = run.model
    self._size = run.config.data.size
    self.window = photo_window.PhotoWindow(
      photograph.shape[:2],
      run.config.data,
      options.box,
      options.training_crop,
    )
    self.inside = self._seen(photograph)
    image = images.from_uint8(self.inside[None])
    rebuilt = images.to_uint8(run.model.reconstruct(image))
    self.reconstruction = rebuilt[0].numpy()

  def _seen(self, image):
    """What the model sees of an image of the photograph's size."""
    return photo_window.resized(self.window.cut(image), self._size)

  def painted(self, paint: np.ndarray) -> tf.Tensor:
    """The coarse image of the level, painted.

    Args:
      paint: RGBA in [0, 1], of the photograph's size or of the level's.

    Returns:
      `[1, size_level, size_level, 3]` in [-1, 1].

    Raises:
      UserError: If the painting has another size.
    """
    side = self._model.config.sizes[self.level]
    if paint.shape[:2] == self.photograph.shape[:2]:
      cut = self.window.cut
      inside = _over(cut(self.photograph), cut(paint))
      return self._coarse(photo_window.resized(inside, self._size))
    if paint.shape[:2] == (side, side):
      pixels = images.to_uint8(self._coarse(self.inside))[0].numpy()
      return images.from_uint8(_over(pixels, paint)[None])
    height, width = self.photograph.shape[:2]
    raise errors.UserError(
      f"The painting is {paint.shape[1]}x{paint.shape[0]}; make it "
      f"{width}x{height}, the photograph's size, or {side}x{side}, that of "
      f"level {self.level}."
    )

  def _coarse(self, pixels):
    """b_level of one image."""
    config = self._model.config
    image = images.from_uint8(pixels[None])
    blurred = pyramid.gaussian_pyramid(image, config.sizes, config.kernel)
    return blurred[self.level]

  def draw(self, coarse: tf.Tensor, region: np.ndarray) -> np.ndarray:
    """Draws finer levels for a painted coarse image.

    Args:
      coarse: As `painted` returns it.
      region: As `window.region_of` returns it; where detail need not fit.

    Returns:
      uint8 `[count, size, size, 3]`.
    """
    options, count = self._options, self._options.count
    seed = tf.constant([options.seed, 0])
    coarse = tf.repeat(coarse, count, axis=0)
    if not options.fit:
      drawn = editing.draw_from_coarse(
        self._model, coarse, self.level, seed, options.temperature
      )
      return self._pixels(drawn[0], coarse)
    region = self._seen(np.rint(255 * region).astype(np.uint8)) / 255.0
    image = images.from_uint8(self.inside[None])
    drawn = editing.draw_to_fit(
      self._model,
      coarse,
      self.level,
      tf.repeat(image, count, axis=0),
      tf.repeat(tf.constant(region, tf.float32)[None], count, axis=0),
      seed,
      options.temperature,
    )
    return self._pixels(drawn[0], coarse)

  def resample(self) -> np.ndarray:
    """Draws the levels finer than the kept one anew.

    Returns:
      uint8 `[count, size, size, 3]`.
    """
    count = self._options.count
    image = images.from_uint8(self.inside[None])
    drawn = self._model.resample(
      tf.repeat(image, count, axis=0),
      self.level,
      tf.constant([self._options.seed, 0]),
      self._options.temperature,
    )
    coarse = tf.repeat(self._coarse(self.inside), count, axis=0)
    return self._pixels(drawn, coarse)

  def _pixels(self, drawn, coarse):
    """uint8, of which only finer detail is drawn if the coarse is kept."""
    if self._options.keep_coarse:
      config = self._model.config
      drawn = editing.with_coarse(config, drawn, coarse, self.level)
    return images.to_uint8(drawn).numpy()

  def composite(self, variation: np.ndarray, region: np.ndarray) -> np.ndarray:
    """The photograph, or its reconstruction, with the region changed.

    Args:
      variation: uint8, of the model's size.
      region: As `window.region_of` returns it.

    Returns:
      uint8, of the photograph's size.
    """
    base = self.photograph
    if self._options.onto == "reconstruction":
      base = self.window.pasted(base, self.reconstruction)
    patch = self.window.pasted(base, variation)
    blended = composite.blend(self._options.blend, base, patch, region)
    return np.clip(np.rint(blended), 0, 255).astype(np.uint8)


def painted_level(config: LapCVAEConfig, level: int | None) -> int:
  """The level that is painted or kept.

  Args:
    config: The model.
    level: A wish; None for the coarsest, also where there is no finer one.

  Raises:
    UserError: If the level leaves no finer ones to draw.
  """
  if level is None:
    return config.num_levels - 1
  if not 0 < level < config.num_levels:
    raise errors.UserError(
      f"--level={level}: the levels that leave finer ones to draw are 1 to "
      f"{config.num_levels - 1} (coarsest)."
    )
  return level


def _over(pixels, paint):
  """A painting over uint8 pixels."""
  alpha = paint[:, :, 3:]
  mixed = (1.0 - alpha) * pixels + 255.0 * alpha * paint[:, :, :3]
  return np.rint(mixed).astype(np.uint8)
