"""Many images drawn by `experiments.batch`: rates, memory and what starts cost.

The work is done by the command itself, in processes of its own; each shard
says what it took in its `cost.json`.
"""

import importlib.metadata
import importlib.util
import json
import os
import statistics
from collections.abc import Mapping, Sequence
from typing import Any

from experiments.performance import batch_model, batch_runs
from experiments.performance.batch_model import WorkerCost
from experiments.pictures import tables
from experiments.system import errors, outputs, whole_files

_MACHINES = (1, 8, 64)
_BATCHES = ((100_000, 128), (10_000_000, 6_400))


def measure(
  run: str, count: int, shards: int, workers: int, few: int, out: str
) -> None:
  """Draws samples and writes batch.json; prints what is in it.

  Args:
    run: What `experiments.batch` takes as its run.
    count: Images that one process draws; 0 keeps the figures that are there.
    shards: Their shards, at least 3.
    workers: Workers of Ray; 0 keeps the figures that are there.
    few: Images that these draw, and one process to see what starting costs.
    out: The folder to write into, which may hold a batch.json.

  Raises:
    UserError: If a command fails, or Ray is not installed.
  """
  if workers and importlib.util.find_spec("ray") is None:
    raise errors.UserError(
      "--workers needs ray, which is not installed. Run pip install -e "
      "'.[ray]', or give --workers=0."
    )
  target = outputs.folder(out) / "batch.json"
  cores = len(os.sched_getaffinity(0))
  report = json.loads(target.read_text()) if target.exists() else {}

  def keep(name: str, figures: Mapping[str, Any]) -> None:
    report[name] = {"cores": cores, **figures}
    with outputs.explained(target):
      whole_files.write_json(target, report)

  if count:
    keep("one_process", _one_process(batch_runs.command(run, count, shards)))
  parts = max(3, 4 * workers)
  keep("start", _start(batch_runs.command(run, few, parts)))
  if workers:
    share = min(1.0, cores / workers)
    ray = ["--engine=ray", f"--workers={workers}", f"--worker_cpus={share}"]
    keep("ray", _ray([*batch_runs.command(run, few, parts), *ray]))
  print(json.dumps(report, indent=2))
  if "one_process" in report:
    print(markdown(report))
  print(f"Wrote {target}")


def _one_process(command: Sequence[str]) -> dict[str, Any]:
  done = batch_runs.done(command)
  memory = [_megabytes(shard) for shard in done.shards]
  tenths = [memory[len(memory) * i // 10 - 1] for i in range(1, 11)]
  writing = [s["writing_seconds"] / s["images"] for s in done.shards]
  return {
    "command": " ".join(command),
    "images": done.images,
    "shards": len(done.shards),
    "seconds": round(done.seconds, 1),
    "images_per_second": _rate(done.shards[1:], "seconds"),
    "images_per_core_second": _rate(done.shards[1:], "core_seconds"),
    "memory_first_shard_mb": memory[0],
    "memory_last_shard_mb": memory[-1],
    "memory_of_tenths_mb": tenths,
    "writing_image_seconds": round(statistics.median(writing), 6),
    "image_bytes": round(done.size / done.images),
  }


def _start(command: Sequence[str]) -> dict[str, Any]:
  """What a worker's cores do before its first image, and beside its shards."""
  done = batch_runs.done(command)
  first, *others = done.shards
  working = sum(shard["core_seconds"] for shard in done.shards)
  compiling = first["core_seconds"] - first["images"] / _rate(
    others, "core_seconds"
  )
  return {
    "command": " ".join(command),
    "program_and_loading_core_seconds": round(done.core_seconds - working, 1),
    "compiling_core_seconds": round(compiling, 1),
    "images_per_core_second": _rate(others, "core_seconds"),
  }


def _ray(command: Sequence[str]) -> dict[str, Any]:
  done = batch_runs.done(command)
  workers: dict[str, list[dict[str, Any]]] = {}
  for shard in sorted(done.shards, key=lambda shard: shard["finished"]):
    workers.setdefault(shard["worker"], []).append(shard)
  # The first of each compiles.
  others = [each[1:] for each in workers.values() if len(each) > 1]
  busy = [sum(s["seconds"] for s in each) for each in workers.values()]
  loading = [each[0]["loading_seconds"] for each in workers.values()]
  return {
    "command": " ".join(command),
    "version": importlib.metadata.version("ray"),
    "images": done.images,
    "seconds": round(done.seconds, 1),
    "images_per_second_of_each": [_rate(each, "seconds") for each in others],
    "images_per_core_second_of_each": [
      _rate(each, "core_seconds") for each in others
    ],
    "start_and_end_seconds": round(done.seconds - max(busy) - max(loading), 1),
  }


def _rate(shards: Sequence[Mapping[str, Any]], seconds: str) -> float:
  """Images in a second, or core-second, of the middle shard."""
  rates = [shard["images"] / shard[seconds] for shard in shards]
  return round(statistics.median(rates), 1)


def _megabytes(shard: Mapping[str, Any]) -> int | None:
  memory = shard["memory_mb"]
  return None if memory is None else round(memory)


def markdown(report: Mapping[str, Any]) -> str:
  """Returns the times to expect of machines that lend one core each.

  Args:
    report: What `measure` wrote.
  """
  start, many = report["start"], report["one_process"]
  cost = WorkerCost(
    start_seconds=start["program_and_loading_core_seconds"]
    + start["compiling_core_seconds"],
    image_seconds=1 / many["images_per_core_second"],
    image_bytes=many["image_bytes"],
  )

  def cell(images: int, shards: int, machines: int, alone: bool) -> str:
    case = (cost, images, shards, machines, alone)
    minutes = tables.number(batch_model.seconds(*case) / 60, 1)
    share = tables.number(100 * batch_model.efficiency(*case), 0, " %")
    return f"{minutes} ({share})"

  return tables.markdown(
    (
      *("images", "shards", "workers"),
      *(
        f"{n} machine{'s' if n > 1 else ''}, minutes (efficiency)"
        for n in _MACHINES
      ),
    ),
    [
      (
        *(f"{images:,}", f"{shards:,}", name),
        *(cell(images, shards, machines, alone) for machines in _MACHINES),
      )
      for images, shards in _BATCHES
      for name, alone in (("stay", False), ("a process a shard", True))
    ],
  )
