"""Figures 3 to 5 of Denton et al. (2015) and of its supplement, as rows.

Each function takes loaded runs by name, their images (or None), how many images
a row has and a seed, and returns a `Figure`.
"""

from collections.abc import Mapping

import numpy as np

from experiments.data.datasets import ImageData
from experiments.measures import neighbours
from experiments.paper_figures.figure import Figure
from experiments.pictures import grids
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors

_SIDE = 64
_FRAME = 2
_YELLOW = (255, 215, 0)

# Rows of samples of a run, and coarsest images of the supplement's figure.
_ROWS, _SHEET_ROWS, _COARSEST = 3, 4, 4

_Runs = Mapping[str, TrainedRun]


def by_class(runs: _Runs, data: ImageData, count: int, seed: int) -> Figure:
  """Figure 3: samples, each last one beside its nearest training image.

  A class-conditional run has a row for every class.
  """
  rows = {}
  for name, run in runs.items():
    if run.config.model.num_classes:
      for label in run.class_names:
        drawn = run.draw(count, seed, labels=(label,))[0]
        rows[f"{name}\n{label}"] = _with_neighbour(drawn, data)
    else:
      drawn = run.draw(_ROWS * count, seed)[0]
      strips = [_with_neighbour(drawn[i::_ROWS], data) for i in range(_ROWS)]
      rows[name] = np.concatenate(strips, axis=0)
  title = (
    "Samples; in yellow the training image nearest to the sample at its left "
    "(LAPGAN, Figure 3)"
  )
  return Figure(rows, title)


def chain(runs: _Runs, data: ImageData | None, count: int, seed: int) -> Figure:
  """Figure 4: samples, and the images of every level."""
  del data
  rows = {}
  for name, run in runs.items():
    drawn = run.draw(_ROWS * count, seed)[0]
    rows[f"{name}\nsamples"] = grids.by_columns(drawn, _ROWS, _SIDE)
    levels = run.draw(count, seed)
    for k, level in reversed(list(enumerate(levels))):
      label = f"{name}\nlevel {k}, {level.shape[1]} px"
      rows[label] = grids.grid([level], side=_SIDE)
  return Figure(rows, "Samples, and samples coarse to fine (LAPGAN, Figure 4)")


def sheets(
  runs: _Runs, data: ImageData | None, count: int, seed: int
) -> Figure:
  """Figure 5: samples of every run, one per scene in the paper."""
  del data
  rows = {}
  for name, run in runs.items():
    drawn = run.draw(_SHEET_ROWS * count, seed)[0]
    label = f"{name}\n{run.config.data.name}"
    rows[label] = grids.by_columns(drawn, _SHEET_ROWS, _SIDE)
  return Figure(rows, "Samples (LAPGAN, Figure 5)")


def from_one_coarsest(
  runs: _Runs, data: ImageData | None, count: int, seed: int
) -> Figure:
  """The supplement: what finer levels make of one coarsest image."""
  del data
  rows, cells = {}, {}
  for name, run in runs.items():
    if run.config.model.num_levels == 1:
      raise errors.UserError(
        f"{run.run_dir.path} has one level, so there is no coarsest image to "
        "refine. Name a run of several levels."
      )
    for i in range(_COARSEST):
      levels = run.draw(count, seed + i, fixed_coarsest=True)
      finest, coarsest = levels[0], levels[-1][:1]
      coarsest = grids.enlarged(coarsest, finest.shape[1] // coarsest.shape[1])
      missing = finest.shape[1] - coarsest.shape[1]
      coarsest = np.pad(
        coarsest,
        ((0, 0), (0, missing), (0, missing), (0, 0)),
        constant_values=255,
      )
      label = f"{name}\nseed {seed + i}"
      rows[label] = grids.grid([np.concatenate([coarsest, finest])], side=_SIDE)
      cells[label] = ["coarsest", *(str(j + 1) for j in range(count))]
  title = "A coarsest image, and samples that refine it (LAPGAN, supplement)"
  return Figure(rows, title, cells)


FIGURES = {
  "lapgan_3": by_class,
  "lapgan_4": chain,
  "lapgan_5": sheets,
  "lapgan_supp": from_one_coarsest,
}


def _with_neighbour(drawn: np.ndarray, data: ImageData) -> np.ndarray:
  """Returns samples, and the training image nearest to the last, framed."""
  nearest = neighbours.nearest(drawn[-1:], data.train)
  framed = data.train.images(int(nearest.index[0, 0]), 1).copy()
  framed[:, :_FRAME] = framed[:, -_FRAME:] = _YELLOW
  framed[:, :, :_FRAME] = framed[:, :, -_FRAME:] = _YELLOW
  return grids.grid([np.concatenate([drawn, framed])], side=_SIDE)
