"""What one level of a LAPGAN scores on images it was not trained on."""

import functools
from typing import NamedTuple

import numpy as np
import tensorflow as tf

from experiments.data.batches import Split
from experiments.measures import inception, object_scores, sliced_wasserstein
from experiments.measures.object_classifier import Judge
from experiments.pictures import grids
from lapgan_tf import heuristic
from lapgan_tf.level import LAPGANLevel
from pyramid_tf import images

# While training: enough to rank weights of one level, in seconds.
_SWD_PATCHES = 64
_SWD_DIRECTIONS = 128
_HEURISTIC_DRAWS = 32
_HEURISTIC_IMAGES = 50

_BATCH = 100


class Examples(NamedTuple):
  """Real bands, their low-pass images, and labels or None; NumPy arrays."""

  band: np.ndarray
  low_pass: np.ndarray
  label: np.ndarray | None


class LevelScores:
  """Scores of a level with one of its sets of weights."""

  def __init__(self, model: LAPGANLevel, seed: int, judge: Judge | None = None):
    """Compiles what is repeated.

    Args:
      model: The level.
      seed: An integer that selects the noise, the same at every call.
      judge: A classifier of images of the level's size; None for no figures
        of one.
    """
    self._judge = judge
    self._model = model
    self._seed = seed
    self._real_bands = tf.function(model.real_bands, autograph=False)
    self._generate = {
      weights: tf.function(
        lambda low_pass, seed, label, weights=weights: model.generate(
          # Validation images have real low-pass images, which need no noise.
          low_pass,
          seed,
          label,
          weights,
          conditioning_noise=0.0,
        ),
        autograph=False,
      )
      for weights in ("averaged", "served")
    }
    self._nearest = tf.function(
      functools.partial(heuristic.nearest_distance, model), autograph=False
    )

  def collect(self, test: Split, count: int) -> "Examples":
    """Returns bands, low-pass images and labels of the first `count` images."""
    parts = []
    for batch in test.batches(_BATCH):
      band, low_pass = self._real_bands(images.from_uint8(batch["image"]))
      label = batch.get("label") if self._model.config.num_classes else None
      parts.append((band.numpy(), low_pass.numpy(), label))
      if _BATCH * len(parts) >= count:
        break
    band, low_pass = (
      np.concatenate([part[i] for part in parts])[:count] for i in range(2)
    )
    if parts[0][2] is None:
      return Examples(band, low_pass, None)
    labels = np.concatenate([part[2] for part in parts])[:count]
    return Examples(band, low_pass, labels)

  def figures(self, examples: "Examples", weights: str) -> dict[str, float]:
    """Returns `swd`, `l2_heuristic` and the deviation of generated bands.

    A judge adds `fd_own` and, where there are classes, `class_accuracy`.

    Args:
      examples: What `collect` returned.
      weights: A set of weights that `LAPGANLevel.generate` knows by name.
    """
    band, low_pass, label = examples
    generated = self._bands(low_pass, label, weights)
    seen = self._seen(low_pass + band, low_pass + generated, label)
    return {
      **seen,
      "swd": self._swd(low_pass + band, low_pass + generated),
      "l2_heuristic": self._l2_heuristic(band, low_pass, label, weights),
      "generated_deviation": float(generated.std()),
    }

  def _seen(self, real, generated, label):
    """Returns what the judge says of standardised images."""
    if self._judge is None:
      return {}
    real_features, _ = self._judge(self._pixels(real))
    features, probabilities = self._judge(self._pixels(generated))
    seen = {"fd_own": inception.frechet_distance(real_features, features)}
    if label is not None:
      seen["class_accuracy"] = object_scores.class_accuracy(
        probabilities, label
      )
    return seen

  def _pixels(self, standardised):
    model = self._model
    image = model.standardisation.to_image(standardised, model.config.kernel)
    return grids.to_pixels(image.numpy())

  def zero_band(self, examples: "Examples") -> dict[str, float]:
    """Returns what a zero band scores, and the deviation of the real bands.

    These figures do not depend on weights, so they stay the same throughout a
    training. The coarsest level, whose band is the image, has no
    `swd_zero_band`.
    """
    band, low_pass, _ = examples
    norms = np.sqrt(np.square(band[:_HEURISTIC_IMAGES]).sum((1, 2, 3)))
    figures = {
      "l2_zero_band": float(norms.mean()),
      "band_deviation": float(band.std()),
    }
    if not self._model.is_coarsest:
      figures["swd_zero_band"] = self._swd(low_pass + band, low_pass)
    return figures

  def _bands(self, low_pass, label, weights):
    parts = []
    for start in range(0, len(low_pass), _BATCH):
      stop = start + _BATCH
      seed = tf.constant([self._seed, start])
      part = None if label is None else tf.constant(label[start:stop])
      drawn = self._generate[weights](low_pass[start:stop], seed, part)
      parts.append(drawn.numpy())
    return np.concatenate(parts)

  def _swd(self, real, generated):
    """Returns the distance at the scales that the level decides.

    These are its own band or, at the coarsest level, all scales. Both sides are
    standardised like the real one, so that a generator of too little or too
    much contrast is told from a good one.
    """
    if min(real.shape[1:3]) < sliced_wasserstein.PATCH:
      # Too small for patches; the whole image is one.
      return sliced_wasserstein.distance_of_vectors(
        *(x.reshape(len(x), -1) for x in (real, generated)), _SWD_DIRECTIONS
      )
    scales = (
      sliced_wasserstein.bands_of(real),
      sliced_wasserstein.bands_of(generated),
    )
    if not self._model.is_coarsest:
      scales = tuple(bands[:1] for bands in scales)
    return float(
      np.mean(
        [
          sliced_wasserstein.distance(
            *pair, _SWD_PATCHES, _SWD_DIRECTIONS, standardise_by="real"
          )
          for pair in zip(*scales, strict=True)
        ]
      )
    )

  def _l2_heuristic(self, band, low_pass, label, weights):
    few = slice(0, _HEURISTIC_IMAGES)
    label = None if label is None else tf.constant(label[few])
    seed = tf.constant([self._seed, 1])
    nearest = self._nearest(
      band[few], low_pass[few], seed, _HEURISTIC_DRAWS, label, weights
    )
    return float(tf.reduce_mean(nearest))

  def rows(self, examples: "Examples") -> dict[str, np.ndarray]:
    """Returns images, their low-pass images, and these with bands of G added.

    Args:
      examples: What `collect` returns.

    Returns:
      uint8 images by the label of their row.
    """
    band, low_pass, label = examples
    rows = {"validation images": low_pass + band}
    if not self._model.is_coarsest:
      rows["low-pass images"] = low_pass
    for draw in range(2):
      part = None if label is None else tf.constant(label)
      seed = tf.constant([7, draw])
      generated = self._generate["served"](low_pass, seed, part)
      rows[f"generated, draw {draw + 1}"] = low_pass + generated.numpy()
    return {name: self._pixels(row) for name, row in rows.items()}
