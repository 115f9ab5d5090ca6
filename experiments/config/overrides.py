"""Changes to one field of a nested configuration, given as path=value text."""

import ast
import copy
import dataclasses
import difflib
import types
import typing
from collections.abc import Sequence
from typing import Any

from experiments.system import errors


class OverrideError(errors.UserError):
  """A path names no field, or its value is not one that the field takes."""


def apply_overrides(config: Any, assignments: Sequence[str]) -> Any:
  """Returns a copy of a frozen dataclass with some fields changed.

  Args:
    config: A dataclass, whose fields may be dataclasses and tuples of them.
    assignments: Texts such as `training.steps=100`, `model.levels.0.size=32`
      or `model.levels.*.kl_weight=0.1`, applied in order. The configuration
      checks itself after the last, so fields that depend on each other can
      change together.

  Raises:
    OverrideError: If an assignment has no `=`, names no field (the message
      lists the right names), has a value of another type, or one that the
      configuration refuses.
  """
  for assignment in assignments:
    path, separator, text = assignment.partition("=")
    if not separator or not path:
      raise OverrideError(
        f"--set takes path=value, such as training.steps=100; got "
        f"{assignment!r}."
      )
    config = _replace(config, path.split("."), text, path)
  try:
    return _checked(config)
  except ValueError as error:
    raise OverrideError(f"{' '.join(assignments)}: {error}") from error


def check_effects(config: Any, assignments: Sequence[str]) -> None:
  """Checks that no assignment is in vain; see `in_vain`.

  Raises:
    OverrideError: If others of its fields leave an assignment without effect.
  """
  for assignment, need in in_vain(config, assignments).items():
    raise OverrideError(
      f"--set={assignment} has no effect: it needs {need}. See to that, or "
      "leave it out."
    )


def in_vain(config: Any, assignments: Sequence[str]) -> dict[str, str]:
  """Returns assignments without effect, and what each of them needs.

  One that gives a field its default is none of them, nor is one that has an
  effect on some of the entries that a * stands for.

  Args:
    config: What `apply_overrides` returned, with `idle_fields`.
    assignments: What it was given.
  """
  idle, found = config.idle_fields(), {}
  for assignment in assignments:
    path = assignment.partition("=")[0]
    needs = [_need(idle, concrete) for concrete in _changed(config, path)]
    if needs and all(needs):
      found[assignment] = needs[0]
  return found


def _changed(config, path):
  """The paths of fields that a path stands for, without those at defaults."""
  found = [("", config)]
  *keys, last = path.split(".")
  for key in keys:
    found = [
      (f"{above}{inner}.", value)
      for above, node in found
      for inner, value in _entries(node, key, path)
    ]
  for above, node in found:
    for inner, value in _entries(node, last, path):
      if not _is_default(node, inner, value):
        yield f"{above}{inner}"


def _entries(node, key, path):
  if isinstance(node, tuple):
    return [(str(i), node[i]) for i in _indices(key, len(node), path)]
  return [(key, getattr(node, key))]


def _is_default(node, key, value):
  if isinstance(node, tuple):
    return False
  [field] = (f for f in dataclasses.fields(node) if f.name == key)
  return value == field.default


def _need(idle, path):
  """What a field would need to have an effect; None if it has one."""
  for field, need in idle.items():
    if path == field or path.startswith(f"{field}."):
      return need
  return None


def _replace(node, keys, text, path):
  key, rest = keys[0], keys[1:]
  if isinstance(node, tuple):
    entries = list(node)
    for index in _indices(key, len(entries), path):
      if rest:
        if not dataclasses.is_dataclass(entries[index]):
          raise OverrideError(_plain(key, path))
        entries[index] = _replace(entries[index], rest, text, path)
      else:
        entries[index] = _parse(text, type(entries[index]), path)
    return tuple(entries)
  fields = {field.name for field in dataclasses.fields(node)}
  if key not in fields:
    raise OverrideError(_unknown(key, fields, node, path))
  value = getattr(node, key)
  if rest:
    if not dataclasses.is_dataclass(value) and not isinstance(value, tuple):
      raise OverrideError(_plain(key, path))
    return _unchecked(node, key, _replace(value, rest, text, path))
  annotation = typing.get_type_hints(type(node))[key]
  return _unchecked(node, key, _parse(text, annotation, path))


def _plain(key, path):
  return (
    f"{path}: {key} is a plain value with nothing inside; set it by "
    f"{path[: path.index(key) + len(key)]}=value."
  )


def _unchecked(node, key, value):
  """A copy of a frozen dataclass with one field changed, not yet checked."""
  changed = copy.copy(node)
  object.__setattr__(changed, key, value)
  return changed


def _checked(node):
  """The same configuration, built anew from its parts up."""
  if isinstance(node, tuple):
    return tuple(_checked(entry) for entry in node)
  if not dataclasses.is_dataclass(node):
    return node
  fields = {
    f.name: _checked(getattr(node, f.name)) for f in dataclasses.fields(node)
  }
  return type(node)(**fields)


def _indices(key, length, path):
  if key == "*":
    return range(length)
  if key.isdecimal() and int(key) < length:
    return [int(key)]
  raise OverrideError(
    f"{path}: {key!r} is no entry; use 0 to {length - 1}, or * for all."
  )


def _unknown(key, fields, node, path):
  close = difflib.get_close_matches(key, fields, n=1)
  hint = f" Did you mean {close[0]}?" if close else ""
  return (
    f"{path}: {key!r} names no field; {type(node).__name__} has: "
    f"{', '.join(sorted(fields))}.{hint}"
  )


def _parse(text, annotation, path):
  if isinstance(annotation, types.UnionType):
    options = typing.get_args(annotation)
    if text == "None" and type(None) in options:
      return None
    annotation = next(o for o in options if o is not type(None))
  if dataclasses.is_dataclass(annotation):
    names = ", ".join(field.name for field in dataclasses.fields(annotation))
    raise OverrideError(f"{path} has fields of its own, set one of: {names}.")
  if annotation is str:
    return text
  try:
    value = ast.literal_eval(text)
  except (ValueError, SyntaxError, TypeError):
    value = text
  if annotation is float and type(value) is int:
    value = float(value)
  if typing.get_origin(annotation) is tuple and isinstance(
    value, (tuple, list)
  ):
    return _parse_tuple(tuple(value), annotation, path)
  if not isinstance(annotation, type) or type(value) is not annotation:
    raise OverrideError(f"{path} takes {_type_name(annotation)}, got {text!r}.")
  return value


def _parse_tuple(value, annotation, path):
  element = typing.get_args(annotation)[0]
  if dataclasses.is_dataclass(element):
    raise OverrideError(
      f"{path} holds {element.__name__} entries; set their fields one by one, "
      f"such as {path}.0.{dataclasses.fields(element)[0].name}=value."
    )
  texts = (e if isinstance(e, str) else repr(e) for e in value)
  return tuple(_parse(text, element, path) for text in texts)


def _type_name(annotation):
  return getattr(annotation, "__name__", str(annotation))


def assignments_between(base: Any, changed: Any, path: str = "") -> list[str]:
  """Returns the assignments that turn one configuration into another.

  Args:
    base: A dataclass.
    changed: Another value of the same class.
    path: The path of these values inside others.

  Returns:
    Texts such as `training.steps=100`, for `apply_overrides`.

  Raises:
    OverrideError: If tuples of dataclasses, such as levels, differ in length.
  """
  changes = []
  for field in dataclasses.fields(base):
    inner = f"{path}.{field.name}" if path else field.name
    old, new = getattr(base, field.name), getattr(changed, field.name)
    if dataclasses.is_dataclass(old):
      changes += assignments_between(old, new, inner)
    elif isinstance(old, tuple) and old and dataclasses.is_dataclass(old[0]):
      if len(old) != len(new):
        raise OverrideError(
          f"{inner} has {len(new)} entries in place of {len(old)}, which no "
          "assignment says."
        )
      for index, entries in enumerate(zip(old, new, strict=True)):
        changes += assignments_between(*entries, f"{inner}.{index}")
    elif old != new:
      changes.append(f"{inner}={new}")
  return changes
