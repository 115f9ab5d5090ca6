"""Preset name -> configuration of a whole run.

LAPGAN's names mean the paper's schedule of SGD; `_eyescream` behind them means
that of the authors' code, and `_adam` means Adam. A width may follow.
"""

import difflib
from collections.abc import Callable, Sequence
from fractions import Fraction

from experiments.config import overrides
from experiments.config.presets import lapcvae, lapgan
from experiments.config.run_config import RunConfig
from experiments.system import errors

_WIDTHS = {
  "": Fraction(1),
  "_half": Fraction(1, 2),
  "_quarter": Fraction(1, 4),
  "_eighth": Fraction(1, 8),
}

PRESETS: dict[str, Callable[[], RunConfig]] = {
  **lapcvae.named(_WIDTHS),
  **lapgan.named(_WIDTHS),
}


def configured(
  name: str,
  assignments: Sequence[str],
  size: int | None = None,
  flag: str = "config",
) -> RunConfig:
  """Returns a preset with some fields changed.

  Args:
    name: One of `PRESETS`.
    assignments: What `overrides.apply_overrides` takes.
    size: The side of the images in pixels, with which the sizes of all levels
      go; None for the preset's. Assignments apply after it.
    flag: The flag that named the preset, for messages.

  Raises:
    UserError: If there is no such preset, or an assignment is refused or would
      have no effect.
  """
  if name not in PRESETS:
    raise errors.UserError(f"--{flag}={name}: {_unknown(name)}")
  config = PRESETS[name]()
  if size is not None:
    config = config.resized(size)
  config = overrides.apply_overrides(config, assignments)
  level_steps = config.training.level_steps
  given = {assignment.partition("=")[0] for assignment in assignments}
  if (
    level_steps
    and "training.steps" in given
    and "training.level_steps" not in given
  ):
    raise errors.UserError(
      f"{name} gives each level its own steps, {level_steps}, so "
      "training.steps has no effect. Set training.level_steps, or that to () "
      "as well."
    )
  return config


def _unknown(name: str) -> str:
  """Returns near names, and all names without their widths."""
  near = difflib.get_close_matches(name, PRESETS, n=3)
  guess = f"did you mean {' or '.join(near)}? " if near else ""
  widths = tuple(filter(None, _WIDTHS))
  plain = [preset for preset in sorted(PRESETS) if not preset.endswith(widths)]
  scaled = sorted({n for n in PRESETS for w in widths if n.endswith(w)})
  ends = ", ".join(widths)
  listed = "\n  ".join(
    f"{preset} *" if f"{preset}{widths[0]}" in scaled else preset
    for preset in plain
  )
  return (
    f"{guess}no such preset. The presets are (those with * also with {ends} "
    f"behind the name):\n  {listed}"
  )
