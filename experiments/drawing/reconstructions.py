"""Reconstruction of image files by a trained run."""

import dataclasses
import pathlib
from collections.abc import Sequence

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.config.data_config import DataConfig
from experiments.data import image_decoding, image_source
from experiments.measures import metrics
from experiments.pictures import grids
from experiments.runs import trained_run
from experiments.system import errors
from pyramid_tf import images

_SHEET = 16


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
  """How to reconstruct.

  Attributes:
    training_crop: Cuts the training data's window instead of the square.
    fixed_from: Levels k >= `fixed_from` are kept, finer ones drawn.
    seed: Of the drawn levels.
    temperature: Scale of their noise.
    batch_size: Images at a time.
  """

  training_crop: bool = False
  fixed_from: int = 0
  seed: int = 0
  temperature: float = 1.0
  batch_size: int = 64


def reconstruct_files(
  run_path: str, paths: Sequence[str], out: str, options: Options
) -> None:
  """Writes a PNG per image and a sheet of inputs above results into `out`.

  Raises:
    UserError: If there are no images, or none can be read, or `fixed_from` is
      no level of the model.
  """
  files = _image_files(paths)
  run = trained_run.load_lapcvae(run_path)
  config = run.config
  if options.fixed_from > config.model.num_levels:
    raise errors.UserError(
      f"--fixed_from={options.fixed_from} is no level: the run has "
      f"{config.model.num_levels} levels, 0 keeps all of them and "
      f"{config.model.num_levels} none."
    )
  names, inputs = _read(files, _window(config.data, options.training_crop))
  resample = tf.function(run.model.resample)
  results = []
  for i, start in enumerate(range(0, len(inputs), options.batch_size)):
    batch = images.from_uint8(inputs[start : start + options.batch_size])
    drawn = resample(
      batch,
      tf.constant(options.fixed_from),
      tf.constant([options.seed, i]),
      tf.constant(options.temperature),
    )
    logging.info(
      "%d of %d images, RMSE %.1f grey levels.",
      start + len(batch),
      len(inputs),
      metrics.rmse(batch, drawn).mean(),
    )
    results.append(images.to_uint8(drawn).numpy())
  _write(pathlib.Path(out), names, inputs, np.concatenate(results))


def read_images(
  paths: Sequence[str], data: DataConfig, training_crop: bool
) -> tuple[list[str], np.ndarray]:
  """Names and pixels, uint8 `[N, size, size, 3]`, of image files and folders.

  Raises:
    UserError: If there are no images, or none can be read.
  """
  return _read(_image_files(paths), _window(data, training_crop))


def _window(data, training_crop):
  if training_crop:
    return image_source.Window.of(data)
  return image_source.Window(size=data.size)


def _image_files(paths):
  files = []
  for path in map(pathlib.Path, paths):
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
        "--images, separated by commas."
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


def _write(out, names, inputs, results):
  taken = set()
  with errors.of_output(f"into {out}"):
    for name, result in zip(names, results, strict=True):
      unique, number = name, 1
      while unique in taken:
        number += 1
        unique = f"{name}_{number}"
      taken.add(unique)
      grids.save_png(out / f"{unique}.png", result)
    rows = []
    for start in range(0, min(len(inputs), 4 * _SHEET), _SHEET):
      rows += [inputs[start : start + _SHEET], results[start : start + _SHEET]]
    grids.save_png(out / "sheet" / "inputs_and_results.png", grids.grid(rows))
  print(f"Wrote {len(results)} images: {out}")
  print(f"Inputs above results: {out / 'sheet' / 'inputs_and_results.png'}")
