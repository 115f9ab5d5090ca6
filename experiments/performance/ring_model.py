"""How efficient many workers are, computed from a few figures.

A ring adds up b bytes over n workers in 2 (n - 1) / n * b / bandwidth seconds
(Patarin and Yuan, 2009) and takes 2 (n - 1) messages; each further collective
operation of a step, such as those of batch statistics, is all latency. Nothing
is assumed to overlap with computation, so the estimate is a lower bound.
"""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class Network:
  """What connects the workers.

  Attributes:
    name: What tables call it.
    bytes_per_second: The bandwidth between two neighbours of the ring.
    latency: The seconds that a message takes.
  """

  name: str
  bytes_per_second: float
  latency: float


NETWORKS = (
  Network(name="10 Gb/s Ethernet", bytes_per_second=1.25e9, latency=30e-6),
  Network(name="100 Gb/s", bytes_per_second=12.5e9, latency=5e-6),
)


def communication_seconds(
  gradient_bytes: float, collectives: int, workers: int, network: Network
) -> float:
  """Returns the seconds that a step spends on adding up.

  Args:
    gradient_bytes: The bytes of all gradients.
    collectives: How many all-reduce operations a step has.
    workers: How many workers take part, at least 1.
    network: What connects them.
  """
  if workers < 1:
    raise ValueError(f"workers is a count of at least 1, got {workers}.")
  volume = 2 * (workers - 1) / workers * gradient_bytes
  messages = 2 * (workers - 1) * collectives
  return volume / network.bytes_per_second + messages * network.latency


def efficiency(
  step_seconds: float,
  gradient_bytes: float,
  collectives: int,
  workers: int,
  network: Network,
) -> float:
  """Returns the speed-up divided by the number of workers; 1 is perfect.

  Each worker has a fixed batch.

  Args:
    step_seconds: The seconds that a step of one worker alone takes.
    gradient_bytes: The bytes of all gradients.
    collectives: How many all-reduce operations a step has.
    workers: How many workers take part, at least 1.
    network: What connects them.
  """
  added = communication_seconds(gradient_bytes, collectives, workers, network)
  return step_seconds / (step_seconds + added)
