"""Edits of one photograph by a trained LapCVAE (Section 5.2)."""

import dataclasses
import pathlib

import numpy as np
import tensorflow as tf
from PIL import Image

from experiments import strokes, trained_run
from experiments.harness import (
  blending,
  charts,
  errors,
  image_decoding,
  image_source,
  plots,
)
from lapcvae_tf import editing
from lapcvae_tf.configs import LapCVAEConfig
from pyramid_tf import images, pyramid


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
  """What to change and how; see the flags of `experiments.edit`."""

  image: str
  paint: str | None = None
  strokes: str | None = None
  mask: str | None = None
  level: int | None = None
  count: int = 4
  seed: int = 0
  temperature: float = 1.0
  fit: bool = False
  blend: str = "poisson"
  onto: str = "original"
  training_crop: bool = False
  box: tuple[int, int, int] | None = None


def edit_file(run_path: str, options: Options, out: str) -> None:
  """Writes `edit_NN.png` of the photograph's size and a sheet of the steps.

  Raises:
    UserError: If a file cannot be read or written, the region lies outside of
      what the model sees, or the level is none of the model's.
  """
  if not (options.paint or options.strokes or options.mask):
    raise errors.UserError(
      "Nothing to change: give --paint or --strokes, or select a region with "
      "--mask."
    )
  photograph = _read_photograph(options.image)
  height, width = photograph.shape[:2]
  # Before TensorFlow has anything to do.
  mask = strokes.read_mask(options.mask) if options.mask else None
  paint = None
  if options.paint:
    paint = strokes.read_paint(options.paint, masked=mask is not None)
  elif options.strokes:
    paint = strokes.draw_strokes(options.strokes, height, width)
  run = trained_run.load_lapcvae(run_path)
  level = painted_level(run.model.config, options.level)
  edit = _Edit(run, photograph, options, level)
  if paint is not None:
    variations, painted = edit.paint(paint)
    region = edit.region_of(mask if mask is not None else paint[:, :, 3])
  else:
    variations, painted = edit.resample(), None
    region = edit.region_of(mask)
  results = [edit.composite(variation, region) for variation in variations]
  _write(pathlib.Path(out), edit, painted, variations, results, region)


class _Edit:
  """One photograph, the model's window in it, and what was made of both."""

  def __init__(self, run, photograph, options, level):
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
    return self._drawn(coarse, paint), images.to_uint8(coarse)[0].numpy()

  def _drawn(self, coarse, paint):
    """Variations of a painted coarse image, uint8."""
    options, count = self._options, self._options.count
    seed = tf.constant([options.seed, 0])
    coarse = tf.repeat(coarse, count, axis=0)
    if not options.fit:
      drawn = editing.draw_from_coarse(
        self._model, coarse, self.level, seed, options.temperature
      )
      return images.to_uint8(drawn[0]).numpy()
    region = np.rint(255 * self._cut(self.region_of(paint[:, :, 3])))
    region = _resized(region.astype(np.uint8), self._size) / 255.0
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
    return images.to_uint8(drawn[0]).numpy()

  def resample(self):
    """Variations that keep the level and coarser ones, uint8."""
    image = images.from_uint8(self.inside[None])
    drawn = self._model.resample(
      tf.repeat(image, self._options.count, axis=0),
      self.level,
      tf.constant([self._options.seed, 0]),
      self._options.temperature,
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


def _read_photograph(path):
  try:
    return image_decoding.decode_rgb(pathlib.Path(path).read_bytes())
  except (OSError, ValueError) as error:
    reason = getattr(error, "strerror", None) or error
    raise errors.UserError(f"{path} cannot be read: {reason}.") from error


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


def _write(out, edit, painted, variations, results, region):
  with errors.of_output(f"into {out}"):
    for i, result in enumerate(results):
      plots.save_png(out / f"edit_{i:02d}.png", result)
    side = max(128, edit.inside.shape[0])
    shown = {"input": edit.photograph, "region": _tinted(edit, region)}
    if painted is not None:
      shown[f"painted level {edit.level}"] = painted
    shown["reconstruction"] = edit.reconstruction
    rows = {
      ", ".join(shown).replace(", ", "\n"): _strip(shown.values(), side),
      "drawn": _strip(variations, side),
      "composited": _strip(results, side),
    }
    charts.labelled_rows(out / "sheet.png", rows, "Input to edit, Section 5.2")
  print(f"Wrote {len(results)} edits: {out}")
  print(f"All steps: {out / 'sheet.png'}")


def _tinted(edit, region):
  red = np.array([255.0, 0.0, 0.0])
  alpha = 0.5 * region[:, :, None]
  return np.rint((1 - alpha) * edit.photograph + alpha * red).astype(np.uint8)


def _strip(pictures, side):
  """Pictures of any sizes beside each other, `side` pixels high."""
  tiles = []
  for picture in pictures:
    width = max(1, round(side * picture.shape[1] / picture.shape[0]))
    nearest = picture.shape[0] <= side
    method = Image.Resampling.NEAREST if nearest else Image.Resampling.LANCZOS
    tile = np.asarray(Image.fromarray(picture).resize((width, side), method))
    tiles.append(np.pad(tile, ((2, 2), (2, 2), (0, 0)), constant_values=255))
  return np.concatenate(tiles, axis=1)
