"""Preset name -> configuration of a whole run.

LAPGAN's names mean the paper's schedule of SGD; `_eyescream` behind them is
that of the authors' code, `_adam` is Adam. A width may follow.
"""

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


def configured(name: str, assignments: Sequence[str]) -> RunConfig:
  """A preset with some fields changed.

  Args:
    name: One of `PRESETS`.
    assignments: As `overrides.apply_overrides` takes them.

  Raises:
    UserError: If an assignment is refused, or would have no effect.
  """
  config = overrides.apply_overrides(PRESETS[name](), assignments)
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
