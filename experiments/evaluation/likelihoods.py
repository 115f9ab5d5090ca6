"""Parzen window likelihoods of trained models, with what gives them meaning.

Images are standardised pixel by pixel over the training images, the units in
which the published numbers of LAPGAN make sense, at the model's full size.
"""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.data.datasets import ImageData
from experiments.families import lapgan_samples
from experiments.families.lapgan_task import training_statistics
from experiments.measures import parzen
from experiments.system import errors
from lapgan_tf.model import LAPGAN
from pyramid_tf import images as pixel_values

_SIGMAS = tuple(np.geomspace(0.2, 2.0, 15))
_BATCH = 500


@dataclasses.dataclass(frozen=True, kw_only=True)
class Protocol:
  """How to estimate.

  Attributes:
    images: Test images that are scored.
    samples: Samples of the window; the paper has 50,000.
    draws: Bands drawn for each image and level of the multi-scale estimate.
    held_out: Whether widths are tuned on half of the images and the other half
      is reported, instead of tuned and reported on all, as in the paper.
  """

  images: int = 1000
  samples: int = 10_000
  draws: int = 50
  held_out: bool = False

  def tuning(self, count: int) -> slice:
    """The images that widths are tuned on."""
    return slice(0, count // 2) if self.held_out else slice(None)


class Likelihoods:
  """Estimates on the test images of one dataset."""

  def __init__(self, data: ImageData, protocol: Protocol):
    """Standardises the test images.

    Args:
      data: Images to score, and the training images to standardise by.
      protocol: How to estimate.
    """
    self._data = data
    self._protocol = protocol
    self._mean, self._deviation = training_statistics(data.train, "per_pixel")
    count = min(protocol.images, data.test.num_images)
    self._points = self._standardised(data.test.images(0, count))
    self._tuning = protocol.tuning(count)

  def of_samples(self, samples: np.ndarray) -> dict[str, Any]:
    """The window over samples, uint8 `[N, size, size, 3]` (Section 4.1)."""
    return _described(self._estimate(self._standardised(samples)))

  def baselines(self) -> dict[str, dict[str, Any]]:
    """What a window over the mean image, and over training images, scores.

    The second is no upper bound, but no generator of new images is better
    than chance if it beats it.
    """
    count = min(self._protocol.samples, self._data.train.num_images)
    real = self._standardised(self._data.train.images(0, count))
    mean = np.zeros((1, *self._points.shape[1:]))
    return {
      "mean image": _described(self._estimate(mean)),
      "training images": _described(self._estimate(real)),
    }

  def _estimate(self, samples):
    by_sigma = parzen.log_likelihoods(self._points, samples, _SIGMAS)
    return parzen.choose(by_sigma, _SIGMAS, self._tuning)

  def multi_scale(self, model: LAPGAN) -> dict[str, dict[str, Any]]:
    """The product over levels of Appendix A, and what adding nothing scores.

    Args:
      model: A cascade whose sizes halve.

    Returns:
      Of `multi-scale` and of `multi-scale, zero residual`: mean, deviation and
      standard error; the terms by level; the volume term that they include.

    Raises:
      UserError: If sizes do not halve, or the model has other units.
    """
    sizes = model.config.sizes
    if any(fine != 2 * c for fine, c in zip(sizes, sizes[1:], strict=False)):
      raise errors.UserError(
        f"The multi-scale estimate needs levels that halve, got {sizes}. Use a "
        "model such as lapgan_cifar10_32."
      )
    if model.config.standardisation != "per_pixel":
      raise errors.UserError(
        "The multi-scale estimate is in units of standardisation=per_pixel, "
        f"the authors' own; the model has {model.config.standardisation}."
      )
    means = [self._points]
    for size in sizes[1:]:
      shape = (len(self._points), size, 2, size, 2, 3)
      means.append(means[-1].reshape(shape).mean((2, 4)))
    samples = self._coarsest_samples(model)
    coarsest = parzen.choose(
      parzen.log_likelihoods(means[-1], samples, _SIGMAS),
      _SIGMAS,
      self._tuning,
    )
    found = {}
    for name, draws in (
      ("multi-scale", self._protocol.draws),
      ("multi-scale, zero residual", 0),
    ):
      levels = [
        self._conditional(model, k, means[k], means[k + 1], draws)
        for k in range(len(sizes) - 1)
      ]
      dimensions = [3 * size**2 for size in sizes[1:]]
      total = parzen.multi_scale(coarsest, levels, dimensions)
      found[name] = {
        "mean": round(float(total.mean()), 1),
        "deviation": round(float(total.std()), 1),
        "standard_error": round(float(total.std() / len(total) ** 0.5), 1),
        "terms": [_described(e) for e in (*levels, coarsest)],
        "volume_term": round(float(-np.log(2.0) * sum(dimensions)), 1),
      }
    return found

  def _coarsest_samples(self, model):
    count = self._protocol.samples
    labels = None
    if model.config.num_classes:
      labels = tf.constant(np.arange(count) % model.config.num_classes)
    drawn = model.draw_coarsest(tf.constant([5, 0]), count, labels)
    return drawn.numpy()

  def _conditional(self, model, k, fine, coarse, draws):
    """The estimate of level k's detail given the true coarser image."""
    truth = parzen.detail(fine)
    squared = np.empty((len(fine), max(1, draws)))
    if not draws:
      squared[:, 0] = np.square(truth).sum((1, 2, 3))
    labels = self._data.test.labels
    logging.info("Multi-scale Parzen window: level %d, %d draws.", k, draws)
    for j in range(draws):
      for start in range(0, len(fine), _BATCH):
        part = slice(start, start + _BATCH)
        label = None
        if model.config.num_classes:
          label = tf.constant(labels[part][: len(fine[part])])
        image = lapgan_samples.refined_once(
          model, k, coarse[part], tf.constant([100 + j, start]), label
        )
        difference = parzen.detail(image) - truth[part]
        squared[part, j] = np.square(difference).sum((1, 2, 3))
    dimensions = truth[0].size * 3 // 4
    by_sigma = parzen.conditional_log_likelihoods(squared, dimensions, _SIGMAS)
    return parzen.choose(by_sigma, _SIGMAS, self._tuning)

  def _standardised(self, images):
    floats = pixel_values.from_uint8(images).numpy().astype(np.float64)
    return (floats - self._mean) / self._deviation


def _described(estimate: parzen.Estimate) -> dict[str, Any]:
  return {
    "mean": round(estimate.mean, 1),
    "deviation": round(estimate.deviation, 1),
    "standard_error": round(estimate.standard_error, 1),
    "sigma": round(estimate.sigma, 3),
    "sigma_at_edge": estimate.at_edge,
  }
