"""Figures 3 to 5 of Denton et al. (2015) and of its supplement, as rows.

As `lapcvae_figures`: loaded runs, images or None, count, seed -> rows, title.
"""

import numpy as np

from experiments.families import lapgan_samples
from experiments.measures import neighbours
from experiments.pictures import grids

_SIDE = 64
_FRAME = 2
_YELLOW = (255, 215, 0)


def by_class(runs, data, count, seed):
  """Figure 3: samples, each last one beside its nearest training image.

  A class-conditional run has a row for every class.
  """
  rows = {}
  for run in runs:
    classes = run.config.model.num_classes
    if classes:
      names = data.class_names or [str(c) for c in range(classes)]
      for label, name in enumerate(names):
        drawn = lapgan_samples.draw(run.model, count, seed, [label])
        rows[f"{_name(run)}\n{name}"] = _with_neighbour(drawn, data)
    else:
      drawn = lapgan_samples.draw(run.model, 3 * count, seed)
      strips = [_with_neighbour(drawn[i::3], data) for i in range(3)]
      rows[_name(run)] = np.concatenate(strips, axis=0)
  title = (
    "Samples; in yellow the training image nearest to the sample at its left "
    "(LAPGAN, Figure 3)"
  )
  return rows, title


def chain(runs, data, count, seed):
  """Figure 4: samples, and the images of every level."""
  del data
  rows = {}
  for run in runs:
    drawn = lapgan_samples.draw(run.model, 3 * count, seed)
    rows[f"{_name(run)}\nsamples"] = grids.by_columns(drawn, 3, _SIDE)
    levels = lapgan_samples.draw_chain(run.model, count, seed)
    rows[f"{_name(run)}\ncoarse to fine"] = grids.grid(levels, side=_SIDE)
  return rows, "Samples and the coarse-to-fine chain (LAPGAN, Figure 4)"


def sheets(runs, data, count, seed):
  """Figure 5: samples of every run, one per scene in the paper."""
  del data
  rows = {}
  for run in runs:
    drawn = lapgan_samples.draw(run.model, 4 * count, seed)
    rows[f"{_name(run)}\n{run.config.data.name}"] = grids.by_columns(
      drawn, 4, _SIDE
    )
  return rows, "Samples (LAPGAN, Figure 5)"


def from_one_coarsest(runs, data, count, seed):
  """The supplement: what finer levels make of one coarsest image."""
  del data
  rows = {}
  for run in runs:
    for i in range(4):
      levels = lapgan_samples.draw_from_one_coarsest(run.model, count, seed + i)
      first, finest = levels[0][:1], levels[-1]
      coarsest = grids.enlarged(first, finest.shape[1] // first.shape[1])
      missing = finest.shape[1] - coarsest.shape[1]
      coarsest = np.pad(
        coarsest,
        ((0, 0), (0, missing), (0, missing), (0, 0)),
        constant_values=255,
      )
      rows[f"{_name(run)}\n{i + 1}"] = grids.grid(
        [np.concatenate([coarsest, finest])], side=_SIDE
      )
  title = "A coarsest image, and samples that refine it (LAPGAN, supplement)"
  return rows, title


FIGURES = {
  "lapgan_3": by_class,
  "lapgan_4": chain,
  "lapgan_5": sheets,
  "lapgan_supp": from_one_coarsest,
}


def _with_neighbour(drawn, data):
  found = neighbours.nearest(drawn[-1:], data.train)
  nearest = data.train.images(int(found.index[0, 0]), 1)
  framed = nearest.copy()
  framed[:, :_FRAME] = framed[:, -_FRAME:] = _YELLOW
  framed[:, :, :_FRAME] = framed[:, :, -_FRAME:] = _YELLOW
  return grids.grid([np.concatenate([drawn, framed])], side=_SIDE)


def _name(run):
  return run.run_dir.path.name
