"""Measures drawing many images: rate, memory, and what starting costs.

  python -m experiments.measure_batch --run_dir=pretrained:lapcvae_demo \\
    --out=experiments/results

Draws them with experiments.batch in one process, few in another, to see what
starting costs, and these with workers of Ray; writes batch.json. Prints the
times to expect of many machines. Core-seconds hold on a machine that others use
too, where seconds do not.
"""

from absl import flags

from experiments.cli import program, shared_flags
from experiments.runs import named_runs

_RUN_DIR = shared_flags.define_run_dir()
_OUT = flags.DEFINE_string(
  "out", None, "Folder to write batch.json into.", required=True
)
_COUNT = flags.DEFINE_integer(
  "count",
  100_000,
  "Images that one process draws; 0 keeps the figures that are there.",
  lower_bound=0,
)
_SHARDS = flags.DEFINE_integer("shards", 100, "Their shards.", lower_bound=3)
_WORKERS = flags.DEFINE_integer(
  "workers",
  2,
  "Workers of Ray; 0 keeps the figures that are there.",
  lower_bound=0,
)
_FEW = flags.DEFINE_integer(
  "few",
  8192,
  "Images that these draw, and one process to see what starting costs.",
  lower_bound=1,
)


def main(argv):
  """Flags -> one call."""
  del argv
  named_runs.read([_RUN_DIR.value])
  from experiments.performance import batch_costs

  batch_costs.measure(
    _RUN_DIR.value,
    _COUNT.value,
    _SHARDS.value,
    _WORKERS.value,
    _FEW.value,
    _OUT.value,
  )


if __name__ == "__main__":
  program.run(main)
