"""Reconstruction of image files by a trained run."""

import dataclasses
import os
import pathlib
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.config.data_config import DataConfig
from experiments.config.requests.reconstruct import ReconstructionRequest
from experiments.data import image_decoding
from experiments.data.window import Window
from experiments.measures import metrics
from experiments.pictures import charts, grids
from experiments.runs import trained_run
from experiments.system import errors, outputs
from pyramid_tf import images

_SHEET = 16
# Rows of a sheet; further images are in their files alone.
_SHEETS = 4
_SIDE = 64


def reconstruct_files(
  run_path: str,
  paths: Sequence[str],
  request: ReconstructionRequest,
  out: str | None = None,
) -> None:
  """Writes a PNG per image and a sheet of inputs above results.

  Args:
    run_path: The folder of a run whose model encodes images.
    paths: Image files, or folders of them.
    request: How to reconstruct.
    out: The folder to write into; None for one in the run's reconstructions,
      whose name says what was done.

  Raises:
    UserError: If there are no images, or none can be read, or `fixed_from` is
      no level of the model, or the folder holds other files.
  """
  files = _image_files(paths)
  run = trained_run.load(run_path, encodes=True)
  config = run.config
  if request.fixed_from > config.model.num_levels:
    raise errors.UserError(
      f"--fixed_from={request.fixed_from} is no level: the run has "
      f"{config.model.num_levels} levels, 0 keeps all of them and "
      f"{config.model.num_levels} none."
    )
  if out is None:
    name = _name(files, request)
    out = os.path.join(run.run_dir.results, "reconstructions", name)
  folder = outputs.claimed_folder(
    out,
    {
      "run": str(run.run_dir.path.resolve()),
      "steps": run.steps,
      "images": [str(file.resolve()) for file in files],
      **dataclasses.asdict(request),
    },
  )
  names, inputs = _read(
    files, Window.for_model(config.data, request.training_crop)
  )
  resample = tf.function(run.model.resample, autograph=False)
  results = []
  for i, start in enumerate(range(0, len(inputs), request.batch_size)):
    batch = images.from_uint8(inputs[start : start + request.batch_size])
    drawn = resample(
      batch,
      tf.constant(request.fixed_from),
      tf.constant([request.seed, i]),
      tf.constant(request.temperature),
    )
    logging.info(
      "%d of %d images, RMSE %.1f grey levels.",
      start + len(batch),
      len(inputs),
      metrics.rmse(batch, drawn).mean(),
    )
    results.append(images.to_uint8(drawn).numpy())
  title = f"{run.run_dir.path.name} ({run.preset}), {_in_words(request)}"
  _write(folder, names, inputs, np.concatenate(results), title)


def _name(files: Sequence[pathlib.Path], request: ReconstructionRequest) -> str:
  name = files[0].stem if len(files) == 1 else f"{len(files)}_images"
  if request.training_crop:
    name += "_training_crop"
  if request.fixed_from:
    name += f"_fixed_from{request.fixed_from}_seed{request.seed}"
    name += f"_temperature{request.temperature:g}"
  return name


def _in_words(request: ReconstructionRequest) -> str:
  if not request.fixed_from:
    return "all levels kept"
  return (
    f"levels {request.fixed_from} and coarser kept, finer ones drawn, seed "
    f"{request.seed}, temperature {request.temperature:g}"
  )


def read_images(
  paths: Sequence[str], data: DataConfig, training_crop: bool
) -> tuple[list[str], np.ndarray]:
  """Reads image files and folders of them.

  Args:
    paths: Files and folders.
    data: The images that the model was trained on.
    training_crop: Whether to cut the window that these had.

  Returns:
    Names, and pixels: uint8 `[count, size, size, 3]`.

  Raises:
    UserError: If there are no images, or none can be read.
  """
  return _read(_image_files(paths), Window.for_model(data, training_crop))


def _image_files(paths):
  files = []
  for path in (pathlib.Path(path).expanduser() for path in paths):
    if path.is_dir():
      files += sorted(
        file
        for file in path.rglob("*")
        if file.suffix.lower() in image_decoding.SUFFIXES
      )
    elif path.is_file():
      files.append(path)
    else:
      raise errors.UserError(
        f"{path} is no file and no folder. Name existing image files in "
        "--images."
      )
  if not files:
    raise errors.UserError(
      f"No images in {', '.join(paths)}. Images end in "
      f"{', '.join(image_decoding.SUFFIXES)}."
    )
  return files


def _read(files, window):
  names, inputs = [], []
  for file in files:
    try:
      image = image_decoding.decode_rgb(file.read_bytes())
      if not window.fits(*image.shape[:2]):
        raise ValueError(
          f"it is {image.shape[1]}x{image.shape[0]}, smaller than the training "
          "window; use --crop=square"
        )
      inputs.append(window.cut(tf.constant(image)).numpy())
      names.append(file.stem)
    except (OSError, ValueError) as error:
      logging.warning("Skipped %s: %s.", file, error)
  if not inputs:
    raise errors.UserError(
      f"None of the {len(files)} images can be used; the reasons are above."
    )
  return names, np.stack(inputs)


def _write(
  folder: pathlib.Path,
  names: Sequence[str],
  inputs: np.ndarray,
  results: np.ndarray,
  title: str,
) -> None:
  taken = set()
  with outputs.explained(folder):
    for name, result in zip(names, results, strict=True):
      unique, number = name, 1
      while unique in taken:
        number += 1
        unique = f"{name}_{number}"
      taken.add(unique)
      grids.save_png(folder / f"{unique}.png", result)
    rows = {}
    for start in range(0, min(len(inputs), _SHEETS * _SHEET), _SHEET):
      part = slice(start, start + _SHEET)
      last = min(start + _SHEET, len(inputs))
      rows |= {
        f"{kind} {start + 1} to {last}": grids.grid([pixels[part]], side=_SIDE)
        for kind, pixels in (("inputs", inputs), ("results", results))
      }
    sheet = folder / "sheet" / "inputs_and_results.png"
    sheet.parent.mkdir(exist_ok=True)
    charts.labelled_rows(sheet, rows, title)
  print(f"Wrote {len(results)} images: {folder}")
  print(f"Inputs above results: {sheet}")
