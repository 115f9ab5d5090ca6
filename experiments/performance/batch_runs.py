"""`experiments.batch` in a process of its own, and what it took."""

import json
import pathlib
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any, NamedTuple

from absl import logging

from experiments.system import errors


def command(run: str, count: int, shards: int) -> list[str]:
  """Returns the words that draw images into one file of arrays a shard."""
  return [
    *("python", "-m", "experiments.batch", f"--run_dir={run}"),
    *("--task=sample", "--format=npz", f"--count={count}"),
    f"--shards={shards}",
  ]


class Done(NamedTuple):
  """A command that has ended.

  Attributes:
    seconds: How long it took.
    core_seconds: What its cores worked.
    shards: The costs of its shards in order, with the time of their end.
    size: The bytes that it wrote.
  """

  seconds: float
  core_seconds: float
  shards: list[dict[str, Any]]
  size: int

  @property
  def images(self) -> int:
    """How many were made."""
    return sum(shard["images"] for shard in self.shards)


def done(words: Sequence[str]) -> Done:
  """Runs a command in a folder that is then removed.

  Raises:
    UserError: If it fails.
  """
  logging.info("%s", " ".join(words))
  with tempfile.TemporaryDirectory(prefix="batch_") as folder:
    out = pathlib.Path(folder) / "out"
    begin, worked = time.perf_counter(), _children_seconds()
    ended = subprocess.run(
      [sys.executable, *words[1:], f"--out={out}"],
      stdout=subprocess.DEVNULL,
    )
    seconds = time.perf_counter() - begin
    if ended.returncode:
      raise errors.UserError(
        f"{' '.join(words)} failed; its messages are above."
      )
    shards = []
    for cost in sorted(out.glob("shard_*/cost.json")):
      finished = cost.stat().st_mtime
      shards.append({**json.loads(cost.read_text()), "finished": finished})
    size = sum(f.stat().st_size for f in out.rglob("*") if f.is_file())
  return Done(seconds, _children_seconds() - worked, shards, size)


def _children_seconds() -> float:
  used = resource.getrusage(resource.RUSAGE_CHILDREN)
  return used.ru_utime + used.ru_stime
