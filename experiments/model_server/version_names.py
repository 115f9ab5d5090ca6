"""Names of one version of a model: NAME@VERSION, or NAME-VERSION by hand."""

from collections.abc import Iterator

_MARK = "@"
"""What the name of no model has, see `sources`."""


def written(name: str, version: int | str) -> str:
  """Returns the name of a version, which is that of no model."""
  return f"{name}{_MARK}{version}"


def read(name: str) -> Iterator[tuple[str, int]]:
  """Yields the models and versions that a name may mean.

  A model can have the name NAME-VERSION as well, and comes first then.
  """
  for mark in (_MARK, "-"):
    model, _, version = name.rpartition(mark)
    if model and version.isdecimal():
      yield model, int(version)
