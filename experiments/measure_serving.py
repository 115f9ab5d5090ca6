"""Measures how many requests a model server answers.

  python -m experiments.measure_serving --run_dir=runs/demo \\
    --out=experiments/results

Serves exports of the run on this machine, with and without batching in the
graph, and asks for reconstructions, samples and edits.
"""

from absl import flags

from experiments.cli import program, shared_flags
from experiments.config.requests.measure_serving import ServingLoad
from experiments.runs import named_runs

_RUN_DIR = shared_flags.define_run_dir("A run of a LapCVAE.")
_OUT = flags.DEFINE_string(
  "out", None, "Folder to write serving.json into.", required=True
)
_CLIENTS = flags.DEFINE_integer(
  "clients", ServingLoad.clients, "Clients at a time.", lower_bound=1
)
_REQUESTS = flags.DEFINE_integer(
  "requests",
  ServingLoad.requests,
  "Requests of each client for one image; a fifth for 16, a tenth for edits.",
  lower_bound=1,
)
_CALLS = flags.DEFINE_integer(
  "calls",
  ServingLoad.calls,
  "Calls of each of 16 threads without a server.",
  lower_bound=1,
)
_BATCH_ROWS = flags.DEFINE_integer(
  "batch_rows",
  ServingLoad.batch_rows,
  "Rows that run together.",
  lower_bound=1,
  upper_bound=1024,
)
_BATCH_WAIT = flags.DEFINE_integer(
  "batch_microseconds",
  ServingLoad.batch_microseconds,
  "How long calls wait for others.",
  lower_bound=0,
  upper_bound=10_000_000,
)


def main(argv):
  """Flags -> one call."""
  del argv
  named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.model_server import measurement

  load = ServingLoad(
    clients=_CLIENTS.value,
    requests=_REQUESTS.value,
    calls=_CALLS.value,
    batch_rows=_BATCH_ROWS.value,
    batch_microseconds=_BATCH_WAIT.value,
  )
  measurement.measure(_RUN_DIR.value, load, _OUT.value)


if __name__ == "__main__":
  program.run(main)
