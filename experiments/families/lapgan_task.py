"""The training of one level of a LAPGAN: its figures and pictures."""

import functools
import os
from collections.abc import Callable, Mapping, Sequence

import tensorflow as tf
from absl import logging

from experiments.config.run_config import RunConfig
from experiments.data.batches import Split
from experiments.families.lapgan_statistics import TrainingStatistics
from experiments.families.level_scores import LevelScores
from experiments.measures.object_classifier import Judge
from experiments.training import checkpoints, optimizers
from experiments.training.checkpoints import Stateful
from experiments.training.loop import TrainingDiverged
from experiments.training.task import Export, Pictures, Scalars, Stage
from lapgan_tf import coarse_images, export
from lapgan_tf.level import LAPGANLevel

_SHOWN = 8

# Generated coarse images that a level learns from, as far as it does.
_COARSE_IMAGES = 20_000

# G learns nothing from a D that has been right on every example for so long.
_SATURATED_STEPS = 2000

# The figure that each selection goes by.
_SCORES = {"l2_heuristic": "l2_heuristic", "classifier": "fd_own"}

_DESCRIPTIONS = {
  "generator_loss": "-log D(h~), the loss that G minimises; log 2 = 0.69 where "
  "D is undecided.",
  "discriminator_loss": "-log D(h) - log(1 - D(h~)); log 4 = 1.39 where D is "
  "undecided.",
  "real_accuracy": "Share of real bands that D takes for real.",
  "generated_accuracy": "Share of generated bands that D takes for generated.",
  "swd": "Sliced Wasserstein distance between validation images and their "
  "low-pass images with generated bands, at the level's own scale; smaller is "
  "better.",
  "fd_own": "Frechet distance of a classifier's features between validation "
  "images and what the level makes of them, at its own scale.",
  "class_accuracy": "Share of the latter that the classifier takes for their "
  "class.",
  "swd_zero_band": "What adding nothing scores as swd: a level that is no "
  "better has not learned.",
  "l2_heuristic": "Section 3's heuristic: distance of a real band to the "
  "nearest of 32 generated ones; smaller is better.",
  "l2_zero_band": "What adding nothing scores in the l2 heuristic.",
  "generated_deviation": "Standard deviation of generated bands, standardised "
  "units; compare with band_deviation.",
  "band_deviation": "Standard deviation of real bands, standardised units.",
  "weights_chosen": "1 where this validation's averaged weights became those "
  "that the level samples with.",
  "chosen_score": "The score of the weights that the level samples with.",
  "learning_rate": "The rate of the next step.",
}


_OF_PAIRS = {
  "generator_loss": "The relativistic pairing loss that G minimises; log 2 = "
  "0.69 where D is undecided.",
  "discriminator_loss": "The relativistic pairing loss that D minimises; log 2 "
  "= 0.69 where D is undecided.",
  "real_accuracy": "Share of pairs whose real band D finds more real.",
  "generated_accuracy": "The same share.",
}


class LAPGANLevelTask:
  """The `Task` of one level of a LAPGAN, which trains alone.

  Attributes:
    name: `level_k`.
    model: The `LAPGANLevel`, once `build` has made it.
    remedy: Words that say what to change if a loss is not finite.
    descriptions: What the tags of scalars mean, by tag.
  """

  remedy = "lower training.learning_rate"

  def __init__(
    self,
    config: RunConfig,
    k: int,
    statistics: TrainingStatistics,
    keep_going: bool = False,
    coarser: Callable[[], Sequence[LAPGANLevel]] = tuple,
    judge: Judge | None = None,
  ):
    """Creates no weights yet.

    Args:
      config: The run.
      k: The level's index, 0 for the finest.
      statistics: What `measure` returns.
      keep_going: Whether a discriminator that is never wrong is only reported
        instead of stopping the training.
      coarser: Loads the coarser levels, finest first, for a level that learns
        from what they generate.
      judge: The classifier that chooses weights with `selection="classifier"`;
        None leaves that to the sliced Wasserstein distance.
    """
    self._of_pairs = config.model.loss == "relativistic"
    self.descriptions = _DESCRIPTIONS | (_OF_PAIRS if self._of_pairs else {})
    self._judge = judge
    self._coarser = coarser
    self.name = f"level_{k}"
    self.model: LAPGANLevel = None
    self._k = k
    self._config = config
    self._training = config.training.of_level(k)
    self._keep_going = keep_going
    self._statistics = statistics
    self._saturated_steps = 0
    self._warned = False
    self._zero_band = None

  def build(self) -> None:
    """Creates the level and its optimizers."""
    training = self._training
    # Levels that start alike would have the same weights and noise.
    tf.keras.utils.set_random_seed(training.seed + 1000 * (self._k + 1))
    self.model = LAPGANLevel(self._config.model, self._k, training.seed)
    self.model.standardisation.fit(*self._statistics.pixels)
    if self._starts_from_gaussian:
      self.model.fit_gaussian_path(*self._statistics.coarsest)
    self.model.compile(
      optimizers.make_optimizer(training, [training.steps]),
      optimizers.make_optimizer(training, [training.steps]),
    )
    if self.model.learns_from_generated:
      coarser = self._coarser()
      if self._config.model.generated_from == "noise":
        images = coarse_images.draw(coarser, _COARSE_IMAGES, training.seed)
      else:
        images = coarse_images.RefinedImages(coarser[0])
      self.model.coarse_images = images
    self._scores = LevelScores(self.model, training.seed, self._judge)

  @property
  def _starts_from_gaussian(self):
    """Measurements of speed have no images to start from."""
    return (
      self._config.model.levels[self._k].gaussian_path
      and self._statistics.coarsest is not None
    )

  def start_from(self, directory: str | os.PathLike) -> None:
    """Takes the weights of another run's level, trained on whatever images.

    The statistics of this run's images stay, and no score of the other run
    keeps its weights from being replaced.
    """
    checkpoints.restore_weights(directory, self.model)
    self.model.standardisation.fit(*self._statistics.pixels)
    self.model.average.forget_score()

  def exports(self) -> Mapping[str, Export]:
    """Returns the export of the level."""
    return {self.name: functools.partial(export.export_level, self.model)}

  def checkpointed(self) -> dict[str, Stateful]:
    """Returns the level and its optimizers."""
    return {
      "model": self.model,
      "generator_optimizer": self.model.generator_optimizer,
      "discriminator_optimizer": self.model.discriminator_optimizer,
    }

  def stages(self) -> list[Stage]:
    """Returns the one stage: D and G in turns."""
    return [
      Stage(f"Training {self.name}", self._training.steps, self._step),
    ]

  def _step(self, batch):
    scalars = self.model.train_step(batch)
    return {
      f"{self.name} {tag.replace('_', ' ')}": scalars[tag]
      for tag in ("generator_loss", "discriminator_loss")
    }

  def training_scalars(self) -> Scalars:
    """Returns losses and accuracies since the last call.

    Raises:
      TrainingDiverged: If D has been right on every example for too long.
    """
    scalars = {}
    for tag, tracker in self.model.trackers.items():
      scalars[tag] = float(tracker.result())
      tracker.reset_state()
    optimizer = self.model.generator_optimizer
    rate = float(tf.convert_to_tensor(optimizer.learning_rate))
    scalars["learning_rate"] = rate
    self._check_saturation(scalars)
    return {self.name: scalars}

  def _check_saturation(self, scalars):
    """G learns nothing from a D that is always right, with the paper's loss.

    In the relativistic loss, D is right about a pair; its gradient penalties
    keep a slope that G can follow however often that is.
    """
    if self._config.model.loss != "non_saturating":
      return
    right = min(scalars["real_accuracy"], scalars["generated_accuracy"])
    every = self._training.log_every
    self._saturated_steps = (self._saturated_steps + every) * (right >= 1.0)
    if self._saturated_steps < _SATURATED_STEPS:
      return
    message = (
      f"{self.name}: the discriminator has been right on every example for "
      f"{self._saturated_steps} steps, so the generator learns nothing more. "
      "In a new --run_dir, lower training.learning_rate or give the "
      "discriminator fewer filters or more dropout; --keep_going trains on."
    )
    if not self._keep_going:
      raise TrainingDiverged(message)
    if not self._warned:
      self._warned = True
      logging.warning("%s", message)

  def headline(self, scalars: Scalars) -> str:
    """Returns losses of both networks, and how often D is right."""
    tags = scalars[self.name]
    right = f"{100 * tags['real_accuracy']:.0f} % "
    if self._of_pairs:
      right += "of pairs"
    else:
      right += f"real, {100 * tags['generated_accuracy']:.0f} % generated"
    return (
      f"L{self._k} D {tags['discriminator_loss']:.3f} "
      f"G {tags['generator_loss']:.3f}  D right on {right}"
    )

  def validate(self, test: Split, count: int | None = None) -> Scalars:
    """Measures the level, and chooses the weights to sample with.

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
    images_used = self._training.validation_images or test.num_images
    examples = self._scores.collect(test, min(images_used, test.num_images))
    figures = self._scores.figures(examples, "averaged")
    tag = _SCORES.get(self._config.model.selection, "swd")
    score = figures.get(tag, figures["swd"])
    kept = self.model.average.keep_if_best(score)
    self.model.average.serve_unless_kept()
    if count is None and not kept:
      figures = self._scores.figures(examples, "served")
    if self._zero_band is None:
      self._zero_band = self._scores.zero_band(examples)
    figures |= self._zero_band
    figures["weights_chosen"] = float(kept)
    figures["chosen_score"] = self.model.average.best_score
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

  def pictures(self, test: Split) -> Pictures:
    """Returns validation images, and what level k makes of them."""
    examples = self._scores.collect(test, min(_SHOWN, test.num_images))
    name = "real_and_generated"
    if not self.model.is_coarsest:
      name = "real_low_pass_and_generated"
    return {self.name: {name: self._scores.rows(examples)}}
