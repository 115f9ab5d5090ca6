"""Work divided into shards, and a worker that does them one after another."""

import dataclasses
import hashlib
import json
import math
import pathlib
import time
from collections.abc import Iterator

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.batch_work import input_files, shard_files, tasks
from experiments.config.requests.batch import BatchRequest
from experiments.runs import trained_run
from experiments.system import errors, outputs, whole_files


@dataclasses.dataclass(frozen=True)
class Work:
  """One request, with the run and the folder that it is for.

  Attributes:
    run: What `trained_run.load` takes.
    request: What is asked.
    files: The files of the whole work; empty of `sample`.
    out: The folder of all shards.
  """

  run: str
  request: BatchRequest
  files: tuple[pathlib.Path, ...]
  out: pathlib.Path

  @classmethod
  def claimed(cls, run: str, request: BatchRequest, out: str) -> "Work":
    """Finds the files and claims the folder, before a model is loaded.

    Raises:
      UserError: If there are no files, or the folder is of another request.
    """
    files: list[pathlib.Path] = []
    if request.input is not None:
      endings = input_files.endings_of(request.task)
      files = input_files.find(request.input, endings)
    made_by = {
      "run": run,
      "files": input_files.digest(files),
      **dataclasses.asdict(request),
    }
    return cls(run, request, tuple(files), outputs.claimed_folder(out, made_by))

  @property
  def count(self) -> int:
    """How many images there are in all."""
    return len(self.files) or self.request.count

  def blocks(self, shard: int) -> Iterator[range]:
    """Yields the images of each block of a shard; whole blocks all but one."""
    size, shards = self.request.block, self.request.shards
    number = -(-self.count // size)
    for block in range(
      number * shard // shards, number * (shard + 1) // shards
    ):
      yield range(block * size, min((block + 1) * size, self.count))

  def folder(self, shard: int) -> pathlib.Path:
    """Returns the folder of a shard, which is there if it is finished."""
    return shard_files.folder(self.out, shard, self.request.shards)

  def check_weights(self, run: trained_run.TrainedRun) -> None:
    """Checks that shards that are there were made with the same weights.

    Raises:
      UserError: If the run was trained on, or is another one, since then.
    """
    steps = list(run.steps) if isinstance(run.steps, tuple) else run.steps
    found = {
      "preset": run.preset,
      "steps": steps,
      "weights": _digest(run.model),
    }
    path = self.out / "weights.json"
    if not path.exists():
      with outputs.explained(path):
        whole_files.write_json(path, found)
    stored = json.loads(path.read_text(encoding="utf-8"))
    if stored != found:
      raise errors.UserError(
        f"{self.out} was begun with {stored['preset']} after "
        f"{stored['steps']} steps, and {self.run} now holds {run.preset} after "
        f"{steps}, with other weights. Choose another --out, or give "
        "the run its former weights."
      )

  def unfinished(self) -> list[int]:
    """Returns the shards that are still to be done."""
    shards = range(self.request.shards)
    return [shard for shard in shards if not self.folder(shard).exists()]


class Worker:
  """A process that keeps a run loaded and does shards."""

  def __init__(self, work: Work):
    """Loads the run.

    Raises:
      UserError: If it cannot be loaded, or cannot do the task.
    """
    encodes = work.request.task in ("reconstruct", "encode")
    begin = time.perf_counter()
    run = trained_run.load(work.run, encodes=encodes)
    self._loading_seconds = time.perf_counter() - begin
    work.check_weights(run)
    self._work = work
    kind = tasks.KINDS[work.request.task]
    self._task = kind(run, work.request, work.files)

  def do(self, shard: int) -> int:
    """Does a shard; returns how many images were made, 0 if it was done.

    Raises:
      UserError: If it cannot be written.
    """
    work = self._work
    target = work.folder(shard)
    if target.exists():
      return 0
    results = (
      result
      for block in work.blocks(shard)
      for result in self._task.block(block)
    )
    with outputs.explained(target):
      cost = shard_files.write(
        target, results, work.request.format, self._loading_seconds
      )
    logging.info(
      "%s: %d images, %.0f a second, %.0f MB resident.",
      target.name,
      cost.images,
      cost.images / cost.seconds,
      cost.memory_mb or math.nan,
    )
    return cost.images


def do_here(work: Work, shard: int | None = None) -> int:
  """Does all unfinished shards in this process, or one; returns the images.

  Args:
    work: The work.
    shard: The number of the one shard to do; None does all.
  """
  left = work.unfinished()
  if shard is not None:
    left = [number for number in left if number == shard]
  if not left:
    return 0
  worker = Worker(work)
  return sum(worker.do(number) for number in left)


def _digest(model: tf.keras.Model) -> str:
  digest = hashlib.sha256()
  for weight in model.weights:
    digest.update(np.ascontiguousarray(weight).tobytes())
  return digest.hexdigest()
