"""Prints TF_CONFIG for one worker of several.

  export TF_CONFIG="$(python -m experiments.tf_config --hosts=a,b --index=0)"

The same hosts in the same order on every worker, and each its own index; the
first is the chief, which writes.
"""

from absl import flags

from experiments.cli import program
from experiments.system import cluster

_HOSTS = flags.DEFINE_list(
  "hosts", None, "Names or addresses of all workers.", required=True
)
_INDEX = flags.DEFINE_integer(
  "index", None, "Which of them this one is, from 0.", required=True
)
_PORT = flags.DEFINE_integer(
  "port", 2222, "Where workers listen, unless a host names its own as host:1."
)


def main(argv):
  """Flags -> one call."""
  del argv
  print(cluster.describe(_HOSTS.value, _INDEX.value, _PORT.value))


if __name__ == "__main__":
  program.run(main)
