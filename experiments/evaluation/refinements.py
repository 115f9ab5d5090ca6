"""What finer levels add to true coarse images, beside adding nothing.

A level is judged by itself if the coarse image that it refines is that of a
photograph: then the photograph shows what its detail should look like.
"""

from typing import Any

import numpy as np
import tensorflow as tf

from experiments.data.batches import Split
from experiments.measures import metrics, sliced_wasserstein
from lapgan_tf.model import LAPGAN
from pyramid_tf import images as pixel_values
from pyramid_tf import pyramid

_BATCH = 100
_SEED = 9

# Enough for two digits, in seconds.
_PATCHES = 64
_DIRECTIONS = 128


def figures(
  model: LAPGAN, test: Split, train: Split, count: int
) -> list[dict[str, Any]]:
  """Measures every level by itself, and all finer levels together.

  Args:
    model: The levels.
    test: Images whose coarse images are refined.
    train: Other images of the same kind, for what a perfect model would have.
    count: How many images are compared; no more than either split has.

  Returns:
    One entry for each pair of sides: `given` and `made`, in pixels; `swd`, the
    sliced Wasserstein distance of the finest band that was made to that of the
    test images; `swd_real` and `swd_nothing_added`, the same of training images
    and of the enlarged coarse images; `rmse` and `rmse_nothing_added` to the
    test images, in grey levels; `drift`, the RMSE between the given image and
    what d makes of the result.
  """
  count = min(count, test.num_images, train.num_images)
  test = test.part(0, count)
  sizes, levels = model.config.sizes, model.config.num_levels
  real = _pyramids(model, test)
  finest = {
    k: sliced_wasserstein.bands_of(real[k])[0]
    for k in range(levels - 1)
    if sizes[k] >= sliced_wasserstein.PATCH
  }

  def swd(k: int, images: np.ndarray) -> float:
    band = sliced_wasserstein.bands_of(images)[0]
    return sliced_wasserstein.distance(finest[k], band, _PATCHES, _DIRECTIONS)

  other = _pyramids(model, train.part(0, count))
  floors = {k: swd(k, other[k]) for k in finest}
  entries = []
  pairs = [(j, j - 1) for j in range(1, levels)]
  pairs += [(j, 0) for j in range(2, levels)]
  for j, k in pairs:
    if k not in floors:
      continue
    made, enlarged, drift = _refined(model, test, j, k)
    entries.append(
      {
        "given": sizes[j],
        "made": sizes[k],
        "swd": swd(k, made),
        "swd_real": floors[k],
        "swd_nothing_added": swd(k, enlarged),
        "rmse": float(metrics.rmse(real[k], made).mean()),
        "rmse_nothing_added": float(metrics.rmse(real[k], enlarged).mean()),
        "drift": drift,
      }
    )
  return entries


def _pyramids(model: LAPGAN, split: Split) -> dict[int, np.ndarray]:
  """Returns the images at every level, in [-1, 1]."""
  parts = [_blurred(model, batch) for batch in split.batches(_BATCH)]
  return {
    k: np.concatenate([_image(model, part[k]) for part in parts])
    for k in range(model.config.num_levels)
  }


def _refined(
  model: LAPGAN, split: Split, j: int, k: int
) -> tuple[np.ndarray, np.ndarray, float]:
  """Returns x_k made of b_j, u of b_j, and how far the former is from b_j."""
  config = model.config
  refine = tf.function(
    lambda image, seed, label: model.refine(
      image, seed, label, level=j, conditioning_noise=0.0
    )[k]
  )
  made, enlarged, drifts = [], [], []
  for i, batch in enumerate(split.batches(_BATCH)):
    given = _blurred(model, batch)[j]
    label = batch["label"] if config.num_classes else None
    result = refine(given, tf.constant([_SEED, i]), label)
    nothing = given
    for side in config.sizes[k:j][::-1]:
      nothing = pyramid.upsample(nothing, side, config.kernel)
    again = pyramid.gaussian_pyramid(
      result, config.sizes[k : j + 1], config.kernel
    )[-1]
    drifts.append(metrics.rmse(_image(model, given), again))
    made.append(np.clip(result.numpy(), -1.0, 1.0))
    enlarged.append(_image(model, nothing))
  drift = float(np.concatenate(drifts).mean())
  return np.concatenate(made), np.concatenate(enlarged), drift


def _blurred(model: LAPGAN, batch) -> list[tf.Tensor]:
  image = model.standardisation(pixel_values.from_uint8(batch["image"]))
  return pyramid.gaussian_pyramid(
    image, model.config.sizes, model.config.kernel
  )


def _image(model: LAPGAN, standardised: tf.Tensor) -> np.ndarray:
  image = model.standardisation.to_image(standardised, model.config.kernel)
  return np.clip(image.numpy(), -1.0, 1.0)
