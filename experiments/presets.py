"""Preset name -> configuration of a whole run.

LAPGAN's names mean the paper's schedule of SGD; `_eyescream` behind them is
that of the authors' code, `_adam` is Adam. A width may follow.
"""

from collections.abc import Callable
from fractions import Fraction

from experiments import lapcvae_presets, lapgan_presets
from experiments.run_config import RunConfig

_WIDTHS = {
  "": Fraction(1),
  "_half": Fraction(1, 2),
  "_quarter": Fraction(1, 4),
  "_eighth": Fraction(1, 8),
}

PRESETS: dict[str, Callable[[], RunConfig]] = {
  **lapcvae_presets.named(_WIDTHS),
  **lapgan_presets.named(_WIDTHS),
}
