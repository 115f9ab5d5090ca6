"""Shards done by the machines of a Ray cluster.

Each worker is an actor of Ray Data that keeps the run loaded. A shard whose
worker is lost is done again by another; all see the folders of the run, the
input and the results.
"""

import logging as python_logging

from experiments.batch_work.shards import Work, Worker


class _Actor:
  """A `Worker`, as Ray Data calls it."""

  def __init__(self, work: Work):
    """Loads the run."""
    self._worker = Worker(work)

  def __call__(self, row: dict[str, int]) -> dict[str, int]:
    """Does one shard."""
    shard = int(row["shard"])
    return {"shard": shard, "made": self._worker.do(shard)}


def do(work: Work, workers: int, cpus: float, gpus: float) -> int:
  """Does all unfinished shards; returns how many images were made.

  Args:
    work: The work.
    workers: How many actors there are.
    cpus: What each takes of a machine's cores.
    gpus: What each takes of a machine's GPUs.
  """
  import ray

  left = work.unfinished()
  if not left:
    return 0
  if not ray.is_initialized():
    ray.init(log_to_driver=False, logging_level=python_logging.ERROR)
  ray.data.DataContext.get_current().enable_progress_bars = False
  rows = ray.data.from_items(
    [{"shard": shard} for shard in left], override_num_blocks=len(left)
  )
  done = rows.map(
    _Actor,
    fn_constructor_args=(work,),
    concurrency=min(workers, len(left)),
    num_cpus=cpus,
    num_gpus=gpus or None,
  )
  return sum(row["made"] for row in done.iter_rows())
