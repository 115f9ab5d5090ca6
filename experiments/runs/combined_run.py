"""Writes the folder of a combined run."""

import shutil

from experiments.families.combined import COARSE, FINE, CombinedFamily
from experiments.runs import exports
from experiments.runs.combining import Combination
from experiments.runs.report import shown_path
from experiments.system import outputs
from experiments.training.run_dir import RunDir

# What a combined run keeps of the runs that it is made of.
_KEPT = ("config.json", "checkpoints")


def write(combination: Combination) -> None:
  """Copies weights, exports the combined model, and says what to try.

  Raises:
    UserError: If a run has no weights yet, or the folder cannot be written.
  """
  out, config = combination.out, combination.config
  family = CombinedFamily()
  # Finds damaged or missing weights before anything is written.
  model, _ = family.of_runs(config, combination.coarse, combination.fine)
  out.start("combined", config, resume=False)
  with outputs.explained(out.path):
    for name, run_dir in (
      (COARSE, combination.coarse),
      (FINE, combination.fine),
    ):
      _copy(run_dir, RunDir(out.path / name))
  exports.write(family.exports(model), out)
  here = shown_path(out.path)
  print(
    f"Wrote {here}. Next:\n"
    f"  python -m experiments.sample --run_dir={here} --count=64 --seed=1\n"
    f"  python -m experiments.reconstruct --run_dir={here} --images=PHOTO.jpg\n"
    f"  python -m experiments.evaluate --run_dirs={here}"
  )


def _copy(run_dir: RunDir, target: RunDir) -> None:
  for path in sorted(run_dir.path.rglob("*")):
    relative = path.relative_to(run_dir.path)
    if path.is_file() and not set(_KEPT).isdisjoint(relative.parts):
      place = target.path / relative
      place.parent.mkdir(parents=True, exist_ok=True)
      shutil.copy2(path, place)
