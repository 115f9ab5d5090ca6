"""Samples of a run, of either family, into files."""

import dataclasses
import os
from collections.abc import Sequence

import numpy as np

from experiments.config import choices
from experiments.config.requests.sample import SampleRequest
from experiments.drawing import image_files
from experiments.pictures import grids
from experiments.runs import trained_run
from experiments.system import errors

_COLUMNS = 8


def sample_run(
  run_path: str,
  request: SampleRequest,
  kind: str,
  chain: bool = False,
  out: str | None = None,
) -> None:
  """Draws and writes images, and says where.

  Args:
    run_path: The folder of the run.
    request: Which images.
    kind: One of `choices.ENDINGS`.
    chain: Whether to show the images of every level, coarse to fine.
    out: A file or folder; None for one in the run's samples, whose name says
      what was drawn.

  Raises:
    UserError: If the run cannot draw like that, or the files not be written.
  """
  run = trained_run.load(run_path)
  if request.pixels and not run.config.model.draws_pixels:
    raise errors.UserError(
      "--pixels is for models of which a level has output='pixelcnn'; "
      f"{run_path} has none. Leave it out, or train such a preset."
    )
  if out is None:
    name = _name(request, chain) + choices.ENDINGS[kind]
    out = os.path.join(run.run_dir.samples, name)
  made_by = {
    "run": str(run.run_dir.path.resolve()),
    "steps": run.steps,
    "chain": chain,
    **dataclasses.asdict(request),
  }
  target = image_files.claimed(out, kind, made_by)
  levels = run.family.draw(run.model, request, run.class_names)
  if kind != "grid":
    image_files.write(_joined(levels) if chain else levels[0], target, kind)
    return
  rows = _chain_rows(levels) if chain else sample_rows(levels[0])
  title = f"{run.run_dir.path.name} ({run.preset}), {_in_words(request)}"
  image_files.write_sheet(target, rows, title)


def sample_rows(images: np.ndarray) -> dict[str, np.ndarray]:
  """Returns strips by label, so that a reader can name any image."""
  rows = {}
  for start in range(0, len(images), _COLUMNS):
    row = images[start : start + _COLUMNS]
    rows[f"{start} to {start + len(row) - 1}"] = grids.grid([row])
  return rows


def _chain_rows(levels: Sequence[np.ndarray]) -> dict[str, np.ndarray]:
  """Returns a strip for each level, coarsest first, a column for each image."""
  side = 2 * levels[0].shape[1]
  return {
    f"level {k}, {level.shape[1]} px": grids.grid([level], side=side)
    for k, level in reversed(list(enumerate(levels)))
  }


def _joined(levels: Sequence[np.ndarray]) -> np.ndarray:
  """Puts the images of every level beside each other, coarsest first."""
  side = levels[0].shape[1]
  return np.concatenate(
    [_enlarged(level, side) for level in reversed(levels)], axis=2
  )


def _enlarged(images: np.ndarray, side: int) -> np.ndarray:
  """Repeats pixels until images have about `side`, then pads with white."""
  big = grids.enlarged(images, max(1, side // images.shape[1]))
  missing = side - big.shape[1]
  return np.pad(
    big, ((0, 0), (missing, 0), (0, 0), (0, 0)), constant_values=255
  )


def _name(request: SampleRequest, chain: bool) -> str:
  parts = [f"seed{request.seed}", f"count{request.count}"]
  if request.temperature != SampleRequest.temperature:
    parts.append(f"temperature{request.temperature:g}")
  if request.batch_size != SampleRequest.batch_size:
    parts.append(f"batch{request.batch_size}")
  parts += request.labels
  if chain:
    parts.append("chain")
  if request.fixed_coarsest:
    parts.append("fixed_coarsest")
  if request.pixels:
    parts.append("pixels")
  return "_".join(parts).replace(os.sep, "-")


def _in_words(request: SampleRequest) -> str:
  parts = [f"seed {request.seed}"]
  if request.temperature != SampleRequest.temperature:
    parts.append(f"temperature {request.temperature:g}")
  if request.labels:
    parts.append(f"labels {', '.join(request.labels)}")
  if request.fixed_coarsest:
    parts.append("one coarsest image")
  if request.pixels:
    parts.append("drawn pixels")
  return ", ".join(parts)
