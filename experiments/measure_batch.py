"""Measures drawing many images: rate, memory, and what starting costs.

  python -m experiments.measure_batch --run_dir=pretrained:lapcvae_demo \\
    --out=experiments/results

Draws them with experiments.batch in one process, then with workers of Ray, and
writes batch.json. Prints the times to expect of many machines.
"""

from absl import flags

from experiments.cli import program, shared_flags
from experiments.runs import named_runs

_RUN_DIR = shared_flags.define_run_dir()
_OUT = flags.DEFINE_string(
  "out", None, "Folder to write batch.json into.", required=True
)
_COUNT = flags.DEFINE_integer(
  "count", 100_000, "Images that one process draws.", lower_bound=3
)
_SHARDS = flags.DEFINE_integer("shards", 100, "Their shards.", lower_bound=3)
_WORKERS = flags.DEFINE_integer(
  "workers", 2, "Workers of Ray; 0 leaves Ray out.", lower_bound=0
)
_RAY_COUNT = flags.DEFINE_integer(
  "ray_count", 8192, "Images that these draw.", lower_bound=1
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
    _RAY_COUNT.value,
    _OUT.value,
  )


if __name__ == "__main__":
  program.run(main)
