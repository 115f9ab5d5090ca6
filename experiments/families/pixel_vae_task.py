"""The training of a two-level PixelVAE, and what it scores."""

import functools
from collections.abc import Mapping, Sequence

import tensorflow as tf

from experiments.families.lapcvae_scores import DESCRIPTIONS, LapCVAEScores
from experiments.families.lapcvae_task import LapCVAETask
from experiments.training import optimizers
from experiments.training.task import Export, Scalars
from lapcvae_tf import pixel_vae_export
from lapcvae_tf.pixel_vae import PixelVAE

_OF_LATENTS = {
  "kl_of_map": "KL(q(z_1 | x) || p(z_1 | z_2)) in nats per image.",
  "kl_of_vector": "KL(q(z_2 | x) || N(0, I)) in nats per image.",
}


class PixelVAEScores(LapCVAEScores):
  """Those of a LapCVAE of one level, and the KL of each latent."""

  def __init__(self, model: PixelVAE, seed: int):
    """Compiles `sample` too, as z_1 is drawn place by place."""
    super().__init__(model, seed)
    self.sample = tf.function(model.sample, autograph=False)

  def figures(self, *arguments) -> Scalars:
    """Returns the same; the cascade has the KL of each latent as well."""
    scalars = super().figures(*arguments)
    of_latents = {name: scalars["level_0"][name] for name in _OF_LATENTS}
    scalars["cascade"] |= of_latents
    return scalars

  def summary(self, batches: Sequence[Mapping]) -> dict[str, float]:
    """Returns the same, and shares the KL out to the latents."""
    count = sum(batch["count"] for batch in batches)
    mean = sum(batch["kl"] for batch in batches) / count
    map_dims = self._model.config.map_dims
    return {
      **super().summary(batches),
      "kl_of_map": float(mean[:map_dims].sum()),
      "kl_of_vector": float(mean[map_dims:].sum()),
    }


class PixelVAETask(LapCVAETask):
  """The `Task` of a two-level PixelVAE: that of one level."""

  model_class = PixelVAE
  scores_class = PixelVAEScores
  remedy = "lower training.learning_rate"
  descriptions = {**DESCRIPTIONS, **_OF_LATENTS}

  def exports(self) -> Mapping[str, Export]:
    """Returns the export of the whole model."""
    return exports(self.model)

  def _optimizers(self, segments):
    training = self._config.training
    return {"optimizer": optimizers.make_optimizer(training, segments)}

  def _remedy_of_collapse(self, name):
    del name
    return "Lower --set=model.kl_weight, or raise both warm-ups."


def exports(model: PixelVAE) -> Mapping[str, Export]:
  """Returns the export of a model, by folder name."""
  return {"cascade": functools.partial(pixel_vae_export.export_cascade, model)}
