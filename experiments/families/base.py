"""A model family as the rest of the project sees it."""

import abc
import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import tensorflow as tf

from experiments.config.environment import Environment
from experiments.config.requests.sample import SampleRequest
from experiments.config.run_config import RunConfig
from experiments.data.datasets import ImageData
from experiments.system import errors
from experiments.training.run_dir import RunDir
from experiments.training.task import Export, Rows, Task
from pyramid_tf import bundle_files

# Steps of a whole model, or of each level, finest first.
Steps = int | tuple[int, ...]


@dataclasses.dataclass(frozen=True)
class Joined:
  """What is made of parts that trained alone.

  Attributes:
    exports: What writes the SavedModels of the joined model, by folder name.
    pictures: Sheets by file name.
    metrics: Figures of the joined model, JSON values by name.
  """

  exports: Mapping[str, Export]
  pictures: Mapping[str, Rows]
  metrics: Mapping[str, Any]


@dataclasses.dataclass(frozen=True)
class Chooser:
  """The classifier that chooses the weights of a part.

  Attributes:
    path: Its file; None where none reads the part's images.
    digest: The SHA-256 of that file in hexadecimal digits, or None.
  """

  path: str | None
  digest: str | None


class Family(abc.ABC):
  """What trains, loads, draws and names the models of one family.

  The one place that chooses a family is `families.of`.

  Attributes:
    name: The family's name in messages and tables.
    has_encoder: Whether its models reconstruct images and scale their noise.
    trains: Whether its models come from a training of their own.
    draws_reconstructions: Whether its models reconstruct with drawn latents.
    fits: Whether detail can be made to go with the image around a region.
    bases: The coarse images that its models can refine, of `choices.REFINED`;
      models without any edit nothing.
    paper_preset: The preset of the paper's model, to try next.
    model_class: The class of its models.
  """

  name: ClassVar[str]
  has_encoder: ClassVar[bool]
  trains: ClassVar[bool] = True
  draws_reconstructions: ClassVar[bool] = False
  fits: ClassVar[bool]
  bases: ClassVar[tuple[str, ...]]
  paper_preset: ClassVar[str]
  model_class: ClassVar[type[tf.keras.Model]]

  # A model, in words ---------------------------------------------------------

  @abc.abstractmethod
  def describe(self, model: Any) -> str:
    """Returns the name of a model in tables and figures, such as `VAE`.

    Args:
      model: The model's configuration.
    """

  def variant(self, model: Any) -> str:
    """Returns what sets a model apart from its kin, such as `closed loop`.

    Args:
      model: The model's configuration.
    """
    del model
    return ""

  # Training ------------------------------------------------------------------

  def prepare(self, config: RunConfig, data: ImageData, replicas: int) -> Any:
    """Checks a run against its images and devices, before any part trains.

    Args:
      config: The run.
      data: Its images.
      replicas: How many devices share a step.

    Returns:
      What `task` needs of the images.

    Raises:
      UserError: If the run does not go with the images or the devices.
    """
    del config, data, replicas

  def choosers(
    self, config: RunConfig, environment: Environment
  ) -> Mapping[str, Chooser]:
    """Returns the classifiers that choose weights by part, where any do.

    Args:
      config: The run.
      environment: Where and on what to train.

    Raises:
      UserError: If a file holds no classifier, or one that chooses nothing.
    """
    del config, environment
    return {}

  @abc.abstractmethod
  def task(
    self,
    config: RunConfig,
    part: str | None = None,
    prepared: Any = None,
    environment: Environment | None = None,
  ) -> Task:
    """Returns the training of a part, without weights yet.

    Args:
      config: The run.
      part: One of `config.parts()`.
      prepared: The result of `prepare`.
      environment: Where and on what to train; None builds a task that is not
        going to be a run.
    """

  def join(
    self, config: RunConfig, model: tf.keras.Model, data: ImageData
  ) -> Joined | None:
    """Returns what is made of finished parts; None if there is one part.

    Args:
      config: The run.
      model: The loaded model.
      data: The images of the run.
    """
    del config, model, data

  def scores(self, model: tf.keras.Model, seed: int) -> Any:
    """Returns what measures the reconstructions of a model.

    Args:
      model: The model.
      seed: An integer that selects the noise of latents.

    Returns:
      A `LapCVAEScores`, or what has its `figures`.

    Raises:
      UserError: If the family has no such measure, as it draws no pixels.
    """
    del model, seed
    raise errors.UserError(f"A {self.name} draws no pixels one by one.")

  @abc.abstractmethod
  def headline(self, metrics: Mapping[str, Any]) -> str:
    """Returns the figures of a finished run in a sentence."""

  # A trained model -----------------------------------------------------------

  @abc.abstractmethod
  def load(
    self, run_dir: RunDir, config: RunConfig
  ) -> tuple[tf.keras.Model, Steps]:
    """Loads the newest checkpoints of a run.

    Raises:
      UserError: If there are none, or they do not fit the configuration.
    """

  def load_bundle(
    self, folder: str | os.PathLike
  ) -> tuple[tf.keras.Model, Steps]:
    """Loads the model of a bundle, and the steps it was trained for.

    Args:
      folder: The folder of the bundle.

    Raises:
      UserError: If it is damaged.
    """
    try:
      steps = bundle_files.read_config(folder).get("steps", 0)
      model = self.model_class.from_bundle(folder)
    except bundle_files.BundleError as error:
      raise errors.UserError(str(error)) from error
    return model, tuple(steps) if isinstance(steps, list) else steps

  @abc.abstractmethod
  def exports(self, model: tf.keras.Model) -> Mapping[str, Export]:
    """Returns what writes the SavedModels of a model, by folder name."""

  @abc.abstractmethod
  def draw(
    self,
    model: tf.keras.Model,
    request: SampleRequest,
    class_names: Sequence[str] = (),
    first: int = 0,
  ) -> list[np.ndarray]:
    """Draws images.

    Args:
      model: A loaded model.
      request: Which images.
      class_names: Names of the model's classes in the order of their numbers.
      first: The batch to begin with, as if those before it were drawn already.

    Returns:
      The images of every level, finest first, uint8 `[count, size_k, size_k,
      3]`; the first are the samples.

    Raises:
      UserError: If the model cannot draw what is asked for.
    """

  @abc.abstractmethod
  def refine(
    self,
    model: tf.keras.Model,
    coarse: tf.Tensor,
    level: int,
    seed: tf.Tensor,
    label: tf.Tensor | None = None,
    base: str = "given",
    temperature: float | tf.Tensor = 1.0,
  ) -> list[tf.Tensor]:
    """Draws detail for given coarse images; works inside of a graph.

    Args:
      model: A loaded model.
      coarse: b_level, `[batch, size_level, size_level, 3]` in [-1, 1].
      level: The level of `coarse`, from 1 to the coarsest.
      seed: int32 `[2]`; each image has noise of its own.
      label: The class of each image, for models that have classes.
      base: Which coarse image finer levels refine, one of `bases`.
      temperature: A factor on the noise, of models that `has_encoder`.

    Returns:
      x_0, ..., x_level in [-1, 1], not clipped.
    """
