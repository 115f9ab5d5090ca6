"""Requests -> calls of signatures, checked."""

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from experiments.config.data_config import DataConfig
from experiments.model_server import answers, encoded_images, tensors
from experiments.model_server.tensors import RefusedError
from experiments.model_server.versions import Version

FORMATS = ("tensor", "png")
_DEFAULT = "serving_default"


@dataclasses.dataclass(frozen=True)
class Call:
  """A checked call.

  Attributes:
    version: The version that is called, whatever is loaded meanwhile.
    signature: The signature's name.
    inputs: What it is called with.
    answer: Makes the answer of what it returns.
  """

  version: Version
  signature: str
  inputs: Mapping[str, np.ndarray]
  answer: Callable[[dict[str, np.ndarray]], Any]

  def outputs(self) -> dict[str, np.ndarray]:
    """Calls the signature.

    Raises:
      InvalidArgumentError: If the graph refuses an input.
    """
    inputs = {key: tf.constant(value) for key, value in self.inputs.items()}
    returned = self.version.signatures[self.signature](**inputs)
    return {key: value.numpy() for key, value in returned.items()}


class Reader:
  """Reads the inputs of one request, whatever its form."""

  def __init__(
    self,
    version: Version,
    data: DataConfig | None,
    settings: Mapping[str, Any],
  ):
    """Reads what a request says beside its inputs.

    Args:
      version: The version that is asked.
      data: The images that it was trained on, if that is known.
      settings: `signature_name`, `format` and `crop`, or some of them.

    Raises:
      RefusedError: If one names what is not there, as do all of its methods.
    """
    self._version = version
    self._data = data
    self._crop = settings.get("crop", encoded_images.CROPS[0])
    self._name = settings.get("signature_name", _DEFAULT)
    self._format = settings.get("format", FORMATS[0])
    if self._format not in FORMATS:
      raise RefusedError(
        f"format is one of {', '.join(FORMATS)}; got {self._format!r:.80}."
      )
    if self._name not in list(version.signatures):
      raise RefusedError(
        f"signature_name is one of {', '.join(version.signatures)}; got "
        f"{self._name!r:.80}."
      )
    self._specs = version.signatures.inputs(self._name)

  def columns(self, value: Any) -> dict[str, Any]:
    """The inputs by name; a signature with one takes it bare as well."""
    if isinstance(value, dict) and value.keys() != {"b64"}:
      return value
    return {self._only("inputs"): value}

  def rows(self, value: Any) -> dict[str, Any]:
    """The inputs by name of a list of rows."""
    if not isinstance(value, list) or not value:
      raise RefusedError("instances is a list of at least one row.")
    if not (isinstance(value[0], dict) and value[0].keys() != {"b64"}):
      return {self._only("instances"): value}
    names = value[0].keys()
    for i, row in enumerate(value):
      if not isinstance(row, dict) or row.keys() != names:
        raise RefusedError(
          f"instances[{i}] has other inputs than instances[0]: "
          f"{', '.join(names)}."
        )
    for name, spec in self._specs.items():
      if name in names and not _is_batch(spec):
        raise RefusedError(
          f"{name} is one for all rows; send it among inputs (columns)."
        )
    return {name: [row[name] for row in value] for name in names}

  def call(self, given: Mapping[str, Any], answer, lenient=False) -> Call:
    """Checks the inputs, and returns the call."""
    tensors.check_names(given, self._specs)
    inputs = {
      name: self._input(name, value, lenient) for name, value in given.items()
    }
    as_png = self._format == "png"
    return Call(
      self._version, self._name, inputs, lambda out: answer(out, as_png)
    )

  def _input(self, name: str, value: Any, lenient: bool) -> np.ndarray:
    spec = self._specs[name]
    files = _files(value)
    if files is not None and name == answers.PICTURES:
      if not 1 <= len(files) <= tensors.MAX_BATCH:
        raise RefusedError(
          f"{name} has {len(files)} rows; give 1 to {tensors.MAX_BATCH}."
        )
      square = encoded_images.window(spec.shape[1], self._data, self._crop)
      value = encoded_images.decoded(name, files, square)
    return tensors.checked(name, value, spec, lenient)

  def _only(self, field: str) -> str:
    if len(self._specs) != 1:
      raise RefusedError(
        f"{field} of {self._name} has names: {', '.join(self._specs)}."
      )
    return next(iter(self._specs))


def _is_batch(spec: tf.TensorSpec) -> bool:
  return spec.shape.rank > 0 and spec.shape[0] is None


def _files(value: Any) -> list[Any] | None:
  """The files that an input holds in place of numbers; None if it does not."""
  if isinstance(value, np.ndarray):
    return list(value.ravel()) if value.dtype == object else None
  if isinstance(value, dict):
    value = [value]
  if isinstance(value, list) and value and isinstance(value[0], dict):
    return [v.get("b64") if isinstance(v, dict) else None for v in value]
  return None
