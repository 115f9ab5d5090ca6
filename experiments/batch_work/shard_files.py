"""The folder of one shard: written whole, and then never again.

`shard_00003_of_00016/` holds the results of its images and `index.jsonl`, a
line for each in order: `index`, the `name` of the file it was made of, and the
`file` that it is in, or the `error` for which there is none.
"""

import json
import pathlib
import shutil
from collections.abc import Iterable

import numpy as np

from experiments.batch_work.tasks import Result
from experiments.pictures import grids
from experiments.system import whole_files

INDEX = "index.jsonl"
_ARRAYS = "arrays.npz"


def folder(out: pathlib.Path, shard: int, shards: int) -> pathlib.Path:
  """Returns the folder of a shard, which is there if the shard is finished."""
  return out / f"shard_{shard:05d}_of_{shards:05d}"


def write(target: pathlib.Path, results: Iterable[Result], kind: str) -> int:
  """Writes the results of a shard; returns how many images were made.

  Args:
    target: Its folder, which is made when all is written.
    results: The results.
    kind: `png`, a file for each image, or `npz`, one of arrays whose first axis
      is that of `index`, the images' numbers.

  Raises:
    OSError: If they cannot be written.
  """
  partial = target.with_name(f".{target.name}.partial")
  shutil.rmtree(partial, ignore_errors=True)
  partial.mkdir()
  try:
    made = _write(partial, results, kind)
    whole_files.synchronise(partial)
    # Another process that did the same has the same results.
    if not target.exists():
      partial.rename(target)
  finally:
    shutil.rmtree(partial, ignore_errors=True)
  return made


def _write(folder: pathlib.Path, results: Iterable[Result], kind: str) -> int:
  kept: list[Result] = []
  with open(folder / INDEX, "w", encoding="utf-8") as index:
    made = 0
    for result in results:
      entry = {"index": result.index}
      if result.name:
        entry["name"] = result.name
      if result.error:
        entry["error"] = result.error
      elif kind == "png":
        entry["file"] = f"{result.index:08d}.png"
        grids.save_png(folder / entry["file"], result.arrays["images"])
      else:
        entry["file"] = _ARRAYS
        kept.append(result)
      made += not result.error
      index.write(json.dumps(entry) + "\n")
  if kept:
    arrays = {
      name: np.stack([result.arrays[name] for result in kept])
      for name in kept[0].arrays
    }
    arrays["index"] = np.array([result.index for result in kept])
    np.savez_compressed(folder / _ARRAYS, **arrays)
  return made
