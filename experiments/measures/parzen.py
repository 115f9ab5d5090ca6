"""Gaussian Parzen window estimates of log-likelihoods, in nats per image.

Denton et al. (2015) estimate by them in Section 4.1 and Appendix A. Theis et
al. (2016, "A note on the evaluation of generative models") show that such
estimates rank models wrongly; a report should give the scores of trivial models
beside them.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from absl import logging


@dataclasses.dataclass(frozen=True)
class Estimate:
  """Log-likelihoods at the width that suits the validation images best.

  Attributes:
    sigma: The width of the window.
    per_image: The log-likelihoods, float64 `[N]`, in nats.
    at_edge: Whether the best width is the first or last that was tried, so that
      a better one may lie outside.
  """

  sigma: float
  per_image: np.ndarray
  at_edge: bool

  @property
  def mean(self) -> float:
    """The mean over images."""
    return float(self.per_image.mean())

  @property
  def deviation(self) -> float:
    """The standard deviation over images, the +- of Table 1."""
    return float(self.per_image.std())

  @property
  def standard_error(self) -> float:
    """The standard error of the mean."""
    return self.deviation / math.sqrt(len(self.per_image))


def log_likelihoods(
  points: np.ndarray,
  samples: np.ndarray,
  sigmas: Sequence[float],
  points_at_once: int = 1000,
  samples_at_once: int = 2000,
) -> np.ndarray:
  """Returns log 1/M sum_j N(x; s_j, sigma^2 I) for every point and width.

  Sums run over chunks in float64, so memory does not grow with either number.

  Args:
    points: The points x, `[N, ...]`; all further axes are flattened.
    samples: The samples s, `[M, ...]`.
    sigmas: The widths, positive.
    points_at_once: How many points a chunk has.
    samples_at_once: How many samples a chunk has.

  Returns:
    float64 `[len(sigmas), N]`.

  Raises:
    ValueError: If shapes differ or a width is not positive.
  """
  points, samples = (x.reshape(len(x), -1) for x in (points, samples))
  if points.shape[1] != samples.shape[1]:
    raise ValueError(
      f"Points have {points.shape[1]} dimensions, samples {samples.shape[1]}."
    )
  # Near the data, squares lose fewer digits.
  centre = samples.mean(0, dtype=np.float64)
  chunks = []
  for start in range(0, len(points), points_at_once):
    chunk = points[start : start + points_at_once] - centre
    total = None
    for first in range(0, len(samples), samples_at_once):
      part = samples[first : first + samples_at_once] - centre
      squared = _squared_distances(chunk, part)
      total = _log_sums(squared, sigmas, total)
    chunks.append(total)
    logging.log_every_n_seconds(
      logging.INFO,
      "Parzen window: %d of %d images.",
      10,
      min(start + points_at_once, len(points)),
      len(points),
    )
  return _normalised(
    np.concatenate(chunks, 1), sigmas, len(samples), points.shape[1]
  )


def conditional_log_likelihoods(
  squared_distances: np.ndarray, dimensions: int, sigmas: Sequence[float]
) -> np.ndarray:
  """Returns `log_likelihoods` of points that each have their own samples.

  Args:
    squared_distances: The squared distances of each point to its samples,
      `[N, M]`.
    dimensions: The number of dimensions of points and samples.
    sigmas: The widths, positive.

  Returns:
    float64 `[len(sigmas), N]`.
  """
  total = _log_sums(np.asarray(squared_distances, np.float64), sigmas, None)
  return _normalised(total, sigmas, squared_distances.shape[1], dimensions)


def choose(
  by_sigma: np.ndarray, sigmas: Sequence[float], tuning: slice = slice(None)
) -> Estimate:
  """Takes the width with the largest mean over the tuning images.

  Args:
    by_sigma: Log-likelihoods, `[len(sigmas), N]`.
    sigmas: The widths.
    tuning: The images to tune on. The paper tunes on the images that it
      reports; if `tuning` is a part of them, only the rest is reported.

  Returns:
    The estimate over all images, or over those outside of `tuning`.
  """
  best = int(np.argmax(by_sigma[:, tuning].mean(1)))
  reported = np.ones(by_sigma.shape[1], bool)
  if tuning != slice(None):
    reported[tuning] = False
  return Estimate(
    float(sigmas[best]),
    by_sigma[best, reported],
    best in (0, len(sigmas) - 1) and len(sigmas) > 1,
  )


def multi_scale(
  coarsest: Estimate,
  levels: Sequence[Estimate],
  coarse_dimensions: Sequence[int],
) -> np.ndarray:
  """Returns log-likelihoods of images from those of their parts (Appendix A).

  With d the mean of 2x2 blocks and hb the coordinates of a band in an
  orthonormal basis of what d removes,

    log p(I_0) = log q_K(I_K) + sum_k [log q_k(hb_k | I_{k+1}) - n_{k+1} log 2]

  where n_{k+1} counts the numbers of I_{k+1}, colours included: [2 d; B^T] is
  orthogonal, so I -> (d I, B^T I) has the determinant 2^-n.

  Args:
    coarsest: The estimate of I_K.
    levels: The estimates of the bands hb_k, in any order.
    coarse_dimensions: n_{k+1} for each of the bands.

  Returns:
    float64 `[N]`, nats.
  """
  total = coarsest.per_image.copy()
  for level, dimensions in zip(levels, coarse_dimensions, strict=True):
    total += level.per_image - dimensions * math.log(2.0)
  return total


def _squared_distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
  squared = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2.0 * (a @ b.T)
  return np.maximum(squared, 0.0)


def _log_sums(
  squared: np.ndarray, sigmas: Sequence[float], so_far: np.ndarray | None
) -> np.ndarray:
  """Adds the sums of the kernels of every width to `so_far`, in logarithms."""
  smallest = squared.min(1, keepdims=True)
  rows = []
  for sigma in sigmas:
    if not sigma > 0:
      raise ValueError(f"A window has a positive width, got {sigma}.")
    scale = -0.5 / sigma**2
    inner = np.exp(scale * (squared - smallest)).sum(1)
    rows.append(scale * smallest[:, 0] + np.log(inner))
  rows = np.array(rows)
  return rows if so_far is None else np.logaddexp(so_far, rows)


def _normalised(
  log_sums: np.ndarray, sigmas: Sequence[float], count: int, dimensions: int
) -> np.ndarray:
  widths = np.asarray(sigmas, np.float64)[:, None]
  constant = dimensions * np.log(widths * math.sqrt(2.0 * math.pi))
  return log_sums - math.log(count) - constant
