"""The workers of a run, as TF_CONFIG names them; free of TensorFlow."""

import dataclasses
import json
import os
import socket
from collections.abc import Mapping, Sequence

from experiments.system import errors

_EXAMPLE = (
  '{"cluster": {"worker": ["host1:2222", "host2:2222"]}, '
  '"task": {"type": "worker", "index": 0}}'
)
_TYPES = ("chief", "worker")


class ClusterError(errors.UserError):
  """TF_CONFIG is missing or describes no cluster; the message shows one."""


@dataclasses.dataclass(frozen=True)
class Worker:
  """This process among those of a run.

  Attributes:
    is_chief: Whether it writes logs, checkpoints and exports.
    num_workers: The number of processes, this one included.
  """

  is_chief: bool
  num_workers: int


def describe(hosts: Sequence[str], index: int, port: int = 2222) -> str:
  """Returns the TF_CONFIG of one worker.

  Args:
    hosts: The names of all hosts, one worker each, with a port or without.
    index: The position of the worker's host among them, from 0.
    port: The port of hosts that are named without one.

  Raises:
    ClusterError: If there is no such worker, or two have the same address.
  """
  addresses = [h if ":" in h else f"{h}:{port}" for h in hosts]
  if not 0 <= index < len(addresses):
    raise ClusterError(
      f"--index={index}: the {len(addresses)} hosts are counted from 0."
    )
  if len(set(addresses)) < len(addresses):
    raise ClusterError(
      f"Two workers have the same address in {', '.join(addresses)}; give each "
      "a host or a port of its own."
    )
  task = {"type": "worker", "index": index}
  return json.dumps({"cluster": {"worker": addresses}, "task": task})


def local_addresses(count: int) -> list[str]:
  """Returns addresses of this machine that nobody listens at."""
  sockets = [socket.socket() for _ in range(count)]
  for listener in sockets:
    listener.bind(("localhost", 0))
  addresses = [f"localhost:{s.getsockname()[1]}" for s in sockets]
  for listener in sockets:
    listener.close()
  return addresses


def is_chief(
  cluster: Mapping[str, Sequence[str]], task_type: str, index: int
) -> bool:
  """Whether a task is the one called chief, or worker 0 if none is."""
  return task_type == "chief" if cluster.get("chief") else index == 0


def read_worker() -> Worker:
  """This process as the environment variable TF_CONFIG describes it.

  Raises:
    ClusterError: If the variable is not set, or describes no cluster of workers
      of which this process is one.
  """
  if "TF_CONFIG" not in os.environ:
    raise ClusterError(
      "--strategy=multi_worker reads the cluster from the environment "
      "variable TF_CONFIG, which is not set. Set it on every worker, or use "
      "--strategy=auto for one machine."
    )
  try:
    config = json.loads(os.environ["TF_CONFIG"])
    cluster, task = config["cluster"], config["task"]
    task_type, index = task["type"], int(task["index"])
    sizes = {name: len(addresses) for name, addresses in cluster.items()}
  except (ValueError, KeyError, TypeError, AttributeError) as error:
    raise ClusterError(
      f"TF_CONFIG describes no cluster. It is JSON such as {_EXAMPLE}."
    ) from error
  strange = sorted({task_type, *sizes} - set(_TYPES))
  if strange:
    raise ClusterError(
      f"TF_CONFIG names tasks of type {', '.join(strange)}; a run has workers "
      f"and at most one chief. It is JSON such as {_EXAMPLE}."
    )
  if not 0 <= index < sizes.get(task_type, 0):
    raise ClusterError(
      f"TF_CONFIG calls this process {task_type} {index}, but its cluster has "
      f"{sizes.get(task_type, 0)} of that type, counted from 0."
    )
  return Worker(is_chief(cluster, task_type, index), sum(sizes.values()))
