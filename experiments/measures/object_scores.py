"""What a classifier says of samples: distances, coverage, classes.

All are over the features of our own classifier, so `fd_own` is not published
FID: it compares with other values over the same classifier and as many images.
"""

from typing import Any

import numpy as np

from experiments.measures import inception
from experiments.measures.object_classifier import Judge

# Neighbours that span the manifold; Kynkaanniemi et al. (2019) have 3.
_NEIGHBOURS = 3
_ROWS = 1000


def precision_and_recall(
  real: np.ndarray, generated: np.ndarray, neighbours: int = _NEIGHBOURS
) -> tuple[float, float]:
  """Improved precision and recall (Kynkaanniemi et al., 2019, Equation 2).

  The manifold of a set is the union of the balls around its features that reach
  their k-th nearest neighbour. Precision is the share of generated features in
  the real manifold, recall the share of real ones in the generated manifold.

  Args:
    real: Features, `[count, dimensions]`.
    generated: Features of as many images.
    neighbours: k; less if there are no more images.

  Returns:
    Precision and recall in [0, 1].
  """
  return (
    _share_inside(generated, real, neighbours),
    _share_inside(real, generated, neighbours),
  )


def _share_inside(
  points: np.ndarray, centres: np.ndarray, neighbours: int
) -> float:
  neighbours = min(neighbours, len(centres) - 1)
  # The nearest of a centre is the centre itself.
  radii = np.concatenate(
    [
      np.partition(_squared_distances(part, centres), neighbours, axis=1)[
        :, neighbours
      ]
      for part in _parts(centres)
    ]
  )
  inside = [
    (_squared_distances(part, centres) <= radii).any(axis=1)
    for part in _parts(points)
  ]
  return float(np.concatenate(inside).mean())


def _parts(rows: np.ndarray) -> list[np.ndarray]:
  return [rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS)]


def _squared_distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
  squares = np.square(first).sum(1)[:, None] + np.square(second).sum(1)
  return np.maximum(squares - 2.0 * first @ second.T, 0.0)


def class_accuracy(probabilities: np.ndarray, labels: np.ndarray) -> float:
  """Returns the share of images whose most probable class is their label.

  Args:
    probabilities: `[count, classes]`.
    labels: int `[count]`.
  """
  return float((probabilities.argmax(1) == labels).mean())


def figures(
  judge: Judge,
  real: np.ndarray,
  generated: np.ndarray,
  labels: np.ndarray | None = None,
) -> dict[str, Any]:
  """What the classifier says of generated images, beside real ones.

  Args:
    judge: The classifier.
    real: uint8 `[count, height, width, 3]`.
    generated: As many images.
    labels: The classes that the generated images should show, int `[count]`;
      None if they were drawn of no class.

  Returns:
    `fd_own`, the Frechet distance of features; `kid_own` of the same;
    `precision` and `recall`; `class_accuracy`, None without labels;
    `confidence`, the mean probability of the most probable class; and
    `diversity`, exp of the mean KL of the predictions to their mean.
  """
  (real_features, _), (features, probabilities) = judge(real), judge(generated)
  precision, recall = precision_and_recall(real_features, features)
  kid, _ = inception.kernel_distance(real_features, features)
  mean = probabilities.mean(0)
  logarithms = np.log(np.maximum(probabilities, 1e-12))
  divergence = (probabilities * (logarithms - np.log(mean))).sum(1).mean()
  accuracy = None
  if labels is not None:
    accuracy = class_accuracy(probabilities, labels)
  return {
    "fd_own": inception.frechet_distance(real_features, features),
    "kid_own": kid,
    "precision": precision,
    "recall": recall,
    "class_accuracy": accuracy,
    "confidence": float(probabilities.max(1).mean()),
    "diversity": float(np.exp(divergence)),
  }
