"""Configurations as the JSON values of a config.json, and back."""

from collections.abc import Iterator
from typing import Any

from pyramid_tf.plain_data import from_json, to_json

__all__ = ("differences", "from_json", "to_json")


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
