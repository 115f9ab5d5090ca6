"""Exports a trained run: a SavedModel per level and one of the cascade.

  python -m experiments.export --run_dir=runs/demo

A training exports when it ends; this exports the newest checkpoint of one that
has not, or again.
"""

from absl import flags

from experiments import command_line

_RUN_DIR = flags.DEFINE_string(
  "run_dir", None, "Folder of a training.", required=True
)
_OUT = flags.DEFINE_string(
  "out", None, "Folder to export into. Default: the run's folder."
)


def main(argv):
  """Loads, exports."""
  del argv
  command_line.load_tensorflow()
  from experiments import exporting, trained_run
  from experiments.harness.run_dir import RunDir

  run = trained_run.load(_RUN_DIR.value)
  target = run.run_dir if _OUT.value is None else RunDir(_OUT.value)
  for path in exporting.export_all(run.model, target):
    print(f"Wrote {path}")


if __name__ == "__main__":
  command_line.run(main)
