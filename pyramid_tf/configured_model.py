"""Keras models that a configuration describes."""

import contextlib
from collections.abc import Iterator
from typing import Any, ClassVar

import tensorflow as tf

from pyramid_tf import plain_data

keras = tf.keras


class ConfiguredModel(keras.Model):
  """A model whose `get_config` holds its configuration as plain data.

  `save("x.keras")` stores configuration and weights, and the optimizers if the
  model is compiled; `tf.keras.models.load_model` restores them once the module
  of the class is imported. A loaded model computes in the precision in which
  it was made.

  Attributes:
    config_class: The dataclass of the configuration.
  """

  config_class: ClassVar[type]

  def __init__(self, configuration: Any, **options: Any):
    """Keeps the configuration.

    Args:
      configuration: What the model is made of, a `config_class`.
      **options: Arguments of `tf.keras.Model`.
    """
    super().__init__(**options)
    self._configuration = configuration

  def get_config(self) -> dict[str, Any]:
    """Returns the arguments of the constructor as plain data."""
    plain = plain_data.to_json(self._configuration)
    return {**super().get_config(), "config": plain}

  @classmethod
  def from_config(
    cls, config: dict[str, Any], custom_objects: Any = None
  ) -> "ConfiguredModel":
    """Makes the model that `get_config` described."""
    del custom_objects
    configuration = plain_data.from_json(cls.config_class, config["config"])
    policy = keras.dtype_policies.deserialize(config["dtype"])
    with computing_in(policy):
      return cls(**{**config, "config": configuration, "dtype": policy})

  def compile_from_config(self, config: dict[str, Any]) -> None:
    """Compiles with what `get_compile_config` returned."""
    self.compile(**keras.utils.deserialize_keras_object(config))


@contextlib.contextmanager
def computing_in(policy: keras.dtype_policies.DTypePolicy) -> Iterator[None]:
  """Makes the layers that are made meanwhile compute in a precision."""
  before = keras.mixed_precision.global_policy()
  keras.mixed_precision.set_global_policy(policy)
  try:
    yield
  finally:
    keras.mixed_precision.set_global_policy(before)
