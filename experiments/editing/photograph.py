"""One opened photograph: painted, masked, drawn anew and composited."""

from collections.abc import Iterable, Iterator

import numpy as np
import tensorflow as tf

from experiments.config.requests.edit import EditRequest
from experiments.data.window import PlacedWindow, Window
from experiments.editing import composite
from experiments.editing.compiled import CompiledModel
from experiments.system import errors
from pyramid_tf import images, pyramid

# Variations that are drawn at a time.
BATCH = 16


class OpenPhotograph:
  """A photograph, and what a model makes of the window in it.

  Attributes:
    pixels: The photograph, uint8 RGB `[height, width, 3]`.
    window: The square of it that the model sees, a `PlacedWindow`.
    levels: What the model sees, b_0 to b_K, finest first, uint8
      `[size_k, size_k, 3]`.
    reconstructions: What the model makes of it, x~_0 to x~_K, likewise; None if
      it does not encode images.
  """

  def __init__(
    self, model: CompiledModel, photograph: np.ndarray, window: Window
  ):
    """Cuts the window and encodes it; `EditSession.open` has the arguments."""
    self._model = model
    self._cut = window.cut
    self.pixels = photograph
    self.window = window.placed(*photograph.shape[:2])
    image = images.from_uint8(window.cut(photograph)[None])
    self._blurred = self._pyramid(image)
    self.levels = _pixels(self._blurred)
    self.reconstructions = None
    if model.reconstruct_levels:
      self.reconstructions = _pixels(model.reconstruct_levels(image))

  @property
  def arrays(self) -> list[np.ndarray]:
    """All arrays that it holds."""
    made = self.reconstructions or []
    return [self.pixels, *self._blurred, *self.levels, *made]

  def _pyramid(self, image: tf.Tensor) -> list[np.ndarray]:
    """b_0 to b_K of `[1, size, size, 3]` in [-1, 1]."""
    config = self._model.config
    levels = pyramid.gaussian_pyramid(image, config.sizes, config.kernel)
    return [level.numpy() for level in levels]

  def painted(self, paint: np.ndarray, level: int) -> np.ndarray:
    """Paints over the coarse image of a level.

    Args:
      paint: uint8 RGBA of the photograph's size or of the level's.
      level: The painted level.

    Returns:
      float32 `[size_level, size_level, 3]` in [-1, 1].

    Raises:
      UserError: If the painting has another size.
    """
    height, width = self.pixels.shape[:2]
    side = len(self.levels[level])
    if paint.shape[:2] == (height, width):
      view = self.window.view
      seen = _over(view(self.pixels), view(paint))
      size = len(self.levels[0])
      seen = Window(size=size).cut(seen)
      return self._pyramid(images.from_uint8(seen[None]))[level][0]
    if paint.shape[:2] == (side, side):
      return images.from_uint8(_over(self.levels[level], paint)).numpy()
    raise errors.UserError(
      f"The painting is {paint.shape[1]}x{paint.shape[0]}; make it "
      f"{width}x{height}, the photograph's size, or {side}x{side}, that of "
      f"level {level}."
    )

  def region(self, mask: np.ndarray, level: int) -> np.ndarray:
    """Brings a mask to the photograph's pixels.

    Args:
      mask: uint8 of the photograph's size, or of the painted level's; the
        photograph may change where it is not zero.
      level: The painted or kept level.

    Returns:
      uint8 `[height, width]`.

    Raises:
      UserError: If the mask has another size or reaches out of the window.
    """
    shape = height, width = self.pixels.shape[:2]
    side = len(self.levels[level])
    if mask.shape == (side, side) != shape:
      mask = self.window.spread(mask, shape)
    elif mask.shape != shape:
      raise errors.UserError(
        f"The mask is {mask.shape[1]}x{mask.shape[0]}; make it {width}x"
        f"{height}, the photograph's size, or {side}x{side}, that of level "
        f"{level}."
      )
    outside = mask.copy()
    self.window.view(outside)[:] = 0
    if outside.any():
      square, top, left = self.window
      raise errors.UserError(
        f"The region reaches out of the window of {square} pixels at ({left}, "
        f"{top}) that the model sees; choose another box (LEFT,TOP,SIDE), or "
        "change less."
      )
    return mask

  def draw(
    self,
    count: int,
    level: int,
    coarse: np.ndarray | None = None,
    region: np.ndarray | None = None,
    *,
    base: str = EditRequest.base,
    fit: bool = EditRequest.fit,
    keep_coarse: bool = EditRequest.keep_coarse,
    seed: int = EditRequest.seed,
    temperature: float = EditRequest.temperature,
  ) -> Iterator[np.ndarray]:
    """Draws the levels finer than one.

    Args:
      count: How many variations to draw.
      level: The level that is painted or kept.
      coarse: Its image, from `painted`; None keeps the photograph's.
      region: The pixels whose detail need not fit, from `region`; for `fit`.
      base: Which coarse image the finer levels refine, one of
        `choices.REFINED`.
      fit: Whether detail also has to go with the image around the region.
      keep_coarse: Whether only bands finer than the level are taken of what is
        drawn.
      seed: An integer in [0, 2**31) that selects the noise; a longer draw
        begins with the shorter.
      temperature: A factor on the noise.

    Yields:
      uint8 `[batch, size, size, 3]`, at most `BATCH` at a time.

    Raises:
      UserError: If the model has one level, so that `fit` and `keep_coarse`
        have nothing to act on, or cannot draw so.
    """
    if self.reconstructions is None and temperature != 1.0:
      raise errors.UserError(
        f"--temperature={temperature}: the noise of a LAPGAN has no scale. "
        "Leave it out, or use the run of a LapCVAE."
      )
    if level == 0 and (fit or keep_coarse):
      raise errors.UserError(
        "The model has one level, so nothing finer is drawn: leave out --fit "
        "and --keep_coarse, or name a model of several levels."
      )
    image = self._blurred[level] if coarse is None else coarse[None]
    size = len(self.levels[0])
    seen = np.zeros((size, size, 1), np.uint8)
    if region is not None:
      seen = self._cut(region[:, :, None])
    seen = tf.cast(seen[None, :, :, 0], tf.float32) / 255.0
    draw = self._model.draw(level, base, fit, keep_coarse)
    for i, start in enumerate(range(0, count, BATCH)):
      yield draw(
        tf.constant(image),
        tf.constant(self._blurred[0]),
        seen,
        tf.constant(min(BATCH, count - start)),
        tf.constant([seed, i]),
        tf.constant(temperature, tf.float32),
      ).numpy()

  def draw_requested(
    self,
    request: EditRequest,
    level: int,
    coarse: np.ndarray | None,
    region: np.ndarray | None,
  ) -> Iterator[np.ndarray]:
    """Draws with the options of a request; see `draw`."""
    return self.draw(
      request.count,
      level,
      coarse,
      region,
      base=request.base,
      fit=request.fit,
      keep_coarse=request.keep_coarse,
      seed=request.seed,
      temperature=request.temperature,
    )

  def compositor(
    self,
    region: np.ndarray,
    blend: str = EditRequest.blend,
    onto: str = EditRequest.onto,
  ) -> "Compositor":
    """Prepares to composite variations into a region.

    Args:
      region: From `region`.
      blend: One of `choices.BLENDS`.
      onto: `original` for the photograph, or `reconstruction` for what the
        model makes of its window.

    Raises:
      UserError: If the model makes no reconstructions.
    """
    base = self.pixels
    if onto == "reconstruction":
      if self.reconstructions is None:
        raise errors.UserError(
          "--onto=reconstruction needs a model that encodes images. Leave it "
          "out, or use the run of a LapCVAE."
        )
      base = self.window.pasted(base, self.reconstructions[0])
    return Compositor(base, self.window, region, blend)


class Compositor:
  """Composites variations into one region of a photograph.

  Attributes:
    base: What they are composited into, uint8 `[height, width, 3]`.
    arrays: All arrays that it holds.
  """

  def __init__(
    self, base: np.ndarray, window: PlacedWindow, region: np.ndarray, blend: str
  ):
    """Prepares the blend; `OpenPhotograph.compositor` has the arguments."""
    self.base = base
    self._window = window
    self._blend = composite.Blend(blend, region.astype(np.float32) / 255.0)
    self.arrays = [base, *self._blend.arrays]

  def __call__(self, variation: np.ndarray) -> np.ndarray:
    """Returns the photograph with the region changed.

    Args:
      variation: uint8 `[size, size, 3]`.

    Returns:
      uint8 `[height, width, 3]`, outside of the region that of `base`.
    """
    return self._blend(self.base, self._window.pasted(self.base, variation))


def _pixels(levels: Iterable[tf.Tensor | np.ndarray]) -> list[np.ndarray]:
  return [images.to_uint8(level)[0].numpy() for level in levels]


def _over(pixels: np.ndarray, paint: np.ndarray) -> np.ndarray:
  """Lays uint8 RGBA over uint8 RGB, where it is not transparent."""
  result = pixels.copy()
  rows, columns = np.nonzero(paint[:, :, 3])
  color = paint[rows, columns].astype(np.float32)
  alpha = color[:, 3:] / 255.0
  under = pixels[rows, columns]
  result[rows, columns] = np.rint(
    (1.0 - alpha) * under + alpha * color[:, :3]
  ).astype(np.uint8)
  return result
