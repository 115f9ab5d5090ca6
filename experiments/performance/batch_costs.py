"""Many images drawn by `experiments.batch`: rates, memory and what starts cost.

The work is done by the command itself, in processes of its own; each shard
says what it took in its `cost.json`.
"""

import importlib.metadata
import importlib.util
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from typing import Any

from absl import logging

from experiments.performance import batch_model
from experiments.performance.batch_model import WorkerCost
from experiments.pictures import tables
from experiments.system import errors, outputs, whole_files

_MACHINES = (1, 8, 64)
_BATCHES = ((100_000, 128), (10_000_000, 6_400))


def measure(
  run: str, count: int, shards: int, workers: int, ray_count: int, out: str
) -> None:
  """Draws samples and writes batch.json; prints what is in it.

  Args:
    run: What `experiments.batch` takes as its run.
    count: Images that one process draws.
    shards: Their shards, at least 3.
    workers: Workers of Ray; 0 leaves Ray out.
    ray_count: Images that these draw, in two shards each and more.
    out: The folder to write into.

  Raises:
    UserError: If a command fails, or Ray is not installed.
  """
  if workers and importlib.util.find_spec("ray") is None:
    raise errors.UserError(
      "--workers needs ray, which is not installed. Run pip install -e "
      "'.[ray]', or give --workers=0."
    )
  target = outputs.folder(out) / "batch.json"
  command = [
    *("python", "-m", "experiments.batch", f"--run_dir={run}"),
    *("--task=sample", "--format=npz", f"--count={count}"),
    f"--shards={shards}",
  ]
  report = {"cores": len(os.sched_getaffinity(0))}
  report |= {"command": " ".join(command), **_local(command)}
  with outputs.explained(target):
    whole_files.write_json(target, report)
  if workers:
    fewer = [*command[:-2], f"--count={ray_count}", f"--shards={4 * workers}"]
    cores = min(1.0, report["cores"] / workers)
    fewer += ["--engine=ray", f"--workers={workers}", f"--worker_cpus={cores}"]
    report["ray"] = _ray(fewer, report["images_per_core_second"])
    with outputs.explained(target):
      whole_files.write_json(target, report)
  print(json.dumps(report, indent=2))
  print(markdown(report))
  print(f"Wrote {target}")


def _local(command: Sequence[str]) -> dict[str, Any]:
  seconds, shards, size = _done(command)
  images = sum(shard["images"] for shard in shards)
  # The first compiles.
  first, *others = shards
  image_seconds = statistics.median(s["seconds"] / s["images"] for s in others)
  writing = statistics.median(
    s["writing_seconds"] / s["images"] for s in others
  )
  compiling = first["seconds"] - first["images"] * image_seconds
  loading = first["loading_seconds"]
  working = sum(shard["seconds"] for shard in shards)
  return {
    "images": images,
    "shards": len(shards),
    "seconds": round(seconds, 1),
    "images_per_second": round(1 / image_seconds, 1),
    "images_per_core_second": _per_core_second(others),
    "memory_first_shard_mb": _megabytes(first),
    "memory_last_shard_mb": _megabytes(shards[-1]),
    "memory_of_tenths_mb": [
      _megabytes(shards[len(shards) * i // 10 - 1]) for i in range(1, 11)
    ],
    "program_start_and_end_seconds": round(seconds - loading - working, 1),
    "loading_seconds": round(loading, 1),
    "compiling_seconds": round(compiling, 1),
    "image_seconds": round(image_seconds, 6),
    "writing_image_seconds": round(writing, 6),
    "image_bytes": round(size / images),
  }


def _ray(command: Sequence[str], alone: float) -> dict[str, Any]:
  seconds, shards, _ = _done(command)
  workers: dict[str, list[dict[str, Any]]] = {}
  for shard in sorted(shards, key=lambda shard: shard["finished"]):
    workers.setdefault(shard["worker"], []).append(shard)
  # The first of each compiles.
  others = [done[1:] for done in workers.values() if len(done) > 1]
  per_core_second = [_per_core_second(done) for done in others]
  busy = [sum(s["seconds"] for s in done) for done in workers.values()]
  loading = [done[0]["loading_seconds"] for done in workers.values()]
  return {
    "command": " ".join(command),
    "version": importlib.metadata.version("ray"),
    "images": sum(shard["images"] for shard in shards),
    "seconds": round(seconds, 1),
    "images_per_second_of_each": [
      round(statistics.median(s["images"] / s["seconds"] for s in done), 1)
      for done in others
    ],
    "images_per_core_second_of_each": per_core_second,
    "core_seconds_over_local": round(
      alone / statistics.mean(per_core_second), 3
    ),
    "start_and_end_seconds": round(seconds - max(busy) - max(loading), 1),
  }


def _per_core_second(shards: Sequence[Mapping[str, Any]]) -> float:
  rates = [shard["images"] / shard["core_seconds"] for shard in shards]
  return round(statistics.median(rates), 1)


def _done(command: Sequence[str]) -> tuple[float, list[dict[str, Any]], int]:
  """Runs a command of `experiments.batch` in a folder that is then removed.

  Returns:
    Its seconds, the costs of its shards in order, and the bytes that it wrote.
  """
  logging.info("%s", " ".join(command))
  with tempfile.TemporaryDirectory(prefix="batch_") as folder:
    out = pathlib.Path(folder) / "out"
    begin = time.perf_counter()
    done = subprocess.run(
      [sys.executable, *command[1:], f"--out={out}"],
      stdout=subprocess.DEVNULL,
    )
    seconds = time.perf_counter() - begin
    if done.returncode:
      raise errors.UserError(
        f"{' '.join(command)} failed; its messages are above."
      )
    shards = []
    for cost in sorted(out.glob("shard_*/cost.json")):
      finished = cost.stat().st_mtime
      shards.append({**json.loads(cost.read_text()), "finished": finished})
    size = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
  return seconds, shards, size


def _megabytes(shard: Mapping[str, Any]) -> int | None:
  memory = shard["memory_mb"]
  return None if memory is None else round(memory)


def markdown(report: Mapping[str, Any]) -> str:
  """Returns the times to expect of machines like the measured one.

  Args:
    report: What `measure` wrote.
  """
  start = (
    report["program_start_and_end_seconds"]
    + report["loading_seconds"]
    + report["compiling_seconds"]
  )
  cost = WorkerCost(
    start_seconds=start,
    image_seconds=report["image_seconds"],
    image_bytes=report["image_bytes"],
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
