"""Exports a trained run: a SavedModel per level and one of the cascade.

  python -m experiments.export --run_dir=runs/demo

A training exports when it ends; this exports the newest checkpoint of one that
has not, or again.
"""

from absl import flags

from experiments.cli import program, shared_flags
from experiments.runs import named_runs

_RUN_DIR = shared_flags.define_run_dir()
_OUT = flags.DEFINE_string(
  "out",
  None,
  "Folder to export into, new, empty or with exports of the same run. Default: "
  "the run's folder.",
)


def main(argv):
  """Loads, exports."""
  del argv
  named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.runs import exports, trained_run
  from experiments.system import outputs
  from experiments.training.run_dir import RunDir

  run = trained_run.load(_RUN_DIR.value)
  target = RunDir(run.run_dir.results)
  if _OUT.value is not None:
    made_by = {"exports_of": str(run.run_dir.path.resolve())}
    target = RunDir(outputs.claimed_folder(_OUT.value, made_by))
  for path in exports.write(run.family.exports(run.model), target):
    print(f"Wrote {path}")


if __name__ == "__main__":
  program.run(main)
