"""What a trained LapCVAE makes of a part of one photograph (Section 5.2)."""

import dataclasses

import numpy as np
import tensorflow as tf
from PIL import Image

from experiments import trained_run
from experiments.harness import blending, errors, image_source
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
  """One photograph, the model's window in it, and what was made of both.

  Attributes:
    photograph: uint8 RGB `[height, width, 3]`.
    level: The level that is painted or kept.
    inside: What the model sees of it, uint8, of the model's size.
    reconstruction: What the model makes of that, uint8.

  Args:
    run: A trained LapCVAE.
    photograph: As above.
    options: How to edit.

  Raises:
    UserError: If the window does not lie inside the photograph, or the level
      leaves none to draw.
  """

  def __init__(
    self,
    run: trained_run.TrainedRun,
    photograph: np.ndarray,
    options: Options,
  ):
    level = painted_level(run.model.config, options.level)
    self.photograph = photograph
    self.level = level
    self._options = options
    self._model = run.model
    self._size = run.config.data.size
    self._side, self._top, self._left = self._window(run.config.data)
    self.inside = _resized(self._cut(photograph), self._size)
    image = images.from_uint8(self.inside[None])
    self.reconstruction = images.to_uint8(run.model.reconstruct(image))[
      0
    ].numpy()

  def _window(self, data):
    height, width = self.photograph.shape[:2]
    if self._options.box is not None:
      left, top, side = self._options.box
    else:
      window = image_source.Window(size=data.size)
      if self._options.training_crop:
        window = image_source.Window.of(data)
      side, top, left = window.place(height, width)
    fits = side >= 1 and top >= 0 and left >= 0
    if not fits or top + side > height or left + side > width:
      raise errors.UserError(
        f"The window of {side} pixels at ({left}, {top}) does not lie inside "
        f"the image of {width}x{height}; choose --box=LEFT,TOP,SIDE."
      )
    return side, top, left

  def _cut(self, image):
    bottom, right = self._top + self._side, self._left + self._side
    return image[self._top : bottom, self._left : right]

  def paint(self, paint):
    """Variations and the painted coarse image, uint8.

    The painting has the size of the photograph, or of the painted level.
    """
    coarse_side = self._model.config.sizes[self.level]
    config = self._model.config
    if paint.shape[:2] == self.photograph.shape[:2]:
      painted = _over(self._cut(self.photograph), self._cut(paint))
      image = images.from_uint8(_resized(painted, self._size)[None])
      coarse = pyramid.gaussian_pyramid(image, config.sizes, config.kernel)
      coarse = coarse[self.level]
    elif paint.shape[:2] == (coarse_side, coarse_side):
      image = images.from_uint8(self.inside[None])
      coarse = pyramid.gaussian_pyramid(image, config.sizes, config.kernel)
      pixels = images.to_uint8(coarse[self.level])[0].numpy()
      coarse = images.from_uint8(_over(pixels, paint)[None])
    else:
      height, width = self.photograph.shape[:2]
      raise errors.UserError(
        f"The painting is {paint.shape[1]}x{paint.shape[0]}; make it "
        f"{width}x{height}, the photograph's size, or {coarse_side}x"
        f"{coarse_side}, that of level {self.level}."
      )
    drawn = self._pixels(self._drawn(coarse, paint), coarse)
    return drawn, images.to_uint8(coarse)[0].numpy()

  def _drawn(self, coarse, paint):
    """Variations of a painted coarse image, in [-1, 1]."""
    options, count = self._options, self._options.count
    seed = tf.constant([options.seed, 0])
    coarse = tf.repeat(coarse, count, axis=0)
    if not options.fit:
      return editing.draw_from_coarse(
        self._model, coarse, self.level, seed, options.temperature
      )[0]
    region = np.rint(255 * self._cut(self.region_of(paint[:, :, 3])))
    region = _resized(region.astype(np.uint8), self._size) / 255.0
    image = images.from_uint8(self.inside[None])
    return editing.draw_to_fit(
      self._model,
      coarse,
      self.level,
      tf.repeat(image, count, axis=0),
      tf.repeat(tf.constant(region, tf.float32)[None], count, axis=0),
      seed,
      options.temperature,
    )[0]

  def resample(self):
    """Variations that keep the level and coarser ones, uint8."""
    image = images.from_uint8(self.inside[None])
    drawn = self._model.resample(
      tf.repeat(image, self._options.count, axis=0),
      self.level,
      tf.constant([self._options.seed, 0]),
      self._options.temperature,
    )
    config = self._model.config
    blurred = pyramid.gaussian_pyramid(image, config.sizes, config.kernel)
    return self._pixels(drawn, blurred[self.level])

  def _pixels(self, drawn, coarse):
    """uint8, of which only finer detail is drawn if the coarse is kept."""
    if self._options.keep_coarse:
      drawn = editing.with_coarse(
        self._model.config,
        drawn,
        tf.repeat(coarse, drawn.shape[0], axis=0),
        self.level,
      )
    return images.to_uint8(drawn).numpy()

  def region_of(self, mask):
    """The mask in the photograph's pixels, [0, 1]."""
    shape = self.photograph.shape[:2]
    if mask.shape != shape:
      if mask.shape[0] != mask.shape[1]:
        raise errors.UserError(
          f"The mask is {mask.shape[1]}x{mask.shape[0]}; make it {shape[1]}x"
          f"{shape[0]}, the photograph's size."
        )
      # Of a coarse painting: it covers the window.
      whole = np.zeros(shape)
      self._cut(whole)[:] = (
        _resized(np.rint(255 * mask).astype(np.uint8), self._side, nearest=True)
        / 255.0
      )
      mask = whole
    outside = mask.copy()
    self._cut(outside)[:] = 0.0
    if outside.max() > 0.0:
      raise errors.UserError(
        f"The region reaches out of the window of {self._side} pixels at "
        f"({self._left}, {self._top}) that the model sees; choose another one "
        "with --box=LEFT,TOP,SIDE, or change less."
      )
    return mask

  def composite(self, variation, region):
    """The photograph, or its reconstruction, with the region changed."""
    base = self.photograph.copy()
    if self._options.onto == "reconstruction":
      self._cut(base)[:] = _resized(self.reconstruction, self._side)
    patch = base.copy()
    self._cut(patch)[:] = _resized(variation, self._side)
    blended = blending.blend(self._options.blend, base, patch, region)
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


def _resized(pixels, side, nearest=False):
  if pixels.shape[0] == side:
    return np.array(pixels)
  method = Image.Resampling.LANCZOS
  if nearest:
    method = Image.Resampling.NEAREST
  return np.asarray(Image.fromarray(pixels).resize((side, side), method))
