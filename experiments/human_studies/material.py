"""The images of a study, from trained runs and their test images."""

import dataclasses
import io
import json
import random
from collections.abc import Mapping, Sequence

import numpy as np
from absl import logging
from PIL import Image

from experiments.config.requests.study import (
  MAX_RUNS,
  MIN_RUNS,
  StudyRequest,
)
from experiments.data import datasets
from experiments.human_studies import planning, study_file, tables
from experiments.pictures import grids
from experiments.runs import named_runs, trained_run
from experiments.runs.named_runs import NamedRun
from experiments.system import errors, outputs
from pyramid_tf import images

_EXAMPLES, _COLUMNS, _AT_ONCE = 48, 8, 100


def prepare(
  path: str,
  run_paths: Sequence[str],
  request: StudyRequest,
  data_dir: str | None = None,
  cache_dir: str | None = None,
) -> None:
  """Makes the file of a study; one that the same request made stays.

  Args:
    path: The file.
    run_paths: The folders of the runs.
    request: The study.
    data_dir: The folder of prepared datasets.
    cache_dir: The folder of decoded images.

  Raises:
    UserError: If the runs do not go with the study or with each other, there
      are too few test images, or the file holds something else.
  """
  runs = named_runs.read(run_paths)
  _check_runs(runs, request)
  target = outputs.file(path)
  sources = (planning.REAL, *(run.name for run in runs))
  made_by = {
    "request": dataclasses.asdict(request),
    "sources": sources,
    "size": runs[0].config.data.size,
    "presets": [run.preset for run in runs],
    "run_dirs": [str(run.run_dir.path.resolve()) for run in runs],
    "dataset": runs[0].config.data.name,
  }
  if target.exists():
    _check_same(target, made_by)
    return
  count = planning.images_per_source(request, len(sources))
  data = datasets.load(runs[0].config.data, data_dir, cache_dir)
  if data.test.num_images <= count:
    raise errors.UserError(
      f"This study shows each person {count} test images, and {data.name} has "
      f"{data.test.num_images}, of which some have to be left as examples. "
      "Lower --repeats, --practice or --pairs, or give fewer --durations."
    )
  chosen = random.Random(request.seed).sample(
    range(data.test.num_images), min(count + _EXAMPLES, data.test.num_images)
  )
  real = np.concatenate([data.test.images(i, 1) for i in chosen])
  real, examples = real[:count], real[count:]
  pixels = {planning.REAL: real}
  for run in runs:
    logging.info("Images of %s: %d.", run.name, count)
    pixels[run.name] = _of_run(run, request, real)
  tables.create(
    target,
    made_by,
    {source: list(map(_png, shown)) for source, shown in pixels.items()},
    _png(grids.sheet(examples, _COLUMNS, 64)),
  )


def _check_runs(runs: Sequence[NamedRun], request: StudyRequest) -> None:
  least, most = MIN_RUNS[request.kind], MAX_RUNS[request.kind]
  if not least <= len(runs) <= most:
    wanted = f"{least} to {most} runs" if least < most else f"{most} runs"
    raise errors.UserError(
      f"{request.kind} takes {wanted}; --run_dirs names {len(runs)}."
    )
  kinds = {(run.config.data.name, run.config.data.size) for run in runs}
  if len(kinds) > 1:
    found = ", ".join(
      f"{name} at {size} pixels" for name, size in sorted(kinds)
    )
    raise errors.UserError(
      f"A study compares runs of one dataset and size; these are of {found}."
    )
  if any(run.name == planning.REAL for run in runs):
    raise errors.UserError(
      f"A run is called {planning.REAL}, as test images are. Rename its folder."
    )


def _check_same(target, made_by: Mapping) -> None:
  """Refuses to take the answers of one study for those of another."""
  study = study_file.StudyFile(target)
  study.close()
  wanted = json.loads(json.dumps(made_by))
  changed = sorted(
    key for key in wanted if study.made_by.get(key) != wanted[key]
  )
  if changed:
    raise errors.UserError(
      f"{target} holds another study, which differs in {', '.join(changed)}. "
      "Choose another --out, or leave out --run_dirs to go on with it."
    )


def _of_run(
  run: NamedRun, request: StudyRequest, real: np.ndarray
) -> np.ndarray:
  """Samples of a run, or its reconstructions of the real images."""
  if request.kind == "real_or_generated":
    trained = trained_run.load(run.run_dir.path)
    return trained.draw(len(real), request.seed)[0]
  model = trained_run.load(run.run_dir.path, encodes=True).model
  rebuilt = [
    images.to_uint8(
      model.reconstruct(images.from_uint8(real[start : start + _AT_ONCE]))
    ).numpy()
    for start in range(0, len(real), _AT_ONCE)
  ]
  return np.concatenate(rebuilt)


def _png(image: np.ndarray) -> bytes:
  file = io.BytesIO()
  Image.fromarray(image).save(file, format="PNG")
  return file.getvalue()
