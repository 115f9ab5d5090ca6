"""Studies with pictures of noise, without any run."""

import dataclasses
import io

import numpy as np
from PIL import Image

from experiments.config.requests.study import StudyRequest
from experiments.human_studies import planning, tables
from experiments.human_studies.study_file import StudyFile

RUNS = {
  "real_or_generated": ("secret-lapgan",),
  "which_is_better": ("secret-vae", "secret-lapcvae"),
}
"""Names that must not reach a participant."""


def timed(**options) -> StudyRequest:
  """Two sources, three durations, five repeats: thirty trials."""
  return StudyRequest(
    kind="real_or_generated",
    **{"durations": (50, 100, 200), "repeats": 5, "practice": 2, **options},
  )


def paired(**options) -> StudyRequest:
  """Five pairs in each condition."""
  return StudyRequest(kind="which_is_better", **{"pairs": 5, **options})


def write(folder, request: StudyRequest, size=8, runs=None) -> str:
  """Writes the file of a study; returns its path."""
  sources = (planning.REAL, *(runs or RUNS[request.kind]))
  count = planning.images_per_source(request, len(sources))
  generator = np.random.default_rng(0)
  pngs = {
    source: [
      _png(generator.integers(0, 256, (size, size, 3), np.uint8))
      for _ in range(count)
    ]
    for source in sources
  }
  path = str(folder / "study.sqlite")
  made_by = {
    "request": dataclasses.asdict(request),
    "sources": sources,
    "size": size,
  }
  tables.create(path, made_by, pngs, pngs[planning.REAL][0])
  return path


def open_study(folder, request: StudyRequest, **options) -> StudyFile:
  """Writes a study and opens it."""
  return StudyFile(write(folder, request, **options))


def _png(pixels):
  file = io.BytesIO()
  Image.fromarray(pixels).save(file, format="PNG")
  return file.getvalue()
