"""Exports a trained run: a SavedModel per level and one of the cascade.

  python -m experiments.export --run_dir=runs/demo

A training exports when it ends; this exports the newest checkpoint of one that
has not, or again. With --batch_rows concurrent calls run together, wherever the
SavedModel is served.
"""

from absl import flags

from experiments.cli import program, shared_flags
from experiments.runs import named_runs
from experiments.system import errors

_RUN_DIR = shared_flags.define_run_dir()
_OUT = flags.DEFINE_string(
  "out",
  None,
  "Folder to export into, new, empty or with exports of the same run. Default: "
  "the run's folder.",
)
_BATCH_ROWS = flags.DEFINE_integer(
  "batch_rows",
  0,
  "The most rows of concurrent calls that run together; 0 runs each alone.",
  lower_bound=0,
  upper_bound=1024,
)
_BATCH_WAIT = flags.DEFINE_integer(
  "batch_microseconds",
  0,
  "How long a call waits for others. Default: while a batch runs.",
  lower_bound=0,
  upper_bound=10_000_000,
)
_BATCH_THREADS = flags.DEFINE_integer(
  "batch_threads", 1, "Batches that run at a time.", lower_bound=1
)


def main(argv):
  """Loads, exports."""
  del argv
  given = shared_flags.given((_BATCH_WAIT, _BATCH_THREADS))
  if given and not _BATCH_ROWS.value:
    raise errors.UserError(
      f"{', '.join(given)}: calls run together with --batch_rows alone. Add "
      "it, such as --batch_rows=32, or leave this out."
    )
  named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.runs import exports, trained_run
  from experiments.system import outputs
  from experiments.training.run_dir import RunDir
  from pyramid_tf.batching import Batching

  run = trained_run.load(_RUN_DIR.value)
  target = RunDir(run.run_dir.results)
  if _OUT.value is not None:
    made_by = {"exports_of": str(run.run_dir.path.resolve())}
    target = RunDir(outputs.claimed_folder(_OUT.value, made_by))
  batching = None
  if _BATCH_ROWS.value:
    batching = Batching(
      _BATCH_ROWS.value, _BATCH_WAIT.value, _BATCH_THREADS.value
    )
  for path in exports.write(run.family.exports(run.model), target, batching):
    print(f"Wrote {path}")


if __name__ == "__main__":
  program.run(main)
