"""LapCVAE under the harness: stages, figures and pictures of its levels."""

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.config.run_config import RunConfig
from experiments.data.batches import Split
from experiments.measures import metrics
from experiments.pictures import grids
from experiments.training import optimizers
from experiments.training.checkpoints import Stateful
from experiments.training.task import Pictures, Scalars, Stage
from lapcvae_tf.losses import gaussian_kl_per_dimension
from lapcvae_tf.model import LapCVAE
from pyramid_tf import images

# A latent dimension is active if it tells this much on average, in nats.
ACTIVE_NATS = 0.01

_BATCH = 100
_SHOWN = 8


class LapCVAEExperiment:
  """An `Experiment` of the LapCVAE family.

  Attributes:
    model: The `LapCVAE`, after `build`.
    remedy: See `Experiment`.
  """

  remedy = "lower training.learning_rate or raise the KL weight of that level"

  def __init__(self, config: RunConfig):
    """Creates no weights yet."""
    self._config = config
    self._warned = set()
    self.model: LapCVAE = None

  def build(self) -> None:
    """Creates the model and its optimizer."""
    training = self._config.training
    tf.keras.utils.set_random_seed(training.seed)
    self.model = LapCVAE(self._config.model, training.seed)
    lengths = self._stage_lengths()
    # Levels learned one after another each start at the full rate; the
    # end-to-end tail goes on where the stage before it ended.
    segments, model_stages = [], self.model.training_stages()
    for (stage, _), length in zip(model_stages, lengths, strict=True):
      if segments and stage.objective == "end_to_end":
        segments[-1] += length
      else:
        segments.append(length)
    self.model.compile(optimizer=optimizers.make_optimizer(training, segments))
    self._reconstruct = tf.function(self.model.reconstruct)
    self._outcomes = tf.function(self.model.outcomes)

  def checkpointed(self) -> dict[str, Stateful]:
    """The model and its optimizer."""
    return {"model": self.model, "optimizer": self.model.optimizer}

  def stages(self) -> list[Stage]:
    """One stage for each of the schedule's."""
    return [
      Stage(f"Training {_describe(stage)}", length, self._step_of(stage))
      for (stage, _), length in zip(
        self.model.training_stages(), self._stage_lengths(), strict=True
      )
    ]

  def _step_of(self, stage):
    def step(batch):
      self.model.stage = stage
      scalars = self.model.train_step(batch)
      return {
        f"level_{k} loss": scalars[f"level_{k}/loss"] for k in stage.levels
      }

    return step

  def _stage_lengths(self):
    total = self._config.training.steps
    shares = [share for _, share in self.model.training_stages()]
    ends = [round(total * sum(shares[: i + 1])) for i in range(len(shares))]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]

  def training_scalars(self) -> Scalars:
    """Loss, reconstruction, KL (nats) and RMSE (grey levels) by level."""
    scalars: Scalars = {}
    for name, tracker in self.model.trackers.items():
      level, tag = name.split("/")
      value = float(tracker.result())
      if tag == "squared_error":
        tag, value = "rmse", 127.5 * value**0.5
      if float(tf.convert_to_tensor(tracker.count)):
        scalars.setdefault(level, {})[tag] = value
      tracker.reset_state()
    return scalars

  def headline(self, scalars: Scalars) -> str:
    """Reconstruction and KL of every level."""
    return "  ".join(
      f"{name.replace('level_', 'L')} {tags['reconstruction']:.4g}"
      f"+{tags['kl']:.3g}kl"
      for name, tags in sorted(scalars.items())
    )

  def validate(self, test: Split, count: int | None = None) -> Scalars:
    """RMSE of reconstructions from posterior means, and rates by level.

    A level's `rmse` is of its composed image x~_k with sampled latents, as in
    training, and `band_rmse` of its band, each the root of the mean over
    images; the cascade's `rmse` is Table 1's mean of roots.
    """
    rmse, sampled, levels = [], [], {}
    seen = 0
    for batch in test.batches(_BATCH):
      image = images.from_uint8(batch["image"])[
        : None if count is None else max(count - seen, 0)
      ]
      seen += int(image.shape[0])
      rmse.append(metrics.rmse(image, self._reconstruct(image)))
      seed = tf.constant([self._config.training.seed, seen])
      outcomes = self._outcomes(image, seed)
      sampled.append(metrics.rmse(image, outcomes[0].composed))
      for k, outcome in enumerate(outcomes):
        levels.setdefault(k, []).append(_level_figures(outcome))
      if count is not None and seen >= count:
        break
    rmse, sampled = np.concatenate(rmse), np.concatenate(sampled)
    scalars = {f"level_{k}": _summary(found) for k, found in levels.items()}
    self._warn_of_collapse(scalars)
    scalars["cascade"] = {
      "rmse": float(rmse.mean()),
      "rmse_std": float(rmse.std()),
      "rmse_sampled": float(sampled.mean()),
      "kl": sum(tags["kl"] for tags in scalars.values()),
    }
    return scalars

  def _warn_of_collapse(self, scalars):
    # A greedy schedule has not come to the finer levels yet.
    finest = min(self.model.stage.levels)
    for name, tags in scalars.items():
      if int(name.removeprefix("level_")) < finest:
        continue
      if tags["kl"] < 1.0 and name not in self._warned:
        self._warned.add(name)
        logging.warning(
          "%s: KL is %.2g nats, so its latent tells almost nothing. Lower its "
          "kl_weight.",
          name,
          tags["kl"],
        )

  def pictures(self, test: Split) -> Pictures:
    """Bands of every level, reconstructions and samples of the cascade."""
    image = images.from_uint8(test.images(0, min(_SHOWN, test.num_images)))
    outcomes = self._outcomes(image, tf.constant([0, 0]))
    pictures: Pictures = {}
    for k, outcome in enumerate(outcomes):
      rows = [
        grids.to_pixels(x.numpy()) for x in (outcome.target, outcome.band)
      ]
      pictures[f"level_{k}"] = {
        "target_and_generated_band": grids.grid(rows, side=64)
      }
    reconstruction = self._reconstruct(image)
    samples = self.model.sample(tf.constant([0, 1]), 2 * _SHOWN)
    pictures["cascade"] = {
      "input_and_reconstruction": grids.grid(
        [grids.to_pixels(x.numpy()) for x in (image, reconstruction)], side=64
      ),
      "samples": grids.sheet(grids.to_pixels(samples.numpy()), _SHOWN),
    }
    return pictures


def _level_figures(outcome):
  """Sums over a batch, as float64 arrays."""
  per_dimension = gaussian_kl_per_dimension(outcome.posterior, outcome.prior)
  difference = outcome.posterior.mean - outcome.prior.mean
  gap = tf.square(difference / outcome.prior.standard_deviation)
  squared = tf.square(outcome.target - outcome.band)
  composed = tf.square(outcome.blurred - outcome.composed)
  return {
    "kl": np.sum(per_dimension, axis=0, dtype=np.float64),
    "gap": np.sum(gap, dtype=np.float64),
    "squared": np.sum(squared, dtype=np.float64),
    "composed": np.sum(composed, dtype=np.float64),
    "count": len(squared),
    "pixels": int(np.prod(squared.shape[1:])),
  }


def _summary(found):
  count = sum(batch["count"] for batch in found)
  kl = sum(batch["kl"] for batch in found) / count
  squared = sum(batch["squared"] for batch in found) / count
  composed = sum(batch["composed"] for batch in found) / count
  gap = sum(batch["gap"] for batch in found) / (count * len(kl))
  return {
    "kl": float(kl.sum()),
    "active_dimensions": float(np.sum(kl > ACTIVE_NATS)),
    "prior_posterior_gap": float(np.sqrt(gap)),
    "reconstruction": 0.5 * float(squared),
    "band_rmse": float(127.5 * np.sqrt(squared / found[0]["pixels"])),
    "rmse": float(127.5 * np.sqrt(composed / found[0]["pixels"])),
  }


def _describe(stage):
  levels = ", ".join(str(k) for k in stage.levels)
  noun = "level" if len(stage.levels) == 1 else "levels"
  return f"{noun} {levels} ({stage.objective.replace('_', ' ')})"
