"""Finished runs that stand side by side, checked before any work."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any

from experiments import families
from experiments.runs import description, named_runs
from experiments.runs.named_runs import NamedRun
from experiments.system import errors

# What decides which images a run is tested on.
_SAME = (
  "name",
  "size",
  "crop",
  "crop_top",
  "crop_left",
  "corner_crops_of",
  "test_limit",
  "holdout",
)


@dataclasses.dataclass(frozen=True)
class ComparedRun(NamedRun):
  """A finished run beside others.

  Attributes:
    model: The name of its model in tables and figures.
    metrics: The figures of its metrics.json.
  """

  model: str
  metrics: Mapping[str, Any]


def read(paths: Sequence[str], has_encoder: bool) -> list[ComparedRun]:
  """Reads finished runs of one family on the same images.

  Args:
    paths: The folders of the runs.
    has_encoder: Whether their models have to encode images.

  Raises:
    UserError: If a run is missing, has not finished, is of the other family or
      was tested on other images than the first.
  """
  if not paths:
    return []
  runs = []
  for run in named_runs.read(paths):
    family = families.of(run.config.model)
    if family.has_encoder != has_encoder:
      flags = "--swd" if has_encoder else "--paper or --rate_distortion"
      raise errors.UserError(
        f"{run.run_dir.path} holds a {family.name}. Name it in {flags}, with "
        "runs of its own family."
      )
    _, _, metrics = description.finished(run.run_dir)
    model = run.config.model
    names = family.describe(model), family.variant(model)
    name = ", ".join(filter(None, names))
    runs.append(ComparedRun(**vars(run), model=name, metrics=metrics))
  check_same_images(runs)
  return runs


def check_same_images(runs: Sequence[NamedRun]) -> None:
  """Checks that all runs are tested on the images of the first.

  Raises:
    UserError: If one is not.
  """
  for run in runs:
    for field in _SAME:
      values = [getattr(r.config.data, field) for r in (run, runs[0])]
      if values[0] != values[1]:
        raise errors.UserError(
          f"{run.run_dir.path} has data.{field}={values[0]}, but "
          f"{runs[0].run_dir.path} has {values[1]}. Compare runs of the same "
          "test images."
        )
