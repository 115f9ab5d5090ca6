"""What a resumed run may change, and what it may not."""

import contextlib
from typing import Any

from experiments.config import stored_json

# What a resumed run may do otherwise: nothing that it computes depends on it.
_MAY_CHANGE = tuple(
  f"config.training.{field} "
  for field in ("log_every", "checkpoint_every", "keep_checkpoints")
)
# What may grow, so that a finished run can be extended.
_MAY_GROW = ("config.training.steps ", "config.training.level_steps ")


def identity(preset: str, config: Any) -> dict[str, Any]:
  """Returns what the config.json of a run says."""
  return {"preset": preset, "config": stored_json.to_json(config)}


def forbidden(stored: dict[str, Any], new: dict[str, Any]) -> list[str]:
  """Returns what differs between two identities and may not, in words."""
  return sorted(
    difference
    for difference in stored_json.differences(stored, new)
    if not difference.startswith(_MAY_CHANGE)
    and not (difference.startswith(_MAY_GROW) and _grows(stored, new))
  )


def with_new_fields(kind: type, stored: dict[str, Any]) -> dict[str, Any]:
  """Adds the fields that are newer than a run, with their defaults.

  Values that are no configuration of the kind come back as they are.
  """
  with contextlib.suppress(ValueError, TypeError, AttributeError, LookupError):
    return stored_json.to_json(stored_json.from_json(kind, stored))
  return stored


def _grows(stored: dict[str, Any], new: dict[str, Any]) -> bool:
  """Returns whether no part of a run gets fewer steps."""
  before, after = (c["config"]["training"] for c in (stored, new))
  try:
    count = max(len(c.get("level_steps", ())) for c in (before, after))
    totals = (
      [c["steps"], *(c.get("level_steps") or [c["steps"]] * count)]
      for c in (before, after)
    )
    return all(old <= new for old, new in zip(*totals, strict=True))
  except (TypeError, ValueError, LookupError):
    # The steps that are stored are none.
    return False
