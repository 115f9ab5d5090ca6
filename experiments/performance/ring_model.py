"""How efficient many workers are, from what a few figures say.

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
    name: For tables.
    bytes_per_second: Between two neighbours of the ring.
    latency: Seconds of a message.
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
  """Time that a step spends on adding up.

  Args:
    gradient_bytes: Of all gradients, each once.
    collectives: All-reduce operations of a step.
    workers: How many take part, at least 1.
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
  """Speed-up over workers, at a fixed batch for each: 1 is perfect.

  Args:
    step_seconds: Of one worker alone.
    gradient_bytes: See `communication_seconds`.
    collectives: See there.
    workers: See there.
    network: See there.
  """
  added = communication_seconds(gradient_bytes, collectives, workers, network)
  return step_seconds / (step_seconds + added)
