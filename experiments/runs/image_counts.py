"""How many images a run started with, so that a later start sees a change.

Nothing else of a dataset is compared: folders may move, and their files may
have other dates.
"""

from absl import logging

from experiments.data.datasets import ImageData
from experiments.training.run_dir import RunDir

_FILE = "images.json"


def store(run_dir: RunDir, data: ImageData) -> None:
  """Writes the counts, unless a start before has done so."""
  if not run_dir.read_json(_FILE, default={}):
    run_dir.write_json(_FILE, _counts(data))


def compare(run_dir: RunDir, data: ImageData) -> None:
  """Warns if images came or went since the run, or a level of it, started.

  A run of a version that stored no counts is not compared.
  """
  before, now = run_dir.read_json(_FILE, default={}), _counts(data)
  if before in ({}, now):
    return
  logging.warning(
    "%s is not what %s started with: it had %s images, and now has %s. Steps "
    "from here on see what is there now; a result that others can repeat needs "
    "a new --run_dir.",
    data.name,
    run_dir.path,
    _listed(before),
    _listed(now),
  )


def _counts(data: ImageData) -> dict[str, int]:
  return {
    "training": data.train.num_images,
    "validation": data.validation.num_images,
    "test": data.test.num_images,
  }


def _listed(counts: dict[str, int]) -> str:
  return ", ".join(f"{count:,} {split}" for split, count in counts.items())
