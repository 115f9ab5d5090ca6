"""Samples of a run, of either family, into files."""

import dataclasses
import os

import numpy as np
import tensorflow as tf

from experiments.config import choices
from experiments.drawing import image_files
from experiments.families import batched, lapgan_samples
from experiments.pictures import grids
from experiments.runs import trained_run
from experiments.system import errors
from lapgan_tf.model import LAPGAN


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
  """How to draw; see the flags of `experiments.sample`."""

  count: int
  seed: int = 0
  temperature: float = 1.0
  labels: tuple[str, ...] = ()
  chain: bool = False
  fixed_coarsest: bool = False
  batch_size: int = 64


def sample_run(
  run_path: str, options: Options, kind: str, out: str | None = None
) -> None:
  """Draws and writes images, and says where.

  Args:
    run_path: Folder of the run.
    options: How to draw.
    kind: One of `choices.ENDINGS`.
    out: File or folder; None for one in the run's samples.

  Raises:
    UserError: If the run cannot draw like that, or the files not be written.
  """
  run = trained_run.load(run_path)
  if isinstance(run.model, LAPGAN):
    levels = _draw_lapgan(run, options)
  else:
    levels = [_draw_lapcvae(run.model, options)]
  file = _name(options) + choices.ENDINGS[kind]
  out = out or os.path.join(run.run_dir.samples, file)
  if options.chain and kind == "grid":
    # A column for each image, a row for each level.
    picture = grids.grid(levels, side=2 * levels[-1].shape[1])
    image_files.write_picture(picture, out)
    return
  if options.chain:
    levels = [_enlarged(level, levels[-1].shape[1]) for level in levels]
    pixels = np.concatenate(levels, axis=2)
  else:
    pixels = levels[-1]
  image_files.write(pixels, out, kind)


def _draw_lapgan(run, options):
  if options.temperature != 1.0:
    raise errors.UserError(
      "--temperature scales the noise of a LapCVAE; that of a LAPGAN is "
      "uniform in [-1, 1]. Leave it out."
    )
  labels = _class_numbers(run, options.labels)
  draw = lapgan_samples.draw_chain
  if options.fixed_coarsest:
    draw = lapgan_samples.draw_from_one_coarsest
  return draw(
    run.model, options.count, options.seed, labels, options.batch_size
  )


def _draw_lapcvae(model, options):
  for flag in ("labels", "chain", "fixed_coarsest"):
    if getattr(options, flag):
      raise errors.UserError(
        f"--{flag} is for the runs of a LAPGAN; this is a LapCVAE. Leave it "
        "out."
      )
  sample = tf.function(model.sample)
  return batched.in_batches(
    lambda seed, count: sample(seed, count, options.temperature),
    options.count,
    options.batch_size,
    options.seed,
  )


def _class_numbers(run, labels):
  """Classes by number; None if none are named."""
  if not labels:
    return None
  if not run.config.model.num_classes:
    raise errors.UserError(
      f"{run.run_dir.path} is not class-conditional, so --labels has no "
      "meaning. Leave it out, or train a preset such as cc_lapgan_cifar10."
    )
  names = run.run_dir.read_json("classes.json", [])
  numbers = []
  for label in labels:
    if label in names:
      numbers.append(names.index(label))
    elif label.isdigit() and int(label) < run.config.model.num_classes:
      numbers.append(int(label))
    else:
      raise errors.UserError(
        f"--labels={label}: the classes are {', '.join([*names, 'numbers'])} "
        f"below {run.config.model.num_classes}."
      )
  return numbers


def _name(options):
  parts = [f"seed{options.seed}", f"count{options.count}"]
  parts += options.labels
  parts += [f for f in ("chain", "fixed_coarsest") if getattr(options, f)]
  return "_".join(parts)


def _enlarged(images, side):
  """Repeats pixels until images have about `side`, then pads with white."""
  big = grids.enlarged(images, max(1, side // images.shape[1]))
  missing = side - big.shape[1]
  return np.pad(
    big, ((0, 0), (missing, 0), (0, 0), (0, 0)), constant_values=255
  )
