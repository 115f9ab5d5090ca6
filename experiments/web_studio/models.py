"""The trained runs of a studio, by name."""

import functools
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from experiments.config.requests import check_noise
from experiments.config.requests.sample import SampleRequest
from experiments.editing.editor import Editor
from experiments.runs import named_runs, trained_run
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors
from pyramid_tf import images


class Model:
  """One run, ready to draw.

  Attributes:
    name: What the page calls it.
    run: The run.
    editor: Draws steps of edits with it; None if it cannot edit.
    why_not: Why it cannot edit, or empty.
  """

  def __init__(self, name: str, run: TrainedRun):
    """Compiles nothing yet."""
    self.name = name
    self.run = run
    self.editor: Editor | None = None
    self.why_not = ""
    try:
      self.editor = Editor(run)
    except errors.UserError as error:
      self.why_not = str(error)
    self._refine = tf.function(
      self._refined, reduce_retracing=True, autograph=False
    )

  @property
  def facts(self) -> dict[str, Any]:
    """What the page needs to know, as JSON values."""
    family, config = self.run.family, self.run.config.model
    variant = family.variant(config)
    words = family.describe(config) + (f" ({variant})" if variant else "")
    return {
      "name": self.name,
      "words": words,
      "preset": self.run.preset,
      "sizes": list(config.sizes),
      "edits": self.editor is not None and config.num_levels > 1,
      "why_not": self.why_not,
      "encodes": family.has_encoder,
      "classes": self._classes(),
    }

  def _classes(self) -> list[str]:
    number = getattr(self.run.config.model, "num_classes", 0)
    names = self.run.class_names
    if number and len(names) != number:
      return [str(k) for k in range(number)]
    return list(names) if number else []

  def draw(self, request: SampleRequest) -> list[np.ndarray]:
    """Draws samples: the images of every level, finest first, uint8."""
    run = self.run
    return run.family.draw(run.model, request, run.class_names)

  def refine(
    self, coarse: np.ndarray, level: int, count: int, seed: int, label: str
  ) -> np.ndarray:
    """Draws many refinements of one coarse image.

    Args:
      coarse: uint8 `[size_level, size_level, 3]`.
      level: Its level, from 1 to the coarsest.
      count: How many to draw.
      seed: An integer in [0, 2**31).
      label: A class by name, if the model has classes.

    Returns:
      uint8 `[count, size, size, 3]`.

    Raises:
      UserError: If the level, the size or the class is none of the model's.
    """
    check_noise(seed, 1.0)
    sizes, classes = self.run.config.model.sizes, self._classes()
    if not 0 < level < len(sizes):
      raise errors.UserError(
        f"Level {level} cannot be refined: coarse levels are 1 to "
        f"{len(sizes) - 1}."
      )
    side = sizes[level]
    if coarse.shape[:2] != (side, side):
      raise errors.UserError(
        f"The coarse image is {coarse.shape[1]}x{coarse.shape[0]}; level "
        f"{level} has {side}x{side}."
      )
    if classes and label not in classes:
      raise errors.UserError(
        f"{label!r} is none of the classes: {', '.join(classes)}."
      )
    labels = [classes.index(label)] * count if classes else [0] * count
    repeated = np.repeat(coarse[None], count, axis=0)
    return self._refine(
      images.from_uint8(repeated),
      level,
      tf.constant([seed, 0]),
      tf.constant(labels),
    ).numpy()

  def _refined(self, coarse, level, seed, labels):
    family, model = self.run.family, self.run.model
    drawn = family.refine(model, coarse, level, seed, labels)
    return images.to_uint8(drawn[0])

  def warm_up(self) -> Iterator[Callable[[], None]]:
    """Yields short jobs that compile what first edits would wait for."""
    if self.editor is None:
      return
    size = self.run.config.model.sizes[0]
    grey = np.full((size, size, 3), 127, np.uint8)

    def draw(level: int) -> None:
      for _ in self.editor.open(grey).draw(1, level):
        pass

    yield lambda: self.editor.open(grey)
    for level in range(1, self.run.config.model.num_levels):
      yield functools.partial(draw, level)


class Models:
  """The runs that a studio was started with."""

  def __init__(self, paths: Sequence[str]):
    """Loads the newest checkpoints of all.

    Args:
      paths: Folders of runs.

    Raises:
      UserError: If one holds no run that can be loaded.
    """
    self._models = {
      named.name: Model(named.name, trained_run.load(str(named.run_dir.path)))
      for named in named_runs.read(paths)
    }

  def __iter__(self):
    return iter(self._models.values())

  def named(self, name: str | None) -> Model:
    """Returns a model by its name; the first without one.

    Raises:
      UserError: If there is none of that name.
    """
    if name is None:
      return next(iter(self))
    if name not in self._models:
      raise errors.UserError(
        f"There is no model {name!r}; this studio has "
        f"{', '.join(self._models)}."
      )
    return self._models[name]

  def editing(self, name: str | None) -> Model:
    """Returns a model that edits: the named one, or the first that does.

    Raises:
      UserError: If the named one cannot, or none can.
    """
    if name is None:
      able = [model for model in self if model.facts["edits"]]
      if not able:
        raise errors.UserError(
          "None of the runs can edit. Start the studio with the run of a "
          "LapCVAE, or of a LAPGAN without classes, of several levels."
        )
      return able[0]
    model = self.named(name)
    if not model.facts["edits"]:
      raise errors.UserError(
        model.why_not or f"{name} has one level, so no detail to draw."
      )
    return model
