"""The training of a LapCVAE: stages, figures and pictures of its levels."""

import functools
import os
from collections.abc import Mapping

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.config.run_config import RunConfig
from experiments.data.batches import Split
from experiments.families import lapcvae_scores
from experiments.families.lapcvae_scores import LapCVAEScores
from experiments.pictures import grids
from experiments.training import checkpoints, optimizers
from experiments.training.checkpoints import Stateful
from experiments.training.task import Export, Pictures, Scalars, Stage
from lapcvae_tf import export
from lapcvae_tf.model import LapCVAE
from pyramid_tf import images

_SHOWN = 8


class LapCVAETask:
  """The `Task` of a LapCVAE, whose levels train together.

  Attributes:
    name: `cascade`, the log of all levels together.
    model: The `LapCVAE`, once `build` has made it.
    remedy: Words that say what to change if a loss is not finite.
    descriptions: What the tags of scalars mean, by tag.
    model_class: The class of the model.
    scores_class: The class of what measures it.
  """

  model_class = LapCVAE
  scores_class = LapCVAEScores
  name = "cascade"
  remedy = "lower training.learning_rate or raise the KL weight of that level"
  descriptions = lapcvae_scores.DESCRIPTIONS

  def __init__(self, config: RunConfig):
    """Creates no weights yet."""
    self._config = config
    self._warned = set()
    self.model: LapCVAE = None

  def build(self) -> None:
    """Creates the model and its optimizer."""
    training = self._config.training
    tf.keras.utils.set_random_seed(training.seed)
    self.model = self.model_class(self._config.model, training.seed)
    lengths = self._stage_lengths()
    # Levels learned one after another each start at the full rate; the
    # end-to-end tail goes on where the stage before it ended.
    segments, objectives = [], self.model.objectives()
    for (objective, _), length in zip(objectives, lengths, strict=True):
      if segments and objective.kind == "end_to_end":
        segments[-1] += length
      else:
        segments.append(length)
    self.model.compile(**self._optimizers(segments))
    self._scores = self.scores_class(self.model, training.seed)

  def _optimizers(self, segments):
    training = self._config.training
    players = optimizers.of_players(training)
    return {
      "optimizer": optimizers.make_optimizer(training, segments),
      "generator_optimizer": optimizers.make_optimizer(players, segments),
      "discriminator_optimizer": optimizers.make_optimizer(players, segments),
    }

  def start_from(self, directory: str | os.PathLike) -> None:
    """Takes the weights of another run's checkpoints."""
    checkpoints.restore_weights(directory, self.model)

  def exports(self) -> Mapping[str, Export]:
    """Returns the exports of every level and of the cascade."""
    return exports(self.model)

  def checkpointed(self) -> dict[str, Stateful]:
    """Returns the model and its optimizers."""
    return {"model": self.model, **self.model.optimizers}

  def stages(self) -> list[Stage]:
    """Returns a stage for each stretch of the schedule."""
    return [
      Stage(
        f"Training {_describe(objective)}",
        length,
        self._step_towards(objective),
      )
      for (objective, _), length in zip(
        self.model.objectives(), self._stage_lengths(), strict=True
      )
    ]

  def _step_towards(self, objective):
    def step(batch):
      scalars = self.model.step_towards(batch, objective)
      return {
        f"level_{k} {tag.replace('_', ' ')}": scalars[f"level_{k}/{tag}"]
        for k in objective.levels
        for tag in ("loss", "generator_loss", "discriminator_loss")
        if f"level_{k}/{tag}" in scalars
      }

    return step

  def _stage_lengths(self):
    total = self._config.training.steps
    shares = [share for _, share in self.model.objectives()]
    ends = [round(total * sum(shares[: i + 1])) for i in range(len(shares))]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]

  def _finest_trained(self):
    """The finest level that the steps taken up to now have trained."""
    taken = int(tf.convert_to_tensor(self.model.optimizer.iterations))
    finest, end = self.model.config.num_levels - 1, 0
    for (objective, _), length in zip(
      self.model.objectives(), self._stage_lengths(), strict=True
    ):
      if taken > end or not end:
        finest = min(finest, *objective.levels)
      end += length
    return finest

  def training_scalars(self) -> Scalars:
    """Returns losses by level, and the learning rate."""
    scalars: Scalars = {}
    for name, tracker in self.model.trackers.items():
      level, tag = name.split("/")
      value = float(tracker.result())
      if tag == "squared_error":
        tag, value = "image_rmse", 127.5 * value**0.5
      if float(tf.convert_to_tensor(tracker.count)):
        scalars.setdefault(level, {})[tag] = value
      tracker.reset_state()
    for level in self.model.level_models:
      if level.noise_variance is not None and level.name in scalars:
        variance = float(tf.convert_to_tensor(level.noise_variance))
        scalars[level.name]["noise_variance"] = variance
    rate = float(tf.convert_to_tensor(self.model.optimizer.learning_rate))
    scalars["cascade"] = {"learning_rate": rate}
    return scalars

  def headline(self, scalars: Scalars) -> str:
    """Returns reconstruction term and KL of every level."""
    return "  ".join(
      f"{name.replace('level_', 'L')} {tags['reconstruction']:.4g}"
      f"+{tags['kl']:.3g}kl"
      for name, tags in sorted(scalars.items())
      if name != self.name
    )

  def validate(self, test: Split, count: int | None = None) -> Scalars:
    """Returns errors of reconstructions, and loss and rate of every level.

    The figures of a level are roots of means over images, with latents drawn as
    in training; the cascade's `rmse` is Table 1's mean of roots.
    """
    scalars = self._scores.figures(test, count)
    self._warn_of_collapse(scalars)
    return scalars

  def _warn_of_collapse(self, scalars):
    # A greedy schedule has not come to the finer levels yet.
    finest = self._finest_trained()
    for name, tags in scalars.items():
      if name == self.name or int(name.removeprefix("level_")) < finest:
        continue
      if tags["kl"] < 1.0 and name not in self._warned:
        self._warned.add(name)
        logging.warning(
          "%s: KL is %.2g nats, so its latent tells almost nothing. %s",
          name,
          tags["kl"],
          self._remedy_of_collapse(name),
        )

  def _remedy_of_collapse(self, name: str) -> str:
    likelihood = self._config.model.likelihood
    if likelihood == "calibrated":
      # Its weights are one by design, and a level often wakes later.
      return "Train longer: --resume with a larger --set=training.steps."
    k = name.removeprefix("level_")
    remedy = f"Lower --set=model.levels.{k}.kl_weight."
    if likelihood == "image_calibrated":
      return f"Nats go where they save most error. {remedy}"
    return remedy

  def pictures(self, test: Split) -> Pictures:
    """Returns bands of every level, and images of the cascade."""
    image = images.from_uint8(test.images(0, min(_SHOWN, test.num_images)))
    outcomes = self._scores.outcomes(image, tf.constant([0, 0]))
    pictures: Pictures = {
      f"level_{k}": {
        "target_and_generated_band": _rows(
          {"target band": outcome.target, "generated band": outcome.band}
        )
      }
      for k, outcome in enumerate(outcomes)
    }
    samples = self._scores.sample(tf.constant([0, 1]), 2 * _SHOWN)
    pictures["cascade"] = {
      "input_and_reconstruction": _rows(
        {"input": image, "reconstruction": self._scores.reconstruct(image)}
      ),
      "samples": _rows(
        {
          f"samples {i + 1} to {i + _SHOWN}": samples[i : i + _SHOWN]
          for i in (0, _SHOWN)
        }
      ),
    }
    return pictures


def exports(model: LapCVAE) -> Mapping[str, Export]:
  """Returns the exports of every level and of the cascade, by folder name."""
  levels = {
    f"level_{k}": functools.partial(export.export_level, model, k)
    for k in range(model.config.num_levels)
  }
  return {**levels, "cascade": functools.partial(export.export_cascade, model)}


def _rows(tensors: Mapping[str, tf.Tensor]) -> dict[str, np.ndarray]:
  return {
    label: grids.to_pixels(tensor.numpy()) for label, tensor in tensors.items()
  }


def _describe(objective):
  levels = ", ".join(str(k) for k in objective.levels)
  noun = "level" if len(objective.levels) == 1 else "levels"
  return f"{noun} {levels} ({objective.kind.replace('_', ' ')})"
