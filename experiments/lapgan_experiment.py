"""One level of a LAPGAN under the harness: its stage, figures and pictures."""

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.harness import optimizers, plots, sliced_wasserstein
from experiments.harness.batches import Split
from experiments.harness.checkpoints import Stateful
from experiments.harness.experiment import Pictures, Scalars, Stage
from experiments.harness.training import TrainingDiverged
from experiments.run_config import RunConfig
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.standardisation import pixel_statistics
from pyramid_tf import images

# While training: enough to rank weights of one level, in seconds.
_SWD_PATCHES = 64
_SWD_DIRECTIONS = 128
_HEURISTIC_DRAWS = 32
_HEURISTIC_IMAGES = 50

_BATCH = 100
_SHOWN = 8

# As the authors did for LSUN; per pixel all images are needed.
_PER_CHANNEL_IMAGES = 10_000


def training_statistics(
  train: Split, kind: str
) -> tuple[np.ndarray, np.ndarray]:
  """Mean and deviation to standardise by, as `pixel_statistics` returns them.

  Args:
    train: The training images.
    kind: As `LAPGANConfig.standardisation`.
  """
  batches = train.batches(_BATCH)
  if kind == "per_channel":
    batches = batches.take(_PER_CHANNEL_IMAGES // _BATCH)
  return pixel_statistics(
    (images.from_uint8(batch["image"]).numpy() for batch in batches), kind
  )


class LAPGANLevelExperiment:
  """An `Experiment` of one level of the LAPGAN family.

  Attributes:
    name: `level_k`.
    model: The `LAPGANLevel`, after `build`.
    training: How this level trains.
    remedy: See `Experiment`.
  """

  remedy = "lower training.learning_rate"

  def __init__(
    self,
    config: RunConfig,
    k: int,
    statistics: tuple[np.ndarray, np.ndarray],
    stop_if_saturated: bool = True,
  ):
    """Creates no weights yet.

    Args:
      config: The run.
      k: The level.
      statistics: Of the training images, from `training_statistics`.
      stop_if_saturated: Whether a discriminator that is never wrong stops the
        training, or is only reported.
    """
    self.name = f"level_{k}"
    self.model: LAPGANLevel = None
    self._k = k
    self._config = config
    self.training = config.training.of_level(k)
    self._stop_if_saturated = stop_if_saturated
    self._statistics = statistics
    self._saturated_steps = 0
    self._warned = False

  def build(self) -> None:
    """Creates the level and its optimizers."""
    training = self.training
    # Levels that start alike would have the same weights and noise.
    tf.keras.utils.set_random_seed(training.seed + 1000 * (self._k + 1))
    self.model = LAPGANLevel(self._config.model, self._k, training.seed)
    self.model.standardisation.fit(*self._statistics)
    self.model.compile(
      optimizers.make_optimizer(training, [training.steps]),
      optimizers.make_optimizer(training, [training.steps]),
    )
    self._real_bands = tf.function(self.model.real_bands)
    self._generate = {
      weights: tf.function(
        lambda low_pass, seed, label, weights=weights: self.model.generate(
          low_pass, seed, label, weights
        )
      )
      for weights in ("averaged", "served")
    }
    self._nearest = tf.function(self.model.nearest_distance)

  def checkpointed(self) -> dict[str, Stateful]:
    """The level and its optimizers."""
    return {
      "model": self.model,
      "generator_optimizer": self.model.generator_optimizer,
      "discriminator_optimizer": self.model.discriminator_optimizer,
    }

  def stages(self) -> list[Stage]:
    """One: D and G in turns."""
    return [
      Stage(f"Training {self.name}", self.training.steps, self._step),
    ]

  def _step(self, batch):
    scalars = self.model.train_step(batch)
    return {
      f"{self.name} {tag.replace('_', ' ')}": scalars[tag]
      for tag in ("generator_loss", "discriminator_loss")
    }

  def training_scalars(self) -> Scalars:
    """Losses and accuracies since the last call.

    Raises:
      TrainingDiverged: If D has been right on every example for too long.
    """
    scalars = {}
    for tag, tracker in self.model.trackers.items():
      scalars[tag] = float(tracker.result())
      tracker.reset_state()
    self._check_saturation(scalars)
    return {self.name: scalars}

  def _check_saturation(self, scalars):
    """G learns nothing from a D that is always right."""
    right = min(scalars["real_accuracy"], scalars["generated_accuracy"])
    every = self.training.log_every
    self._saturated_steps = (self._saturated_steps + every) * (right >= 1.0)
    limit = self.training.saturation_steps
    if limit is None or self._saturated_steps < limit:
      return
    message = (
      f"{self.name}: the discriminator has been right on every example for "
      f"{self._saturated_steps} steps, so the generator learns nothing more. "
      "In a new --run_dir, lower training.learning_rate or give the "
      "discriminator fewer filters or more dropout; --keep_going trains on."
    )
    if self._stop_if_saturated:
      raise TrainingDiverged(message)
    if not self._warned:
      self._warned = True
      logging.warning("%s", message)

  def headline(self, scalars: Scalars) -> str:
    """Losses of both networks, and how often D is right."""
    tags = scalars[self.name]
    return (
      f"L{self._k} D {tags['discriminator_loss']:.3f} "
      f"G {tags['generator_loss']:.3f}  D right on "
      f"{100 * tags['real_accuracy']:.0f} % real, "
      f"{100 * tags['generated_accuracy']:.0f} % generated"
    )

  def validate(self, test: Split, count: int | None = None) -> Scalars:
    """The level's own figures, and the choice of the weights to sample with.

    `swd` is between b_k and l_k + h~_k of validation images, at the level's own
    scale; `swd_zero_band` puts l_k in its place: a level that is no better has
    not learned. `l2_heuristic` and `l2_zero_band` are the same for Section 3's.
    The figures are of the average of now, or, after the last step, of the
    weights that were chosen.

    Args:
      test: The images to choose by.
      count: None after the last step. The images are always the same, as many
        as `validation_images`: distances of more images are smaller.
    """
    images_used = self.training.validation_images or test.num_images
    found = self._collect(test, min(images_used, test.num_images))
    figures = self._figures(*found, "averaged")
    score = figures.get(self._config.model.selection, figures["swd"])
    kept = self.model.keep_if_best(score)
    if not np.isfinite(tf.convert_to_tensor(self.model.best_score)):
      self.model.serve_average()
    if count is None and not kept:
      figures = self._figures(*found, "served")
    figures["kept"] = float(kept)
    figures["best_score"] = float(tf.convert_to_tensor(self.model.best_score))
    zero = figures.get("swd_zero_band")
    logging.info(
      "%s: SWD %.1f%s, l2 heuristic %.2f (zero band %.2f)%s.",
      self.name,
      figures["swd"],
      "" if zero is None else f" (zero band {zero:.1f})",
      figures["l2_heuristic"],
      figures["l2_zero_band"],
      "; kept" if kept else "",
    )
    return {self.name: figures}

  def _figures(self, band, low_pass, label, weights):
    generated = self._bands(low_pass, label, weights)
    real = low_pass + band
    figures = {
      "swd": self._swd(real, low_pass + generated),
      **self._l2_heuristic(band, low_pass, label, weights),
      "generated_deviation": float(generated.std()),
      "band_deviation": float(band.std()),
    }
    if not self.model.is_coarsest:
      figures["swd_zero_band"] = self._swd(real, low_pass)
    return figures

  def _collect(self, test, count):
    """Bands, low-pass images and labels (or None) of the first images."""
    parts = []
    for batch in test.batches(_BATCH):
      band, low_pass = self._real_bands(images.from_uint8(batch["image"]))
      label = batch.get("label") if self._config.model.num_classes else None
      parts.append((band.numpy(), low_pass.numpy(), label))
      if _BATCH * len(parts) >= count:
        break
    band, low_pass = (
      np.concatenate([part[i] for part in parts])[:count] for i in range(2)
    )
    if parts[0][2] is None:
      return band, low_pass, None
    return band, low_pass, np.concatenate([p[2] for p in parts])[:count]

  def _bands(self, low_pass, label, weights):
    parts = []
    for start in range(0, len(low_pass), _BATCH):
      stop = start + _BATCH
      seed = tf.constant([self.training.seed, start])
      part = None if label is None else tf.constant(label[start:stop])
      drawn = self._generate[weights](low_pass[start:stop], seed, part)
      parts.append(drawn.numpy())
    return np.concatenate(parts)

  def _swd(self, real, generated):
    """At the scales that the level decides: its own band, or all it has.

    Both sides are standardised like the real one, so that a generator of too
    little or too much contrast is told from a good one.
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
    if not self.model.is_coarsest:
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
    seed = tf.constant([self.training.seed, 1])
    nearest = self._nearest(
      band[few], low_pass[few], seed, _HEURISTIC_DRAWS, label, weights
    )
    zero = np.sqrt(np.square(band[few]).sum((1, 2, 3)))
    return {
      "l2_heuristic": float(tf.reduce_mean(nearest)),
      "l2_zero_band": float(zero.mean()),
    }

  def pictures(self, test: Split) -> Pictures:
    """Validation images, their low-pass images, and these with h~_k added."""
    shown = min(_SHOWN, test.num_images)
    band, low_pass, label = self._collect(test, shown)
    rows = [low_pass + band]
    if not self.model.is_coarsest:
      rows.append(low_pass)
    for draw in range(2):
      part = None if label is None else tf.constant(label)
      seed = tf.constant([7, draw])
      generated = self._generate["served"](low_pass, seed, part)
      rows.append(low_pass + generated.numpy())
    to_image = self.model.standardisation.to_image
    rows = [
      plots.to_pixels(to_image(row, self._config.model.kernel).numpy())
      for row in rows
    ]
    name = "real_and_generated"
    if not self.model.is_coarsest:
      name = "real_low_pass_and_generated"
    return {self.name: {name: plots.grid(rows, side=64)}}
