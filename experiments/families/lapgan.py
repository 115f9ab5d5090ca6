"""LAPGAN as the rest of the project sees it."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.config.environment import Environment
from experiments.config.requests.sample import SampleRequest
from experiments.config.run_config import RunConfig, level_of
from experiments.data.datasets import ImageData
from experiments.families import (
  lapgan_classifiers,
  lapgan_draws,
  lapgan_statistics,
  lapgan_weights,
)
from experiments.families.base import Chooser, Family, Joined
from experiments.families.lapgan_statistics import TrainingStatistics
from experiments.families.lapgan_task import LAPGANLevelTask
from experiments.measures import sliced_wasserstein
from experiments.system import errors
from experiments.training.run_dir import RunDir
from experiments.training.task import Export
from lapgan_tf import export
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.model import LAPGAN

# Samples compared with as many test images, scale by scale.
_SWD_IMAGES = 5000

# Images of the sheets that end a training.
_SHEET, _COLUMNS, _CHAINS = 100, 10, 8

_DRAWN_AT_ONCE = 250


class LAPGANFamily(Family):
  """Models whose levels train alone and only generate."""

  name = "LAPGAN"
  has_encoder = False
  fits = False
  bases = ("given",)
  paper_preset = "lapgan_cifar10"
  model_class = LAPGAN

  def describe(self, model: LAPGANConfig) -> str:
    """Returns `GAN` or `LAPGAN`, with `class-conditional` before it."""
    name = "GAN" if model.num_levels == 1 else "LAPGAN"
    return f"class-conditional {name}" if model.num_classes else name

  def prepare(
    self, config: RunConfig, data: ImageData, replicas: int
  ) -> TrainingStatistics:
    """Checks classes, size and batch; returns the images' statistics."""
    _check_classes(config, data)
    smallest = sliced_wasserstein.PATCH
    if config.data.size < smallest:
      raise errors.UserError(
        f"data.size={config.data.size}: samples are measured by patches of "
        f"{smallest} pixels. Choose images of at least that size."
      )
    multiple = config.model.batch_multiple * replicas
    if config.training.batch_size % multiple:
      raise errors.UserError(
        f"training.batch_size={config.training.batch_size}: each of {replicas} "
        "replicas shares its images out in quarters. Set a multiple of "
        f"{multiple}."
      )
    return lapgan_statistics.measure(config.model, data.train)

  def choosers(
    self, config: RunConfig, environment: Environment
  ) -> Mapping[str, Chooser]:
    """Returns the classifier of each level's size, where classifiers choose."""
    return lapgan_classifiers.by_level(config.model, environment.classifiers)

  def task(
    self,
    config: RunConfig,
    part: str | None = None,
    prepared: Any = None,
    environment: Environment | None = None,
  ) -> LAPGANLevelTask:
    """Returns the training of one level.

    Without `prepared`, images are standardised to half their range, as if by
    statistics, and without an environment coarser levels are new; both for
    measurements of speed.
    """
    k = level_of(part)
    if prepared is None:
      per_pixel = config.model.standardisation == "per_pixel"
      side = config.data.size if per_pixel else 1
      shape = (side, side, 3)
      pixels = (np.zeros(shape, np.float32), np.full(shape, 0.5, np.float32))
      prepared = TrainingStatistics(pixels)

    later = range(k + 1, config.model.num_levels)

    def untrained() -> list[LAPGANLevel]:
      return [LAPGANLevel(config.model, i) for i in later]

    if environment is None:
      return LAPGANLevelTask(config, k, prepared, coarser=untrained)
    run_dir = RunDir(environment.run_dir)

    def coarser() -> list[LAPGANLevel]:
      return [
        lapgan_weights.load_trained_level(run_dir, config, i, k) for i in later
      ]

    judge = None
    if config.model.selection == "classifier":
      size = config.model.sizes[k]
      judge = lapgan_classifiers.of_size(environment.classifiers, size)
    return LAPGANLevelTask(
      config, k, prepared, environment.keep_going, coarser, judge
    )

  def join(self, config: RunConfig, model: LAPGAN, data: ImageData) -> Joined:
    """Draws and measures samples of the cascade."""
    names = data.class_names or ()

    def draw(count, seed):
      request = SampleRequest(count=count, seed=seed, batch_size=_DRAWN_AT_ONCE)
      return self.draw(model, request, names)

    count = min(_SWD_IMAGES, data.test.num_images)
    logging.info("Sliced Wasserstein distance of %d samples.", count)
    distances = sliced_wasserstein.figures(
      data.test.images(0, count), draw(count, seed=1)[0]
    )
    samples = draw(_SHEET, seed=0)[0]
    pictures = {
      "samples": {
        f"{i + 1} to {i + _COLUMNS}": samples[i : i + _COLUMNS]
        for i in range(0, len(samples), _COLUMNS)
      }
    }
    if config.model.num_levels > 1:
      chain = list(enumerate(draw(_CHAINS, seed=0)))
      pictures["chain"] = {f"level {k}": level for k, level in chain[::-1]}
    return Joined(
      exports={"cascade": functools.partial(export.export_cascade, model)},
      pictures=pictures,
      metrics={
        "parameters": model.num_parameters,
        "test_images": count,
        **distances,
      },
    )

  def headline(self, metrics: Mapping[str, Any]) -> str:
    """Returns the sliced Wasserstein distances."""
    scales = ", ".join(
      f"{value:.1f} at {side} px"
      for side, value in metrics["swd_per_scale"].items()
    )
    return (
      f"SWD {metrics['swd_mean']:.1f} between {metrics['test_images']} samples "
      f"and as many test images ({scales})."
    )

  def load(
    self, run_dir: RunDir, config: RunConfig
  ) -> tuple[LAPGAN, tuple[int, ...]]:
    """Loads the newest checkpoint of every level."""
    count = config.model.num_levels
    return lapgan_weights.load_finest(run_dir, config, count)

  def exports(self, model: LAPGAN) -> Mapping[str, Export]:
    """Returns the exports of every level and of the cascade."""
    levels = {
      level.name: functools.partial(export.export_level, level)
      for level in model.level_models
    }
    cascade = functools.partial(export.export_cascade, model)
    return {**levels, "cascade": cascade}

  def draw(
    self,
    model: LAPGAN,
    request: SampleRequest,
    class_names: Sequence[str] = (),
    first: int = 0,
  ) -> list[np.ndarray]:
    """Draws images, of classes in turns where there are any."""
    return lapgan_draws.draw(model, request, class_names, first)

  def refine(
    self,
    model: LAPGAN,
    coarse: tf.Tensor,
    level: int,
    seed: tf.Tensor,
    label: tf.Tensor | None = None,
    base: str = "given",
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Draws detail for the given images; there are no others, without codes."""
    del base, temperature
    standardised = model.standardisation(coarse, kernel=model.config.kernel)
    # Real images have no errors for noise to hide.
    return model.refine(
      standardised,
      seed,
      label if model.config.num_classes else None,
      level,
      conditioning_noise=0.0,
    )


def _check_classes(config: RunConfig, data: ImageData) -> None:
  classes = config.model.num_classes
  if not classes:
    return
  names = data.class_names
  if names is None or not data.train.has_labels:
    raise errors.UserError(
      f"{data.name} has no classes, which the model is conditioned on. Use a "
      "labelled dataset, such as cifar10 or a folder with a subfolder per "
      "class, or --set=model.num_classes=0."
    )
  if len(names) != classes:
    raise errors.UserError(
      f"{data.name} has {len(names)} classes, the model {classes}. Add "
      f"--set=model.num_classes={len(names)}."
    )
