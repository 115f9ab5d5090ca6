"""A small classifier of images, whose features see objects.

The distances that it gives are our own: they compare with others over the same
classifier, and are neither published FID nor KID.
"""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from experiments.system import errors
from pyramid_tf import images as pixel_values

_BATCH = 250
_FEATURES = "features"


@dataclasses.dataclass(frozen=True, kw_only=True)
class ClassifierFacts:
  """What a classifier was trained on.

  Attributes:
    dataset: The name of the images.
    size: The side of the images in pixels.
    class_names: Names of the classes in the order of their numbers.
  """

  dataset: str
  size: int
  class_names: tuple[str, ...]


@tf.keras.utils.register_keras_serializable("laplacian_pyramids")
class Classifier(tf.keras.Model):
  """Three pairs of convolutions, each followed by pooling, and a mean.

  Attributes:
    facts: What it was trained on.
  """

  def __init__(
    self, facts: ClassifierFacts, filters: Sequence[int] = (32, 64, 128), **rest
  ):
    """Builds the network.

    Args:
      facts: What it is going to be trained on.
      filters: Maps of the pairs of convolutions.
      **rest: Arguments of `tf.keras.Model`.
    """
    super().__init__(**rest)
    self.facts = facts
    self._filters = tuple(filters)
    layers: list[tf.keras.layers.Layer] = []
    for i, maps in enumerate(self._filters):
      for _ in range(2):
        layers += [
          tf.keras.layers.Conv2D(maps, 3, padding="same", use_bias=False),
          tf.keras.layers.BatchNormalization(momentum=0.95),
          tf.keras.layers.ReLU(),
        ]
      if i < len(self._filters) - 1:
        layers.append(tf.keras.layers.MaxPooling2D())
    layers.append(tf.keras.layers.GlobalAveragePooling2D(name=_FEATURES))
    self._body = tf.keras.Sequential(layers)
    self._head = tf.keras.layers.Dense(len(facts.class_names))
    self._body.build((None, facts.size, facts.size, 3))
    self._head.build((None, self._filters[-1]))
    self.built = True

  def call(self, image, training=False):
    """Logits `[batch, classes]` of images in [-1, 1]."""
    return self._head(self.features(image, training=training))

  def features(self, image, training=False):
    """What the last layer reads, `[batch, features]`, float32."""
    return tf.cast(self._body(image, training=training), tf.float32)

  def get_config(self) -> dict[str, Any]:
    """Returns the arguments of the constructor as plain data."""
    return {
      **super().get_config(),
      "facts": dataclasses.asdict(self.facts),
      "filters": list(self._filters),
    }

  @classmethod
  def from_config(cls, config: Mapping[str, Any]) -> "Classifier":
    """Builds what `get_config` describes."""
    facts = dict(config["facts"])
    facts["class_names"] = tuple(facts["class_names"])
    return cls(**{**config, "facts": ClassifierFacts(**facts)})


class Judge:
  """A trained classifier that looks at uint8 images of any size.

  Attributes:
    facts: What the classifier was trained on.
  """

  def __init__(self, classifier: Classifier):
    """Compiles what is repeated."""
    self.facts = classifier.facts

    @tf.function(reduce_retracing=True, autograph=False)
    def look(images):
      floats = pixel_values.from_uint8(images)
      size = (self.facts.size, self.facts.size)
      if tuple(images.shape[1:3]) != size:
        floats = tf.image.resize(floats, size, antialias=True)
      features = classifier.features(floats)
      return features, tf.nn.softmax(classifier._head(features))

    self._look = look

  def __call__(self, images: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Features and class probabilities of images.

    Args:
      images: uint8 `[count, height, width, 3]`.

    Returns:
      float64 `[count, features]` and `[count, classes]`.
    """
    parts = [
      [x.numpy() for x in self._look(images[start : start + _BATCH])]
      for start in range(0, len(images), _BATCH)
    ]
    return tuple(
      np.concatenate(x).astype(np.float64) for x in zip(*parts, strict=True)
    )


def load(path: str | os.PathLike) -> Judge:
  """Loads a classifier that `experiments.classifier` saved.

  Raises:
    UserError: If there is no such file, or it holds something else.
  """
  path = os.path.expanduser(path)
  try:
    classifier = tf.keras.models.load_model(path, compile=False)
  except (OSError, ValueError, TypeError, KeyError) as error:
    reason = str(error).partition("\n")[0]
    raise errors.UserError(
      f"{path} holds no classifier: {reason} Train one with "
      "experiments.classifier."
    ) from error
  if not isinstance(classifier, Classifier):
    raise errors.UserError(
      f"{path} holds a model that is no classifier of this project. Train one "
      "with experiments.classifier."
    )
  return Judge(classifier)
