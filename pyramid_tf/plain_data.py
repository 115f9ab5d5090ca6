"""Configurations as plain data, such as a JSON file holds, and back."""

import dataclasses
import json
import types
import typing
from typing import Any


def to_json(config: Any) -> Any:
  """Returns a dataclass as JSON values, as they read back from a file."""
  return json.loads(json.dumps(dataclasses.asdict(config)))


def from_json(annotation: Any, value: Any) -> Any:
  """Builds what `to_json` made plain.

  Args:
    annotation: A dataclass, a tuple type, a plain type, or a union of them; of
      several dataclasses, the one that has all of the value's fields is taken.
    value: JSON values.

  Raises:
    ValueError: If no type fits, or a configuration refuses its fields.
  """
  if isinstance(annotation, types.UnionType):
    return _from_union(typing.get_args(annotation), value)
  if dataclasses.is_dataclass(annotation):
    hints = typing.get_type_hints(annotation)
    unknown = sorted(value.keys() - hints.keys())
    if unknown:
      raise ValueError(f"{annotation.__name__} has no {', '.join(unknown)}.")
    fields = {name: from_json(hints[name], v) for name, v in value.items()}
    return annotation(**fields)
  if typing.get_origin(annotation) is tuple:
    element = typing.get_args(annotation)[0]
    return tuple(from_json(element, entry) for entry in value)
  return value


def _from_union(options: tuple[Any, ...], value: Any) -> Any:
  for option in options:
    if not dataclasses.is_dataclass(option):
      continue
    fields = {field.name for field in dataclasses.fields(option)}
    if isinstance(value, dict) and value.keys() <= fields:
      return from_json(option, value)
  if isinstance(value, dict):
    names = ", ".join(getattr(o, "__name__", str(o)) for o in options)
    raise ValueError(f"None of {names} has the fields {', '.join(value)}.")
  return value
