"""What configurations and requests may say; free of TensorFlow."""

from collections.abc import Sequence
from typing import Any

# The largest factor on a model's noise that makes any sense: images of more are
# saturated noise.
MAX_TEMPERATURE = 10.0

# The largest seed that TensorFlow's stateless operations take.
MAX_SEED = 2**31 - 1


def check(config: Any, **choices: Sequence[str]) -> None:
  """Raises ValueError unless each field named is one of its choices."""
  for field, names in choices.items():
    if getattr(config, field) not in names:
      raise ValueError(
        f"{field} is one of {', '.join(names)}; got {getattr(config, field)!r}."
      )
