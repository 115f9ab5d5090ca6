"""Writes the folder of a hybrid run."""

import pathlib
import shutil

import tensorflow as tf

from experiments.families.hybrid import COARSE, FINE, HybridFamily
from experiments.runs import exports
from experiments.runs.hybrid_plan import HybridPlan
from experiments.runs.report import shown_path
from experiments.system import outputs
from pyramid_tf import bundle_files

# What a hybrid run keeps of the runs and bundles that it is made of.
_KEPT = ("config.json", "checkpoints", bundle_files.WEIGHTS)


def write(plan: HybridPlan) -> None:
  """Copies weights, exports the hybrid, and says what to try.

  Raises:
    UserError: If a run has no weights yet, or the folder cannot be written.
  """
  out, config = plan.out, plan.config
  family = HybridFamily()
  # As in training, so that it exports the same.
  tf.keras.mixed_precision.set_global_policy(config.training.precision)
  # Finds damaged or missing weights before anything is written.
  model, _ = family.of_parts(config, plan.coarse.path, plan.fine.path)
  out.start("hybrid", config, resume=False)
  with outputs.explained(out.path):
    for name, run_dir in (
      (COARSE, plan.coarse),
      (FINE, plan.fine),
    ):
      _copy(run_dir.path, out.path / name)
  exports.write(family.exports(model), out)
  here = shown_path(out.path)
  print(
    f"Wrote {here}. Next:\n"
    f"  python -m experiments.sample --run_dir={here} --count=64 --seed=1\n"
    f"  python -m experiments.reconstruct --run_dir={here} --images=PHOTO.jpg\n"
    f"  python -m experiments.evaluate --run_dirs={here}"
  )


def _copy(folder: pathlib.Path, target: pathlib.Path) -> None:
  for path in sorted(folder.rglob("*")):
    relative = path.relative_to(folder)
    if path.is_file() and not set(_KEPT).isdisjoint(relative.parts):
      place = target / relative
      place.parent.mkdir(parents=True, exist_ok=True)
      shutil.copy2(path, place)
