"""The two-level PixelVAE as the rest of the project sees it."""

from collections.abc import Mapping

import tensorflow as tf

from experiments.families import pixel_vae_task
from experiments.families.lapcvae import LapCVAEFamily
from experiments.families.pixel_vae_task import PixelVAETask
from experiments.system import errors
from experiments.training.task import Export
from lapcvae_tf.pixel_vae import PixelVAE
from lapcvae_tf.pixel_vae_config import PixelVAEConfig


class PixelVAEFamily(LapCVAEFamily):
  """Models of one image size and two latents, which edit nothing."""

  name = "PixelVAE"
  fits = False
  bases = ()
  paper_preset = "pixelvae_two_level_celeba64"
  model_class = PixelVAE
  task_class = PixelVAETask

  def describe(self, model: PixelVAEConfig) -> str:
    """Returns the name of a model in tables and figures."""
    del model
    return "PixelVAE of two levels"

  def variant(self, model: PixelVAEConfig) -> str:
    """Returns nothing: the name says all."""
    del model
    return ""

  def exports(self, model: PixelVAE) -> Mapping[str, Export]:
    """Returns the export of the whole model."""
    return pixel_vae_task.exports(model)

  def refine(
    self,
    model: PixelVAE,
    coarse: tf.Tensor,
    level: int,
    seed: tf.Tensor,
    label: tf.Tensor | None = None,
    base: str = "given",
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Refuses: there are no coarse images.

    Raises:
      UserError: Always.
    """
    del model, coarse, level, seed, label, base, temperature
    raise errors.UserError(
      f"A {self.name} refines no coarse images. Use the run of a LapCVAE or a "
      "LAPGAN."
    )
