"""Gaussian Parzen window estimates of log-likelihoods, in nats per image.

Denton et al. (2015), Section 4.1 and Appendix A. Read them with care: Theis et
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
    sigma: Width of the window.
    per_image: float64 `[N]`, nats.
    at_edge: Whether the best width is the first or last that was tried, so that
      a better one may lie outside.
  """

  sigma: float
  per_image: np.ndarray
  at_edge: bool

  @property
  def mean(self) -> float:
    """Mean over images."""
    return float(self.per_image.mean())

  @property
  def deviation(self) -> float:
    """Standard deviation over images, the +- of Table 1."""
    return float(self.per_image.std())

  @property
  def standard_error(self) -> float:
    """Of the mean."""
    return self.deviation / math.sqrt(len(self.per_image))


def log_likelihoods(
  points: np.ndarray,
  samples: np.ndarray,
  sigmas: Sequence[float],
  points_at_once: int = 1000,
  samples_at_once: int = 2000,
) -> np.ndarray:
  """log 1/M sum_j N(x; s_j, sigma^2 I) of every point and width.

  Sums run over chunks in float64, so memory does not grow with either number.

  Args:
    points: x, `[N, ...]`, flattened.
    samples: s, `[M, ...]`.
    sigmas: Widths, positive.
    points_at_once: Points in a chunk.
    samples_at_once: Samples in a chunk.

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
  found = []
  for start in range(0, len(points), points_at_once):
    chunk = points[start : start + points_at_once] - centre
    total = None
    for first in range(0, len(samples), samples_at_once):
      part = samples[first : first + samples_at_once] - centre
      squared = _squared_distances(chunk, part)
      total = _log_sums(squared, sigmas, total)
    found.append(total)
    logging.log_every_n_seconds(
      logging.INFO,
      "Parzen window: %d of %d images.",
      10,
      min(start + points_at_once, len(points)),
      len(points),
    )
  return _normalised(
    np.concatenate(found, 1), sigmas, len(samples), points.shape[1]
  )


def conditional_log_likelihoods(
  squared_distances: np.ndarray, dimensions: int, sigmas: Sequence[float]
) -> np.ndarray:
  """As `log_likelihoods`, where every point has samples of its own.

  Args:
    squared_distances: `[N, M]`, of point i to its samples.
    dimensions: In which they were measured.
    sigmas: Widths, positive.

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
    by_sigma: `[len(sigmas), N]`, from one of the above.
    sigmas: The widths.
    tuning: Images to tune on. The paper tunes on the images that it reports; a
      part of them leaves the rest to be reported, and only the rest is.

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
  """Log-likelihoods of images from those of their parts (Appendix A).

  With d the mean of 2x2 blocks and hb the coordinates of a band in an
  orthonormal basis of what d removes,

    log p(I_0) = log q_K(I_K) + sum_k [log q_k(hb_k | I_{k+1}) - n_{k+1} log 2]

  where n_{k+1} counts the numbers of I_{k+1}, colours included: [2 d; B^T] is
  orthogonal, so I -> (d I, B^T I) has the determinant 2^-n.

  Args:
    coarsest: Of I_K.
    levels: Of the bands, any order.
    coarse_dimensions: n_{k+1} of each of them.

  Returns:
    float64 `[N]`, nats.
  """
  total = coarsest.per_image.copy()
  for level, dimensions in zip(levels, coarse_dimensions, strict=True):
    total += level.per_image - dimensions * math.log(2.0)
  return total


def _squared_distances(a, b):
  squared = (a * a).sum(1)[:, None] + (b * b).sum(1) - 2.0 * (a @ b.T)
  return np.maximum(squared, 0.0)


def _log_sums(squared, sigmas, so_far):
  """log sum exp over the last axis for every width, added to `so_far`."""
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


def _normalised(log_sums, sigmas, count, dimensions):
  widths = np.asarray(sigmas, np.float64)[:, None]
  constant = dimensions * np.log(widths * math.sqrt(2.0 * math.pi))
  return log_sums - math.log(count) - constant
