"""Measures how quickly a studio answers several pages, and what it keeps.

  python -m experiments.measure_studio --out=experiments/results

Starts a studio in a process of its own, on this machine, draws in one page and
then in several at a time, and writes studio.json. Takes about a minute.
"""

from absl import flags

from experiments.cli import program
from experiments.config.requests.measure_studio import StudioLoad
from experiments.runs import named_runs

_RUN_DIR = flags.DEFINE_string(
  "run_dir", "pretrained:lapcvae_demo", "A run that edits."
)
_OUT = flags.DEFINE_string(
  "out", None, "Folder to write studio.json into.", required=True
)
_CLIENTS = flags.DEFINE_integer(
  "clients", StudioLoad.clients, "Pages at a time.", lower_bound=1
)
_REQUESTS = flags.DEFINE_integer(
  "requests", StudioLoad.requests, "Requests of all pages.", lower_bound=1
)


def main(argv):
  """Flags -> one call."""
  del argv
  named_runs.read([_RUN_DIR.value])
  load = StudioLoad(clients=_CLIENTS.value, requests=_REQUESTS.value)
  # The studio is another process; this one needs no TensorFlow.
  from experiments.web_studio import measurement

  measurement.measure(_RUN_DIR.value, load, _OUT.value)


if __name__ == "__main__":
  program.run(main)
