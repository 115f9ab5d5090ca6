"""The dataset `faces`: procedural faces through TensorFlow Datasets.

Importing this module (or the package) registers the builder, after which
`tfds.builder("faces/32", data_dir=...)` and `tfds.load` know it. Preparing it
needs neither the network nor any file.
"""

import dataclasses
from collections.abc import Iterator
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from absl import logging

from experiments.config import data_config
from experiments.data.faces import attributes, parallel_drawing, renderer

SIZES = (16, 32, 64, 128, 256)
"""Sides of the pictures that have a named configuration."""


@dataclasses.dataclass(eq=False, kw_only=True)
class FacesConfig(tfds.core.BuilderConfig):
  """How many faces of which size.

  Attributes:
    size: Side of the square pictures in pixels, at least 8.
    num_train: Faces of the split `train`, indices 0 to num_train - 1.
    num_test: Faces of the split `test`, the indices that follow.
    seed: Population the faces are drawn from.
  """

  size: int = 64
  num_train: int = data_config.TRAIN_FACES
  num_test: int = 1000
  seed: int = 0

  def __post_init__(self):
    renderer.check_size(self.size)
    if self.num_train < 1 or self.num_test < 1:
      raise ValueError(
        "Each split needs at least one face, got "
        f"num_train={self.num_train}, num_test={self.num_test}. Ask for more."
      )


class Faces(tfds.core.GeneratorBasedBuilder):
  """Procedural faces with the attributes they were drawn from.

  An example is `{"image": uint8 [size, size, 3], "index": int64 []}` and one
  entry per attribute of `attributes.Face`: a class label for the categories, a
  float32 or int64 scalar for the others. `renderer.render` draws the same
  picture again, or the same person with an attribute changed.

  Sizes without a name of their own take a configuration object:

      Faces(config=FacesConfig(name="48", size=48), data_dir=...)

  Two configurations must not share a name within a data directory. The stored
  order is TFDS's fixed shuffle of the indices: `disable_shuffling` would keep
  the index order but forbid `shuffle_files=True` to readers.
  """

  VERSION = tfds.core.Version("1.0.0")
  RELEASE_NOTES = {"1.0.0": "First release."}
  BUILDER_CONFIGS = [
    FacesConfig(
      name=str(size), description=f"Faces of {size}x{size} pixels.", size=size
    )
    for size in SIZES
  ]

  def _info(self) -> tfds.core.DatasetInfo:
    size = self.builder_config.size
    features = {
      "image": tfds.features.Image(
        shape=(size, size, 3), encoding_format="png"
      ),
      "index": tfds.features.Scalar(np.int64),
    }
    for field in dataclasses.fields(attributes.Face):
      if field.name in attributes.CATEGORIES:
        features[field.name] = tfds.features.ClassLabel(
          names=list(attributes.CATEGORIES[field.name])
        )
      else:
        dtype = np.int64 if field.type is int else np.float32
        features[field.name] = tfds.features.Scalar(dtype)
    return self.dataset_info_from_configs(
      description=(
        "Procedural portraits, drawn from parameters, with those parameters "
        "as features."
      ),
      features=tfds.features.FeaturesDict(features),
      citation="",
    )

  def _split_generators(self, dl_manager: Any) -> dict[str, Any]:
    del dl_manager  # Nothing is downloaded.
    train, test = self.builder_config.num_train, self.builder_config.num_test
    return {
      "train": self._generate_examples(0, train),
      "test": self._generate_examples(train, train + test),
    }

  def _generate_examples(
    self, start: int, stop: int
  ) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yields (index, example) of the faces from `start` up to `stop`."""
    config = self.builder_config
    drawn = parallel_drawing.draw(config.seed, start, stop, config.size)
    for index, (face, image) in enumerate(drawn, start):
      logging.log_every_n_seconds(
        logging.INFO, "Drew face %d of %d to %d.", 5, index, start, stop - 1
      )
      yield index, {"image": image, "index": index, **dataclasses.asdict(face)}
