"""The folder of one shard: written whole, and then never again.

`shard_00003_of_00016/` holds the results of its images, `index.jsonl`, a line
for each in order: `index`, the `name` of the file it was made of, and the
`file` that it is in, or the `error` for which there is none; and `cost.json`,
what the shard took (`Cost`).
"""

import dataclasses
import json
import os
import pathlib
import secrets
import shutil
import socket
import time
from collections.abc import Iterable, Iterator

from experiments.batch_work import shard_formats
from experiments.batch_work.tasks import Result
from experiments.system import resident_memory, whole_files

INDEX = "index.jsonl"
COST = "cost.json"


@dataclasses.dataclass(frozen=True)
class Cost:
  """What a shard took.

  Attributes:
    images: How many images were made.
    seconds: From its first block to its last file.
    writing_seconds: What of that was not computation.
    core_seconds: What cores worked for it, the sum over all.
    memory_mb: The resident memory of the process at the end; None where the
      system does not tell.
    worker: Machine and process.
    loading_seconds: What the process took to load the run, before its first
      shard.
  """

  images: int
  seconds: float
  writing_seconds: float
  core_seconds: float
  memory_mb: float | None
  worker: str
  loading_seconds: float


def folder(out: pathlib.Path, shard: int, shards: int) -> pathlib.Path:
  """Returns the folder of a shard, which is there if the shard is finished."""
  return out / f"shard_{shard:05d}_of_{shards:05d}"


def write(
  target: pathlib.Path,
  results: Iterable[Result],
  kind: str,
  loading_seconds: float = 0.0,
) -> Cost:
  """Writes the results of a shard; returns what it took.

  Several processes may do the same shard at once. The first that ends gives
  its results, and what the others, or killed ones, have left is removed.

  Args:
    target: Its folder, which is made when all is written.
    results: The results, which are computed as they are asked for.
    kind: One of `shard_formats.WRITERS`.
    loading_seconds: See `Cost`.

  Raises:
    OSError: If they cannot be written.
  """
  pattern = f".{target.name}.{{}}.partial"
  partial = target.with_name(pattern.format(secrets.token_hex(4)))
  partial.mkdir()
  try:
    begin, worked = time.perf_counter(), time.process_time()
    timed = _Timed(results)
    made = _write(partial, timed, shard_formats.WRITERS[kind](partial))
    seconds = time.perf_counter() - begin
    cost = Cost(
      made,
      round(seconds, 4),
      round(seconds - timed.seconds, 4),
      round(time.process_time() - worked, 4),
      resident_memory.megabytes(),
      f"{socket.gethostname()}:{os.getpid()}",
      round(loading_seconds, 4),
    )
    whole_files.write_json(partial / COST, dataclasses.asdict(cost))
    whole_files.synchronise(partial)
    partial.rename(target)
  except OSError:
    # Another process that did the same has the same results.
    if not target.exists():
      raise
    cost = Cost(**json.loads((target / COST).read_text(encoding="utf-8")))
  finally:
    shutil.rmtree(partial, ignore_errors=True)
    if target.exists():
      for left in target.parent.glob(pattern.format("*")):
        shutil.rmtree(left, ignore_errors=True)
  return cost


class _Timed:
  """Results, and the seconds that their computation takes."""

  def __init__(self, results: Iterable[Result]):
    self._results = iter(results)
    self.seconds = 0.0

  def __iter__(self) -> Iterator[Result]:
    return self

  def __next__(self) -> Result:
    begin = time.perf_counter()
    try:
      return next(self._results)
    finally:
      self.seconds += time.perf_counter() - begin


def _write(
  folder: pathlib.Path,
  results: Iterable[Result],
  writer: shard_formats.Writer,
) -> int:
  made = 0
  with open(folder / INDEX, "w", encoding="utf-8") as index:
    for result in results:
      entry: dict[str, int | str] = {"index": result.index}
      if result.name:
        entry["name"] = result.name
      if result.error:
        entry["error"] = result.error
      else:
        entry["file"] = writer.add(result)
        made += 1
      index.write(json.dumps(entry) + "\n")
  writer.close()
  return made
