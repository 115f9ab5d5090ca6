"""What finer levels add to true coarse images, beside adding nothing.

A level is judged by itself if the coarse image that it refines is that of a
photograph: then the photograph shows what its detail should look like.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from experiments.data.batches import Split
from experiments.measures import metrics, sliced_wasserstein
from experiments.runs.trained_run import TrainedRun
from pyramid_tf import consistency, pyramid
from pyramid_tf import images as pixel_values

_BATCH = 100
_SEED = 9

# Enough for two digits, in seconds.
_PATCHES = 64
_DIRECTIONS = 128


# (coarse images `[batch, size_k, size_k, 3]`, level k, seed, labels or None) ->
# x_0, ..., x_k, the last of which is the base that detail was added to.
Refiner = Callable[
  [tf.Tensor, int, tf.Tensor, tf.Tensor | None], list[tf.Tensor]
]


def of_run(
  run: TrainedRun, test: Split, train: Split, count: int
) -> list[dict[str, Any]]:
  """Measures a trained model by each way in which it refines.

  A model that can refine reconstructions of what it is given may also have the
  fine bands of the result put on the given image, which is called `kept`.

  Args:
    run: The run.
    test: See `figures`.
    train: See `figures`.
    count: See `figures`.

  Returns:
    See `figures`.
  """
  config, family = run.config.model, run.family

  def refining(base: str) -> Refiner:
    return lambda coarse, level, seed, label: family.refine(
      run.model, coarse, level, seed, label, base
    )

  def kept(coarse, level, seed, label):
    drawn = refining("reconstructed")(coarse, level, seed, label)
    sizes = config.sizes[: level + 1]
    result = consistency.with_coarse(drawn[0], coarse, sizes, config.kernel)
    finer = pyramid.gaussian_pyramid(result, sizes[:-1], config.kernel)
    return [*finer, coarse]

  refiners = {base: refining(base) for base in family.bases}
  if "reconstructed" in family.bases:
    refiners["kept"] = kept
  return figures(refiners, config.sizes, config.kernel, test, train, count)


def figures(
  refiners: Mapping[str, Refiner],
  sizes: Sequence[int],
  kernel: str,
  test: Split,
  train: Split,
  count: int,
) -> list[dict[str, Any]]:
  """Measures every level by itself, and all finer levels together.

  Args:
    refiners: Ways to refine coarse images, by name.
    sizes: Sides of the levels, finest first.
    kernel: The pyramid's pair of operators.
    test: Images whose coarse images are refined.
    train: Other images of the same kind, for what a perfect model would have.
    count: How many images are compared; no more than either split has.

  Returns:
    One entry for each method and pair of sides: `method`; `given` and `made`,
    in pixels; `swd`, the sliced Wasserstein distance of the finest band that
    was made to that of the test images; `swd_real` and `swd_nothing_added`, the
    same of training images and of the enlarged coarse images; `rmse` and
    `rmse_nothing_added` to the test images, in grey levels; `drift`, the RMSE
    between the given image and what d makes of the result; and
    `drift_from_base`, the same of the image that detail was added to, which is
    the given one or its reconstruction (LapCVAE, Figure 8: "the samples are
    consistent with the coarse base").
  """
  train = train.photographs(min(count, test.num_images))
  test = test.part(0, train.num_images)
  smallest = sliced_wasserstein.PATCH
  made = [k for k in range(len(sizes) - 1) if sizes[k] >= smallest]

  def blurred(split: Split) -> list[np.ndarray]:
    parts = [
      pyramid.gaussian_pyramid(_images(batch), sizes, kernel)
      for batch in split.batches(_BATCH)
    ]
    return [np.concatenate(level) for level in zip(*parts, strict=True)]

  real, other = blurred(test), blurred(train)
  finest = {k: sliced_wasserstein.bands_of(real[k])[0] for k in made}

  def swd(k: int, images: np.ndarray) -> float:
    band = sliced_wasserstein.bands_of(images)[0]
    return sliced_wasserstein.distance(finest[k], band, _PATCHES, _DIRECTIONS)

  floors = {k: swd(k, other[k]) for k in made}
  nothing = {}
  for j in range(1, len(sizes)):
    for k in made:
      if k < j:
        enlarged = _enlarged(real[j], sizes[k:j], kernel)
        nothing[j, k] = {
          "swd_nothing_added": swd(k, enlarged),
          "rmse_nothing_added": _rmse(real[k], enlarged),
        }
  entries = []
  for method, refine in refiners.items():
    for j in range(1, len(sizes)):
      levels = sorted({k for k in (j - 1, 0) if k in made})
      results = _refined(refine, real[j], test.labels, j, [*levels, j])
      for k in reversed(levels):
        again = pyramid.gaussian_pyramid(results[k], sizes[k : j + 1], kernel)[
          -1
        ]
        shown = np.clip(results[k], -1.0, 1.0)
        entries.append(
          {
            "method": method,
            "given": sizes[j],
            "made": sizes[k],
            "swd": swd(k, shown),
            "swd_real": floors[k],
            "rmse": _rmse(real[k], shown),
            **nothing[j, k],
            "drift": _rmse(real[j], again),
            "drift_from_base": _rmse(np.clip(results[j], -1.0, 1.0), again),
          }
        )
  return entries


def _images(batch: Mapping[str, Any]) -> tf.Tensor:
  return pixel_values.from_uint8(batch["image"])


def _rmse(images: np.ndarray, others: np.ndarray) -> float:
  return float(metrics.rmse(images, others).mean())


def _enlarged(
  image: np.ndarray, sizes: Sequence[int], kernel: str
) -> np.ndarray:
  for side in reversed(sizes):
    image = pyramid.upsample(image, side, kernel)
  return np.clip(image, -1.0, 1.0)


def _refined(
  refine: Refiner,
  coarse: np.ndarray,
  labels: np.ndarray | None,
  j: int,
  levels: Sequence[int],
) -> dict[int, np.ndarray]:
  """Returns x_k of the given levels, made of b_j."""

  @tf.function(autograph=False)
  def made(image, seed, label):
    drawn = refine(image, j, seed, label)
    return [drawn[k] for k in levels]

  parts = []
  for i, start in enumerate(range(0, len(coarse), _BATCH)):
    part = slice(start, start + _BATCH)
    label = None if labels is None else tf.constant(labels[part])
    parts.append(made(coarse[part], tf.constant([_SEED, i]), label))
  return {
    k: np.concatenate(level)
    for k, level in zip(levels, zip(*parts, strict=True), strict=True)
  }
