"""Figures 4 to 8 of Dorta et al. (2017), as rows of pictures.

Each function takes loaded runs by name, their images (or None), how many images
a row has and a seed, and returns a `Figure`.
"""

from collections.abc import Mapping

import numpy as np
import tensorflow as tf

from experiments.data.datasets import ImageData
from experiments.measures import neighbours
from experiments.paper_figures.figure import Figure
from experiments.pictures import grids
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors
from pyramid_tf import images, pyramid

_SIDE = 96
_ROWS = 3
_NEIGHBOURS = 3

_Runs = Mapping[str, TrainedRun]


def reconstructions(
  runs: _Runs, data: ImageData, count: int, seed: int
) -> Figure:
  """Figure 4: test images, and what every run makes of them.

  Where a model draws pixels, they are drawn given the posterior means.
  """
  inputs = data.test.images(0, min(count, data.test.num_images))
  rows = {"input": _row(inputs)}
  for name, run in runs.items():
    size = run.config.data.size
    if inputs.shape[1] != size:
      raise errors.UserError(
        f"{run.run_dir.path} has images of {size} pixels, the first run "
        f"{inputs.shape[1]}. Compare runs of one size."
      )
    result = _reconstructed(run, images.from_uint8(inputs), seed)
    rows[name] = _row(images.to_uint8(result).numpy())
  return Figure(rows, "Test images and reconstructions (LapCVAE, Figure 4)")


def _reconstructed(run: TrainedRun, image: tf.Tensor, seed: int) -> tf.Tensor:
  if not run.config.model.draws_pixels:
    return run.model.reconstruct(image)
  draw = tf.function(run.model.reconstruct_pixels, autograph=False)
  return draw(image, tf.constant([seed, 0]))


def samples(
  runs: _Runs, data: ImageData | None, count: int, seed: int
) -> Figure:
  """Figure 5: samples of every run; pixels are drawn as in Figure 4."""
  del data
  rows = {}
  for name, run in runs.items():
    pixels = run.config.model.draws_pixels
    drawn = run.draw(_ROWS * count, seed, pixels=pixels)[0]
    rows[name] = grids.sheet(drawn, count, _SIDE)
  return Figure(rows, "Samples (LapCVAE, Figure 5)")


def nearest_neighbours(
  runs: _Runs, data: ImageData, count: int, seed: int
) -> Figure:
  """Figure 6: samples of a run above their nearest training images."""
  [run] = runs.values()
  drawn = run.draw(count, seed)[0]
  nearest = neighbours.nearest(
    drawn, data.train, min(_NEIGHBOURS, data.train.num_images)
  )
  rows = {"sample": _row(drawn)}
  cells = {}
  for rank in range(nearest.index.shape[1]):
    label = f"neighbour {rank + 1}\nl2 distance above"
    rows[label] = _row(
      np.concatenate(
        [data.train.images(int(i), 1) for i in nearest.index[:, rank]]
      )
    )
    cells[label] = [f"{distance:.1f}" for distance in nearest.distance[:, rank]]
  return Figure(
    rows, "Samples and nearest training images (LapCVAE, Figure 6)", cells
  )


def retrained(
  runs: _Runs, data: ImageData | None, count: int, seed: int
) -> Figure:
  """Figure 7: equal seeds before and after retraining M."""
  del data
  rows = {
    f"{when}\n{name}": _row(run.draw(count, seed)[0])
    for when, (name, run) in zip(
      ("before", "after retraining M"), runs.items(), strict=True
    )
  }
  return Figure(rows, "Samples of equal latents (LapCVAE, Figure 7)")


def partial_sampling(
  runs: _Runs, data: ImageData, count: int, seed: int
) -> Figure:
  """Figure 8: levels k to K fixed; the base, then samples of finer levels."""
  [run] = runs.values()
  model = run.model
  sizes = model.config.sizes
  if len(sizes) == 1:
    raise errors.UserError("lapcvae_8 needs a model of several levels.")
  image = images.from_uint8(data.test.images(0, 1))
  levels = model.reconstruct_levels(image)
  rows, cells = {}, {}
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
    cells[f"{fixed} fixed"] = [
      "input",
      "base",
      *(f"sample {i + 1}" for i in range(count)),
    ]
  title = "Input, base of the fixed levels, samples (LapCVAE, Figure 8)"
  return Figure(rows, title, cells)


FIGURES = {
  "lapcvae_4": reconstructions,
  "lapcvae_5": samples,
  "lapcvae_6": nearest_neighbours,
  "lapcvae_7": retrained,
  "lapcvae_8": partial_sampling,
}


def _row(pictures: np.ndarray) -> np.ndarray:
  return grids.grid([pictures], side=_SIDE)
