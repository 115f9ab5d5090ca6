"""Edits of one photograph, from files to a sheet of steps (Section 5.2)."""

import dataclasses
import pathlib
from typing import NamedTuple

import numpy as np
from PIL import Image

from experiments.data import image_decoding
from experiments.editing import paintings, session
from experiments.pictures import charts, grids
from experiments.runs import trained_run
from experiments.system import errors
from pyramid_tf import images


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options(session.Options):
  """What to change and how; see the flags of `experiments.edit`.

  Only figures go without an image: those of drawn faces.
  """

  image: str | None = None
  paint: str | None = None
  strokes: str | None = None
  mask: str | None = None


class Material(NamedTuple):
  """What is edited, and where; without `paint` the coarse image is kept.

  Attributes:
    photograph: uint8 RGB `[height, width, 3]`.
    paint: RGBA in [0, 1], of the photograph's size or the painted level's.
    mask: The region in [0, 1]; None for what is painted.
  """

  photograph: np.ndarray
  paint: np.ndarray | None
  mask: np.ndarray | None


class Edited(NamedTuple):
  """An edit and its steps.

  Attributes:
    edit: The photograph, and the model that looks at a part of it.
    region: What changes, in the photograph's pixels, [0, 1].
    painted: The painted coarse image, uint8, or None.
    variations: What the model drew, uint8, of its size.
    results: The photograph with each composited into it.
  """

  edit: session.PhotoEdit
  region: np.ndarray
  painted: np.ndarray | None
  variations: np.ndarray
  results: list[np.ndarray]


def edit_file(run_path: str, options: Options, out: str) -> None:
  """Writes `edit_NN.png` of the photograph's size and a sheet of the steps.

  Raises:
    UserError: If a file cannot be read or written, the region lies outside of
      what the model sees, or the level is none of the model's.
  """
  # Before TensorFlow has anything to do.
  material = read(options)
  run = trained_run.load_lapcvae(run_path)
  edited = make(run, material, options)
  folder = pathlib.Path(out)
  with errors.of_output(f"into {folder}"):
    for i, result in enumerate(edited.results):
      grids.save_png(folder / f"edit_{i:02d}.png", result)
    sheet = folder / "sheet.png"
    charts.labelled_rows(sheet, rows(edited), "Input to edit, Section 5.2")
  print(f"Wrote {len(edited.results)} edits: {folder}")
  print(f"All steps: {sheet}")


def read(options: Options) -> Material:
  """Reads the files of an edit.

  Raises:
    UserError: If one cannot be read, or nothing says what to change, or two
      paintings do.
  """
  if not (options.paint or options.strokes or options.mask):
    raise errors.UserError(
      "Nothing to change: give --paint or --strokes, or select a region with "
      "--mask."
    )
  if options.paint and options.strokes:
    raise errors.UserError("Paint with --paint or with --strokes, not both.")
  photograph = _read_photograph(options.image)
  mask = paintings.read_mask(options.mask) if options.mask else None
  paint = None
  if options.paint:
    paint = paintings.read_paint(options.paint, masked=mask is not None)
  elif options.strokes:
    paint = paintings.draw_strokes(options.strokes, *photograph.shape[:2])
  return Material(photograph, paint, mask)


def make(
  run: trained_run.TrainedRun, material: Material, options: session.Options
) -> Edited:
  """Draws variations and composites each into the photograph.

  Args:
    run: A trained LapCVAE.
    material: What to edit, and where.
    options: How.

  Raises:
    UserError: If the region lies outside of what the model sees, the level is
      none of the model's, or an option does not go with the edit.
  """
  paint, mask = material.paint, material.mask
  if options.fit and paint is None:
    raise errors.UserError(
      "--fit draws detail for a painting: add --paint or --strokes."
    )
  edit = session.PhotoEdit(run, material.photograph, options)
  coarse = None if paint is None else edit.painted(paint)
  region = edit.window.region_of(paint[:, :, 3] if mask is None else mask)
  if coarse is None:
    variations, painted = edit.resample(), None
  else:
    variations = edit.draw(coarse, region)
    painted = images.to_uint8(coarse)[0].numpy()
  results = [edit.composite(variation, region) for variation in variations]
  return Edited(edit, region, painted, variations, results)


def rows(edited: Edited) -> dict[str, np.ndarray]:
  """The steps by label, as (a) to (c) of Figures 1 and 9 of LapCVAE."""
  edit = edited.edit
  side = max(128, edit.inside.shape[0])
  shown = {"input": edit.photograph, "region": _tinted(edited)}
  if edited.painted is not None:
    shown[f"painted level {edit.level}"] = edited.painted
  shown["reconstruction"] = edit.reconstruction
  return {
    "\n".join(shown): _strip(shown.values(), side),
    "drawn": _strip(edited.variations, side),
    "composited": _strip(edited.results, side),
  }


def _read_photograph(path):
  try:
    return image_decoding.decode_rgb(pathlib.Path(path).read_bytes())
  except (OSError, ValueError) as error:
    reason = getattr(error, "strerror", None) or error
    raise errors.UserError(f"{path} cannot be read: {reason}.") from error


def _tinted(edited):
  red = np.array([255.0, 0.0, 0.0])
  alpha = 0.5 * edited.region[:, :, None]
  mixed = (1 - alpha) * edited.edit.photograph + alpha * red
  return np.rint(mixed).astype(np.uint8)


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
