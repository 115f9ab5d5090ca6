"""Fields of configurations that take one of a few names."""

from collections.abc import Sequence
from typing import Any


def check(config: Any, **choices: Sequence[str]) -> None:
  """Raises ValueError unless each field named is one of its choices."""
  for field, names in choices.items():
    if getattr(config, field) not in names:
      raise ValueError(
        f"{field} is one of {', '.join(names)}; got {getattr(config, field)!r}."
      )
