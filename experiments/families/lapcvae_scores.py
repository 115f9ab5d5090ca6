"""What a LapCVAE scores on images that it was not trained on."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import tensorflow as tf

from experiments.data.batches import Split
from experiments.measures import metrics
from experiments.training.task import Scalars
from lapcvae_tf.discriminator_features import feature_loss
from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.losses import gaussian_kl_per_dimension
from lapcvae_tf.model import LapCVAE
from lapcvae_tf.walk import LevelOutcome
from pyramid_tf import images

# A latent dimension is active if it tells this much on average, in nats.
ACTIVE_NATS = 0.01

_BATCH = 100
DESCRIPTIONS = {
  "loss": "Equation 12: reconstruction term plus KL weight times KL, mean over "
  "images. With a calibrated likelihood the reconstruction term is a log-"
  "density, which exceeds one where errors are small, so that the loss falls "
  "below zero.",
  "reconstruction": "Half the summed squared error of the band, in [-1, 1].",
  "kl": "KL(posterior || prior) in nats per image.",
  "image_rmse": "Root mean squared error of the level's composed image against "
  "the true one, latents drawn from the posterior, in grey levels; with true "
  "coarser images where these are drawn as pixels.",
  "band_rmse": "Root mean squared error of the level's band against its "
  "target, in grey levels.",
  "pixel_nll": "-ln p of the level's true pixels in nats per image, where a "
  "PixelCNN draws them.",
  "bits_per_dim": "Upper bound of -log2 p(image) per number of the image: "
  "pixel_nll and kl of all levels, where the finest draws pixels.",
  "gaussian_bits_per_dim": "Upper bound of -log2 p(image) per number of the "
  "image, with one Gaussian error for all pixels, as large as image_rmse of "
  "level 0, and kl of all levels; where no level draws pixels.",
  "active_dimensions": "Latent dimensions that tell more than 0.01 nats.",
  "prior_posterior_gap": "Distance of prior and posterior means, in prior "
  "standard deviations, root mean square over latent dimensions.",
  "noise_variance": "The calibrated likelihood's variance, in [-1, 1] squared.",
  "rmse": "Table 1: root mean squared error of reconstructions from posterior "
  "means, in grey levels, mean over images.",
  "rmse_std": "The standard deviation of rmse over images.",
  "rmse_sampled": "As rmse, with latents drawn from the posterior.",
  "generator_loss": "What generated images cost a level's generator: the "
  "relativistic loss, log 2 = 0.69 where D is undecided; with discriminator "
  "features -log(1 - D(x_p)), which it raises.",
  "discriminator_loss": "Its discriminator's loss without penalties; log 2 = "
  "0.69 where it is undecided, or 1.39 with discriminator features.",
  "discriminator_accuracy": "Share of pairs of a real and a generated image "
  "that the discriminator is right on; with discriminator features, of images.",
  "feature_loss": "L_f: half the summed squared error of the discriminator's "
  "features, and a constant; its unit changes as the discriminator learns.",
  "learning_rate": "The rate of the next step.",
}


class LapCVAEScores:
  """Errors and rates of a model whose weights may change between calls.

  Attributes:
    reconstruct: The model's `reconstruct`, compiled.
    outcomes: The model's `outcomes`, compiled.
    sample: The model's `sample`.
  """

  def __init__(self, model: LapCVAE, seed: int):
    """Compiles what is repeated.

    Args:
      model: The model.
      seed: An integer that selects the noise of latents, the same at each call.
    """
    self._model, self._seed = model, seed
    self.reconstruct = tf.function(model.reconstruct, autograph=False)
    self.outcomes = tf.function(model.outcomes, autograph=False)
    self._reconstruct_drawn = tf.function(
      model.reconstruct_drawn, autograph=False
    )
    self.sample = model.sample

  def figures(self, test: Split, count: int | None = None) -> Scalars:
    """Returns errors of reconstructions, and loss and rate of every level.

    Args:
      test: The images.
      count: How many of them to use; None for all.
    """
    rmse, sampled, levels = [], [], {}
    seen = 0
    for batch in test.batches(_BATCH):
      image = images.from_uint8(batch["image"])[
        : None if count is None else max(count - seen, 0)
      ]
      seen += int(image.shape[0])
      rmse.append(metrics.rmse(image, self.reconstruct(image)))
      seed = tf.constant([self._seed, seen])
      outcomes = self.outcomes(image, seed)
      # Outcomes of levels above one that draws pixels refine the true ones.
      if len(outcomes) > 1 and self._model.config.draws_pixels:
        drawn = self._reconstruct_drawn(image, seed)
      else:
        drawn = outcomes[0].composed
      sampled.append(metrics.rmse(image, drawn))
      for k, outcome in enumerate(outcomes):
        level = self._model.level_models[k]
        levels.setdefault(k, []).append(_level_sums(level, outcome))
      if count is not None and seen >= count:
        break
    rmse, sampled = np.concatenate(rmse), np.concatenate(sampled)
    scalars = {f"level_{k}": self.summary(sums) for k, sums in levels.items()}
    scalars["cascade"] = {
      "rmse": float(rmse.mean()),
      "rmse_std": float(rmse.std()),
      "rmse_sampled": float(sampled.mean()),
      "kl": sum(tags["kl"] for tags in scalars.values()),
    }
    config = self._model.config
    cascade, numbers = scalars["cascade"], 3 * config.sizes[0] ** 2
    if config.bounds_bits:
      nats = cascade["kl"]
      nats += sum(tags.get("pixel_nll", 0.0) for tags in scalars.values())
      cascade["bits_per_dim"] = nats / (numbers * math.log(2.0))
    if not config.draws_pixels:
      cascade["gaussian_bits_per_dim"] = gaussian_bits(
        scalars["level_0"]["image_rmse"], cascade["kl"] / numbers
      )
    return scalars

  def summary(self, batches: Sequence[Mapping]) -> dict[str, float]:
    """Returns the figures of a level from its sums over batches."""
    return _summary(batches)


def gaussian_bits(rmse: float, kl: float) -> float:
  """Bounds -log2 p(image) of an autoencoder whose pixels have Gaussian errors.

  A grey level is narrow beside the errors, so that the density at one of the
  256 values is its probability. The variance is that of the errors themselves,
  with which -log2 p is least.

  Args:
    rmse: Root mean squared error over all images, latents drawn from the
      posterior, in grey levels.
    kl: KL of the latents in nats per number of an image.

  Returns:
    Bits per number of an image: log2 (rmse (2 pi e)^1/2) + kl / ln 2.
  """
  return 0.5 * math.log2(2.0 * math.pi * math.e * rmse**2) + kl / math.log(2.0)


def _level_sums(
  level: LapCVAELevel, outcome: LevelOutcome
) -> dict[str, np.ndarray | int]:
  """Returns sums over a batch in float64, its size, and the size of a band."""
  per_dimension = gaussian_kl_per_dimension(outcome.posterior, outcome.prior)
  difference = outcome.posterior.mean - outcome.prior.mean
  gap = tf.square(difference / outcome.prior.standard_deviation)
  compared = outcome.target, outcome.mean
  if level.config.likelihood == "discriminator_features":
    loss = feature_loss(level, outcome)
  elif outcome.pixel_nll is not None:
    loss = level.pixel_loss(outcome.pixel_nll, *compared)
  else:
    loss = level.reconstruction_loss(*compared)
  loss += level.config.kl_weight * outcome.kl()
  sums = {
    "gap": gap,
    "loss": loss,
    "band": tf.square(outcome.target - outcome.band),
    "image": tf.square(outcome.blurred - outcome.composed),
  }
  if outcome.pixel_nll is not None:
    sums["pixel_nll"] = outcome.pixel_nll
  return {
    **{name: np.sum(value, dtype=np.float64) for name, value in sums.items()},
    "kl": np.sum(per_dimension, axis=0, dtype=np.float64),
    "count": len(outcome.target),
    "pixels": int(np.prod(outcome.target.shape[1:])),
  }


def _summary(batches: Sequence[Mapping]) -> dict[str, float]:
  count = sum(batch["count"] for batch in batches)
  mean = {
    name: sum(batch[name] for batch in batches) / count
    for name in ("kl", "gap", "loss", "band", "image")
  }
  pixels = batches[0]["pixels"]
  drawn = sum(batch.get("pixel_nll", 0.0) for batch in batches) / count
  return {
    **({"pixel_nll": float(drawn)} if "pixel_nll" in batches[0] else {}),
    "loss": float(mean["loss"]),
    "kl": float(mean["kl"].sum()),
    "active_dimensions": float(np.sum(mean["kl"] > ACTIVE_NATS)),
    "prior_posterior_gap": float(np.sqrt(mean["gap"] / len(mean["kl"]))),
    "reconstruction": 0.5 * float(mean["band"]),
    "band_rmse": float(127.5 * np.sqrt(mean["band"] / pixels)),
    "image_rmse": float(127.5 * np.sqrt(mean["image"] / pixels)),
  }
