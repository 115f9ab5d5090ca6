"""A trained model, loaded from the folder of its run."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from experiments import families
from experiments.config import run_config
from experiments.config.requests.sample import SampleRequest
from experiments.families.base import Family, Steps
from experiments.runs import run_names
from experiments.runs.bundle_folder import BundleFolder
from experiments.system import errors
from experiments.training.run_files import RunFiles

_AT_ONCE = 250


@dataclasses.dataclass(frozen=True)
class TrainedRun:
  """What a run left behind, or a bundle holds.

  Attributes:
    run_dir: The folder.
    preset: The name of the preset it was started with.
    config: Its whole configuration.
    model: The model with the weights of the newest checkpoints, or of the
      bundle; a `BundledModel` unless it joins two runs.
    steps: The steps it was trained for; a tuple, finest level first, where
      levels train alone, which a joined run has behind its LapCVAE's.
  """

  run_dir: RunFiles
  preset: str
  config: run_config.RunConfig
  model: tf.keras.Model
  steps: Steps

  @property
  def family(self) -> Family:
    """The family of the model."""
    return families.of(self.config.model)

  @property
  def class_names(self) -> tuple[str, ...]:
    """Names of the classes of the images in the order of their numbers."""
    return tuple(self.run_dir.read_json("classes.json", default=[]))

  def draw(self, count: int, seed: int, **options: Any) -> list[np.ndarray]:
    """Draws images of every level, finest first, in large batches.

    Args:
      count: How many images to draw.
      seed: An integer that selects the noise; equal seeds give equal images.
      **options: Further fields of a `SampleRequest`.

    Returns:
      See `Family.draw`.
    """
    request = SampleRequest(
      **{"count": count, "seed": seed, "batch_size": _AT_ONCE, **options}
    )
    return self.family.draw(self.model, request, self.class_names)


def load(path: str, encodes: bool = False) -> TrainedRun:
  """Loads the newest checkpoint of a run, or of each of its parts; or a bundle.

  Args:
    path: The folder of a run, or what else `run_names.find` finds.
    encodes: Whether the model has to encode images.

  Raises:
    UserError: If there is no run and no bundle, a run has no checkpoint yet, a
      bundle is damaged, or a model does not encode images where it has to.
  """
  run_dir = run_names.find(path)
  preset, stored = run_dir.read_config()
  config = run_config.read(stored, run_dir.path)
  family = families.of(config.model)
  if encodes and not family.has_encoder:
    raise errors.UserError(
      f"{path} holds a {family.name}, which has no encoder and no learned "
      "prior. Name the run of a LapCVAE."
    )
  # As in training, so that it computes and exports the same.
  tf.keras.mixed_precision.set_global_policy(config.training.precision)
  if isinstance(run_dir, BundleFolder):
    model, steps = family.load_bundle(run_dir.path)
    logging.info(
      "Nothing is written into a bundle. Without --out, results go into %s.",
      run_dir.results,
    )
  else:
    model, steps = family.load(run_dir, config)
  logging.info("%s: %s after %s steps.", run_dir.path, preset, steps)
  return TrainedRun(run_dir, preset, config, model, steps)
