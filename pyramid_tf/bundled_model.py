"""Models that can be written into bundles, and loaded from them."""

import hashlib
import io
import json
import os
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Self

import h5py
import numpy as np
import tensorflow as tf

from pyramid_tf import bundle_files, plain_data
from pyramid_tf.bundle_files import BundleError
from pyramid_tf.configured_model import ConfiguredModel, computing_in

keras = tf.keras

# Of the kernels of dense and convolutional layers.
_KERNEL_AXES = (2, 4)


class BundledModel(ConfiguredModel):
  """A model that draws images with a part or all of its weights.

  `bundle_files` describes the folder. Arrays are stored in the order in which
  the model has its weights, and checked by their shapes.
  """

  @classmethod
  def for_drawing(cls, config: Any) -> Self:
    """Makes a model that lacks what only training needs, without weights yet.

    Args:
      config: A `config_class`.
    """
    return cls(config)

  def bundled_weights(self) -> dict[str, Sequence[keras.Variable]]:
    """Returns the weights that drawing reads, in named groups."""
    raise NotImplementedError

  def exact_weights(self) -> Sequence[keras.Variable]:
    """Returns those of `bundled_weights` that may not be rounded."""
    return ()

  @classmethod
  def from_bundle(cls, folder: str | os.PathLike) -> Self:
    """Loads the model of a bundle, which draws as before.

    Args:
      folder: A folder that `write_bundle` wrote.

    Raises:
      BundleError: If it holds no bundle, a damaged one, or one of another
        family or version; the message says which.
    """
    stored = bundle_files.read_config(folder, cls.__name__)
    try:
      config = plain_data.from_json(cls.config_class, stored["model"])
      policy = keras.dtype_policies.DTypePolicy(stored["precision"])
      with computing_in(policy):
        model = cls.for_drawing(config)
    except (ValueError, TypeError, AttributeError, LookupError) as error:
      raise bundle_files.damaged(
        pathlib.Path(folder) / bundle_files.CONFIG,
        f"or of another version of this project: {error}",
      ) from error
    path, content = bundle_files.read_weights(folder, stored)
    try:
      with h5py.File(io.BytesIO(content), "r") as file:
        _take(file, dict(model._arrays()))
    except (OSError, ValueError, KeyError, TypeError) as error:
      raise bundle_files.damaged(path, error) from error
    return model

  def write_bundle(
    self,
    folder: str | os.PathLike,
    facts: Mapping[str, Any],
    dtype: str = "float32",
  ) -> None:
    """Writes weights and configuration into a folder that exists.

    Args:
      folder: The folder.
      facts: More about the model, JSON values by name, for `config.json`.
      dtype: One of `bundle_files.DTYPES`. In `float16`, kernels are rounded;
        biases, scales, statistics and variances never are.

    Raises:
      ValueError: If there is no such dtype.
    """
    if dtype not in bundle_files.DTYPES:
      raise ValueError(
        f"dtype={dtype!r}: use one of {', '.join(bundle_files.DTYPES)}."
      )
    folder = pathlib.Path(folder)
    exact = {id(variable) for variable in self.exact_weights()}
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
      for name, variable in self._arrays():
        kept = "float32" if id(variable) in exact else dtype
        file[name] = _rounded(variable.numpy(), kept)
    (folder / bundle_files.WEIGHTS).write_bytes(content.getvalue())
    stored = {
      "bundle_version": bundle_files.VERSION,
      "family": type(self).__name__,
      **facts,
      "precision": self.dtype_policy.name,
      "weights": {
        "dtype": dtype,
        "sha256": hashlib.sha256(content.getvalue()).hexdigest(),
      },
      "model": plain_data.to_json(self._configuration),
    }
    text = json.dumps(stored, indent=2) + "\n"
    (folder / bundle_files.CONFIG).write_text(text, encoding="utf-8")

  def _arrays(self) -> Iterator[tuple[str, keras.Variable]]:
    """Yields the weights of a bundle by their names in its file."""
    for group, weights in self.bundled_weights().items():
      for i, weight in enumerate(weights):
        yield f"{group}/{i:03d}", weight


def _rounded(value: np.ndarray, dtype: str) -> np.ndarray:
  if dtype == "float32" or value.ndim not in _KERNEL_AXES:
    return value
  with np.errstate(over="ignore"):
    half = value.astype(np.float16)
  # What half precision cannot hold stays as it is.
  return half if np.isfinite(half).all() else value


def _take(file: h5py.File, weights: Mapping[str, keras.Variable]) -> None:
  """Gives weights the values of a file.

  Raises:
    ValueError: If the file has others.
  """
  names = {f"{group}/{name}" for group in file for name in file[group]}
  if different := sorted(names ^ weights.keys()):
    raise BundleError(f"{different[0]} is there only once")
  for name, weight in weights.items():
    value = file[name][()]
    if value.shape != tuple(weight.shape):
      raise BundleError(
        f"{name} is {value.shape} where {tuple(weight.shape)} is needed"
      )
    weight.assign(value.astype(np.float32))
