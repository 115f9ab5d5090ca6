"""Hybrids as the rest of the project sees them."""

import functools
import pathlib
from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from experiments.config.environment import Environment
from experiments.config.hybrid_config import HybridConfig
from experiments.config.run_config import RunConfig, read
from experiments.families import lapgan_weights
from experiments.families.base import Steps
from experiments.families.hybrid_model import HybridModel
from experiments.families.lapcvae import LapCVAEFamily
from experiments.families.lapgan import LAPGANFamily
from experiments.system import errors
from experiments.training.run_dir import RunDir
from experiments.training.task import Export, Task
from lapcvae_tf import export as lapcvae_export
from lapgan_tf import export as lapgan_export
from pyramid_tf import bundle_files, saved_models

COARSE, FINE = "coarse", "fine"
"""The folders of the two runs in that of a hybrid."""


class HybridFamily(LapCVAEFamily):
  """Models that `experiments.combine` joins of trained runs.

  They draw as a LapCVAE does; only where their levels lie differs.
  """

  name = "hybrid"
  trains = False
  draws_reconstructions = False
  fits = False
  model_class = HybridModel

  def describe(self, model: HybridConfig) -> str:
    """Returns the name of a model in tables and figures."""
    return f"LapCVAE to {model.joint} px, LAPGAN above"

  def variant(self, model: HybridConfig) -> str:
    """Returns nothing: the name says all."""
    del model
    return ""

  def task(
    self,
    config: RunConfig,
    part: str | None = None,
    prepared: Any = None,
    environment: Environment | None = None,
  ) -> Task:
    """Refuses: the parts train by themselves.

    Raises:
      UserError: Always.
    """
    del config, part, prepared, environment
    raise errors.UserError(
      "A hybrid does not train. Train its two runs, and join them "
      "again with experiments.combine."
    )

  def headline(self, metrics: Mapping[str, Any]) -> str:
    """Returns what joined models have to say, which is nothing measured."""
    del metrics
    return "Measure it with experiments.evaluate."

  def load(
    self, run_dir: RunDir, config: RunConfig
  ) -> tuple[HybridModel, Steps]:
    """Loads both models from the folders in a hybrid run's."""
    return self.of_parts(config, run_dir.path / COARSE, run_dir.path / FINE)

  def of_parts(
    self, config: RunConfig, coarse: pathlib.Path, fine: pathlib.Path
  ) -> tuple[HybridModel, Steps]:
    """Joins the models of two runs, or of bundles.

    Args:
      config: The hybrid run.
      coarse: The folder of the LapCVAE.
      fine: The folder of the LAPGAN.

    Raises:
      UserError: If one has no weights, or they do not fit its configuration.
    """
    lapcvae, lapgan = LapCVAEFamily(), LAPGANFamily()
    # Levels that are not used need no training.
    load_fine = functools.partial(
      lapgan_weights.load_finest, count=config.model.fine_levels
    )
    models, steps = [], []
    for folder, family, load in (
      (coarse, lapcvae, lapcvae.load),
      (fine, lapgan, load_fine),
    ):
      if bundle_files.is_bundle(folder):
        model, taken = family.load_bundle(folder)
      else:
        run_dir = RunDir(folder)
        _, stored = run_dir.read_config()
        model, taken = load(run_dir, read(stored, folder))
      models.append(model)
      steps += [taken] if isinstance(taken, int) else taken
    return HybridModel(config.model, *models), tuple(steps)

  def exports(self, model: HybridModel) -> Mapping[str, Export]:
    """Returns the exports of the levels that are used, and of the cascade."""
    config = model.config
    exports: dict[str, Export] = {"cascade": functools.partial(_export, model)}
    for k in range(config.num_levels):
      if k < config.fine_levels:
        write = functools.partial(
          lapgan_export.export_level, model.fine.level_models[k]
        )
      else:
        own = k - config.fine_levels + config.coarse_level
        write = functools.partial(
          lapcvae_export.export_level, model.coarse, own
        )
      exports[f"level_{k}"] = write
    return exports

  def refine(
    self,
    model: HybridModel,
    coarse: tf.Tensor,
    level: int,
    seed: tf.Tensor,
    label: tf.Tensor | None = None,
    base: str = "given",
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Draws detail for the given images, or for reconstructions of them."""
    del label
    return model.refine(coarse, level, seed, base, temperature)


def _export(model: HybridModel, path, batching=None):
  """Writes the cascade with `reconstruct` and `sample`, as a LapCVAE has.

  Both draw the noise of all rows at once, so that each call runs alone.
  """
  del batching
  config = model.config
  own = model.coarse.level_models[config.coarse_level :]
  detail = model.fine.level_models[: config.fine_levels]
  variables = [v for level in own for v in level.generative_weights]
  variables += [v for level in detail for v in level.generator_variables]
  variables += model.fine.standardisation.weights
  signatures = lapcvae_export.reconstruct_and_sample(model)
  return saved_models.save(path, signatures, "reconstruct", variables)
