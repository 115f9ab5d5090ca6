"""How long many machines take for a batch of images, from a few figures.

A worker starts once, in s seconds, and then takes c seconds for each image; m
machines do ceil(S / m) of S shards each, one after another, so that N images
take s + ceil(S / m) * N / S * c seconds. In a job array with a process for each
shard, s is paid for each shard. Storage that all share takes at least N * b /
bandwidth seconds for images of b bytes. Nothing else is shared: machines send
each other nothing.
"""

import dataclasses
import math


@dataclasses.dataclass(frozen=True, kw_only=True)
class WorkerCost:
  """What one worker takes.

  Attributes:
    start_seconds: Until its first image: the program's start, loading the run
      and compiling it.
    image_seconds: For each image, its writing included.
    image_bytes: What an image takes on the disk.
  """

  start_seconds: float
  image_seconds: float
  image_bytes: float


STORAGE_BYTES_PER_SECOND = 1e9
"""What the shared file system is assumed to write."""


def seconds(
  cost: WorkerCost,
  images: int,
  shards: int,
  machines: int,
  process_per_shard: bool = False,
) -> float:
  """Returns how long a batch takes.

  Args:
    cost: What a worker takes.
    images: N.
    shards: S, of equal size.
    machines: m, with a worker each, at least 1.
    process_per_shard: Whether every shard starts a worker.

  Raises:
    ValueError: If there are no machines, or no shards.
  """
  if machines < 1 or shards < 1:
    raise ValueError(
      f"machines and shards are counts of at least 1, got {machines} and "
      f"{shards}."
    )
  turns = math.ceil(shards / machines)
  starts = turns if process_per_shard else 1
  working = turns * images / shards * cost.image_seconds
  writing = images * cost.image_bytes / STORAGE_BYTES_PER_SECOND
  return max(starts * cost.start_seconds + working, writing)


def efficiency(
  cost: WorkerCost,
  images: int,
  shards: int,
  machines: int,
  process_per_shard: bool = False,
) -> float:
  """Returns what m machines gain over one that never stops, divided by m.

  The arguments are those of `seconds`.
  """
  alone = seconds(cost, images, shards, 1)
  many = seconds(cost, images, shards, machines, process_per_shard)
  return alone / (machines * many)
