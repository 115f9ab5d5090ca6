"""Configurations as the JSON values of a config.json, and back."""

import dataclasses
import json
import types
import typing
from collections.abc import Iterator
from typing import Any


def to_json(config: Any) -> Any:
  """A dataclass as JSON values, as they read back from a file."""
  return json.loads(json.dumps(dataclasses.asdict(config)))


def from_json(annotation: Any, value: Any) -> Any:
  """Builds what `dataclasses.asdict` and JSON made plain.

  Args:
    annotation: A dataclass, a tuple type, a plain type, or a union of them; of
      several dataclasses, the one that has all of the value's fields is taken.
    value: JSON values.

  Raises:
    ValueError: If no type fits, or a configuration refuses its fields.
  """
  if isinstance(annotation, types.UnionType):
    return _of_union(typing.get_args(annotation), value)
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


def _of_union(options, value):
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


def differences(stored: Any, new: Any, path: str = "") -> Iterator[str]:
  """Yields the differences of JSON values, such as `a.0.b was 1, now 2`.

  Args:
    stored: The values of before.
    new: The values of now.
    path: The path of these values inside others.
  """
  if isinstance(stored, dict) and isinstance(new, dict):
    for key in stored.keys() | new.keys():
      inner = f"{path}.{key}" if path else key
      yield from differences(stored.get(key), new.get(key), inner)
  elif _have_entries(stored, new):
    for index, entries in enumerate(zip(stored, new, strict=True)):
      yield from differences(*entries, f"{path}.{index}")
  elif stored != new:
    yield f"{path} was {stored!r}, now {new!r}"


def _have_entries(stored, new):
  """Whether both are equally long lists of dictionaries, such as levels."""
  return (
    isinstance(stored, list)
    and isinstance(new, list)
    and len(stored) == len(new)
    and all(isinstance(entry, dict) for entry in stored + new)
  )
