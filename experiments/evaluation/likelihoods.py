"""Parzen window likelihoods of trained models, with what gives them meaning.

Images are standardised pixel by pixel over the training images, the units in
which the published numbers of LAPGAN make sense, at the model's full size.
"""

from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.config.requests.evaluate import EvaluationRequest
from experiments.data.datasets import ImageData
from experiments.families.lapgan_statistics import training_statistics
from experiments.measures import parzen
from experiments.system import errors
from lapgan_tf.model import LAPGAN
from pyramid_tf import images as pixel_values
from pyramid_tf import pyramid

_SIGMAS = tuple(np.geomspace(0.2, 2.0, 15))
_BATCH = 500

# The operators of Appendix A: means of 2x2 blocks, and copies of them.
_KERNEL = "haar"


class Likelihoods:
  """Estimates on the test images of one dataset."""

  def __init__(self, data: ImageData, request: EvaluationRequest):
    """Standardises the test images.

    Args:
      data: The images to score, and the training images to standardise by.
      request: How many images, samples and draws to use, and whether widths are
        tuned on half of the images and reported on the other.
    """
    self._data = data
    self._request = request
    self._mean, self._deviation = training_statistics(data.train, "per_pixel")
    count = min(request.images, data.test.num_images)
    self._points = self._standardised(data.test.images(0, count))
    self._tuning = slice(0, count // 2) if request.held_out else slice(None)

  def of_samples(self, samples: np.ndarray) -> dict[str, Any]:
    """Scores the window over samples, uint8 `[N, size, size, 3]` (4.1)."""
    return _described(self._estimate(self._points, self._standardised(samples)))

  def baselines(self) -> dict[str, dict[str, Any]]:
    """Scores windows over the mean image and over training images.

    The second is no upper bound, but no generator of new images is better
    than chance if it beats it.
    """
    train = self._data.train.photographs(self._request.parzen_samples)
    real = self._standardised(train.images())
    mean = np.zeros((1, *self._points.shape[1:]))
    return {
      "mean image": _described(self._estimate(self._points, mean)),
      "training images": _described(self._estimate(self._points, real)),
    }

  def _estimate(
    self, points: np.ndarray, samples: np.ndarray
  ) -> parzen.Estimate:
    by_sigma = parzen.log_likelihoods(points, samples, _SIGMAS)
    return parzen.choose(by_sigma, _SIGMAS, self._tuning)

  def multi_scale(self, model: LAPGAN) -> dict[str, dict[str, Any]]:
    """Scores the product over levels of Appendix A, and adding nothing.

    Args:
      model: A cascade whose sizes halve.

    Returns:
      For `multi-scale` and for `multi-scale, zero residual`: mean, deviation
      and standard error, the terms by level, and the volume term that they
      include.

    Raises:
      UserError: If sizes do not halve, or the model has other units.
    """
    config = model.config
    sizes = config.sizes
    if any(fine != 2 * c for fine, c in zip(sizes, sizes[1:], strict=False)):
      raise errors.UserError(
        f"The multi-scale estimate needs levels that halve, got {sizes}. Use a "
        "model such as lapgan_cifar10_32."
      )
    if config.standardisation != "per_pixel":
      raise errors.UserError(
        "The multi-scale estimate is in units of standardisation=per_pixel, "
        f"the authors' own; the model has {config.standardisation}."
      )
    means = [
      level.numpy()
      for level in pyramid.gaussian_pyramid(self._points, sizes, _KERNEL)
    ]
    count, labels = self._request.parzen_samples, None
    if config.num_classes:
      labels = tf.constant(np.arange(count) % config.num_classes)
    samples = model.draw_coarsest(tf.constant([5, 0]), count, labels)
    coarsest = self._estimate(means[-1], samples.numpy())
    report = {}
    for name, draws in (
      ("multi-scale", self._request.parzen_draws),
      ("multi-scale, zero residual", 0),
    ):
      levels = [
        self._conditional(model, k, means[k], means[k + 1], draws)
        for k in range(len(sizes) - 1)
      ]
      dimensions = [3 * size**2 for size in sizes[1:]]
      total = parzen.multi_scale(coarsest, levels, dimensions)
      report[name] = {
        "mean": round(float(total.mean()), 1),
        "deviation": round(float(total.std()), 1),
        "standard_error": round(float(total.std() / len(total) ** 0.5), 1),
        "terms": [_described(e) for e in (*levels, coarsest)],
        "volume_term": round(float(-np.log(2.0) * sum(dimensions)), 1),
      }
    return report

  def _conditional(
    self,
    model: LAPGAN,
    k: int,
    fine: np.ndarray,
    coarse: np.ndarray,
    draws: int,
  ) -> parzen.Estimate:
    """Estimates level k's detail given the true coarser image."""
    truth = _detail(fine)
    squared = np.empty((len(fine), max(1, draws)))
    if not draws:
      squared[:, 0] = np.square(truth).sum((1, 2, 3))
    logging.info("Multi-scale Parzen window: level %d, %d draws.", k, draws)
    for j in range(draws):
      for start in range(0, len(fine), _BATCH):
        part = slice(start, min(start + _BATCH, len(fine)))
        label = None
        if model.config.num_classes:
          label = tf.constant(self._data.test.labels[part])
        image = _with_drawn_band(
          model, k, coarse[part], tf.constant([100 + j, start]), label
        )
        difference = _detail(image) - truth[part]
        squared[part, j] = np.square(difference).sum((1, 2, 3))
    # Three quarters of a band's numbers are free: its blocks have no mean.
    dimensions = truth[0].size * 3 // 4
    by_sigma = parzen.conditional_log_likelihoods(squared, dimensions, _SIGMAS)
    return parzen.choose(by_sigma, _SIGMAS, self._tuning)

  def _standardised(self, images: np.ndarray) -> np.ndarray:
    floats = pixel_values.from_uint8(images).numpy().astype(np.float64)
    return (floats - self._mean) / self._deviation


def _detail(image: np.ndarray) -> np.ndarray:
  """Returns the finest band, whose norm is that of its free coordinates."""
  size = image.shape[1]
  return pyramid.laplacian_pyramid(image, (size, size // 2), _KERNEL)[0].numpy()


def _with_drawn_band(
  model: LAPGAN,
  k: int,
  coarse: np.ndarray,
  seed: tf.Tensor,
  label: tf.Tensor | None,
) -> np.ndarray:
  """Takes one step of the cascade: u(x_{k+1}) with a drawn band of level k."""
  low_pass = pyramid.upsample(
    tf.cast(coarse, tf.float32), model.config.sizes[k], model.config.kernel
  )
  # The coarse images are true ones, which need no noise.
  band = model.level_models[k].generate(
    low_pass, seed, label, conditioning_noise=0.0
  )
  return (low_pass + band).numpy()


def _described(estimate: parzen.Estimate) -> dict[str, Any]:
  return {
    "mean": round(estimate.mean, 1),
    "deviation": round(estimate.deviation, 1),
    "standard_error": round(estimate.standard_error, 1),
    "sigma": round(estimate.sigma, 3),
    "sigma_at_edge": estimate.at_edge,
  }
