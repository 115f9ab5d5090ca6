"""Values of a request -> arrays that a signature takes.

What a signature cannot take is refused by the name of its input, before a graph
sees it; the ranges that a graph checks itself are left to it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from pyramid_tf.served_inputs import MAX_BATCH


class RefusedError(ValueError):
  """A request that cannot be answered; the message is for its sender."""


def checked(
  name: str, value: Any, spec: tf.TensorSpec, lenient: bool = False
) -> np.ndarray:
  """Returns an input as a signature takes it.

  Args:
    name: The input, for messages.
    value: Nested lists of JSON, or an array.
    spec: What the signature takes.
    lenient: Whether an array of one element will do for a scalar, for clients
      whose arrays have at least one axis.

  Raises:
    RefusedError: If it is of another type or shape, has no rows or too many, or
      is not finite.
  """
  try:
    array = np.asarray(value)
  except ValueError as error:
    raise RefusedError(
      f"{name} has rows of different lengths; give {_words(spec)}."
    ) from error
  shape = spec.shape.as_list()
  if lenient and not shape and array.size == 1:
    array = array.reshape(())
  array = _typed(name, array, spec)
  is_batch = bool(shape) and shape[0] is None
  if is_batch and array.ndim and not 1 <= len(array) <= MAX_BATCH:
    raise RefusedError(
      f"{name} has {len(array)} rows; give 1 to {MAX_BATCH} at a time."
    )
  if array.ndim != len(shape):
    raise RefusedError(
      f"{name} has {array.ndim} axes, {list(array.shape)}; give {_words(spec)}."
    )
  if any(n not in (None, m) for n, m in zip(shape, array.shape, strict=True)):
    raise RefusedError(
      f"{name} has the shape {list(array.shape)}; give {_words(spec)}."
    )
  return array


def _typed(name: str, array: np.ndarray, spec: tf.TensorSpec) -> np.ndarray:
  dtype = spec.dtype.as_numpy_dtype
  kinds = "iuf" if spec.dtype.is_floating else "iu"
  # An empty list says nothing of its type, and is refused for its shape.
  if array.size and array.dtype.kind not in kinds:
    found = "text" if array.dtype.kind in "USO" else array.dtype.name
    raise RefusedError(f"{name} holds {found}; give numbers, {_words(spec)}.")
  if not spec.dtype.is_floating and array.size:
    limits = np.iinfo(dtype)
    if array.min() < limits.min or array.max() > limits.max:
      raise RefusedError(
        f"{name} lies in {limits.min} to {limits.max}; got "
        f"{array.min()} to {array.max()}."
      )
  with np.errstate(over="ignore"):
    array = array.astype(dtype, copy=False)
  if spec.dtype.is_floating and not np.isfinite(array).all():
    raise RefusedError(f"{name} must be finite; it holds NaN or infinity.")
  return array


def check_names(given: Mapping[str, Any], taken: Mapping[str, Any]) -> None:
  """Checks that a request has the inputs of a signature, all and no other.

  Raises:
    RefusedError: If it has not.
  """
  missing, unknown = taken.keys() - given.keys(), given.keys() - taken.keys()
  if missing or unknown:
    told = [f"{', '.join(sorted(missing))} missing"] if missing else []
    told += [f"{', '.join(sorted(unknown))} not known"] if unknown else []
    raise RefusedError(
      f"The inputs are {', '.join(taken) or 'none'}: {'; '.join(told)}."
    )


def _words(spec: tf.TensorSpec) -> str:
  """`float32 [batch, 32, 32, 3]`."""
  shape = spec.shape.as_list()
  sides = ["batch" if side is None else str(side) for side in shape]
  return (
    f"{spec.dtype.name} [{', '.join(sides)}]"
    if sides
    else (f"one {spec.dtype.name}")
  )
