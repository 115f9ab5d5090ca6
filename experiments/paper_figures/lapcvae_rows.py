"""Figures 4 to 8 of Dorta et al. (2017), as rows of pictures.

Each takes loaded runs, their images (or None), how many images a row has and a
seed, and returns rows by label and a title.
"""

import numpy as np
import tensorflow as tf

from experiments.measures import neighbours
from experiments.pictures import grids
from experiments.system import errors
from pyramid_tf import images, pyramid

_SIDE = 96


def reconstructions(runs, data, count, seed):
  """Figure 4: test images, and what every run makes of them."""
  del seed
  shown = data.test.images(0, min(count, data.test.num_images))
  rows = {"input": _row(shown)}
  for run in runs:
    _check_size(run, shown)
    result = run.model.reconstruct(images.from_uint8(shown))
    rows[_name(run)] = _row(images.to_uint8(result).numpy())
  return rows, "Test images and reconstructions (LapCVAE, Figure 4)"


def samples(runs, data, count, seed):
  """Figure 5: samples of every run."""
  del data
  rows = {
    _name(run): grids.sheet(_samples(run, 3 * count, seed), count, _SIDE)
    for run in runs
  }
  return rows, "Samples (LapCVAE, Figure 5)"


def nearest_neighbours(runs, data, count, seed):
  """Figure 6: samples of a run above their nearest training images."""
  run = runs[0]
  drawn = _samples(run, count, seed)
  found = neighbours.nearest(drawn, data.train, min(3, data.train.num_images))
  rows = {"sample": _row(drawn)}
  for rank in range(found.index.shape[1]):
    nearest = np.concatenate(
      [data.train.images(int(i), 1) for i in found.index[:, rank]]
    )
    distance = found.distance[:, rank].mean()
    rows[f"neighbour {rank + 1}\nmean l2 {distance:.1f}"] = _row(nearest)
  return rows, "Samples and nearest training images (LapCVAE, Figure 6)"


def retrained(runs, data, count, seed):
  """Figure 7: equal seeds before and after retraining M."""
  del data
  if len(runs) != 2:
    raise errors.UserError(
      "lapcvae_7 is drawn from two runs, --run_dirs=BEFORE,AFTER; make the "
      "second with experiments.retrain_prior."
    )
  names = ("before", "after\nretraining M")
  rows = {
    name: _row(_samples(run, count, seed))
    for name, run in zip(names, runs, strict=True)
  }
  return rows, "Samples of equal latents (LapCVAE, Figure 7)"


def partial_sampling(runs, data, count, seed):
  """Figure 8: levels k to K fixed; the base, then samples of finer levels."""
  run = runs[0]
  model = run.model
  sizes = model.config.sizes
  if len(sizes) == 1:
    raise errors.UserError("lapcvae_8 needs a model of several levels.")
  image = images.from_uint8(data.test.images(0, 1))
  levels = model.reconstruct_levels(image)
  rows = {}
  for k in range(1, len(sizes)):
    base = levels[k]
    for finer in reversed(range(k)):
      base = pyramid.upsample(base, sizes[finer], model.config.kernel)
    drawn = model.resample(
      tf.repeat(image, count, axis=0), k, tf.constant([seed, k])
    )
    pictures = [images.to_uint8(x).numpy() for x in (image, base, drawn)]
    coarsest = len(sizes) - 1
    fixed = f"level {k}" if k == coarsest else f"levels {k} to {coarsest}"
    rows[f"{fixed} fixed"] = _row(np.concatenate(pictures))
  title = "Input, base of the fixed levels, samples (LapCVAE, Figure 8)"
  return rows, title


FIGURES = {
  "lapcvae_4": reconstructions,
  "lapcvae_5": samples,
  "lapcvae_6": nearest_neighbours,
  "lapcvae_7": retrained,
  "lapcvae_8": partial_sampling,
}


def _samples(run, count, seed):
  drawn = run.model.sample(tf.constant([seed, 0]), count)
  return images.to_uint8(drawn).numpy()


def _row(pictures):
  return grids.grid([pictures], side=_SIDE)


def _name(run):
  return run.run_dir.path.name


def _check_size(run, shown):
  size = run.config.data.size
  if shown.shape[1] != size:
    raise errors.UserError(
      f"{run.run_dir.path} is of {size} pixels, the first run of "
      f"{shown.shape[1]}; compare runs of one size."
    )
