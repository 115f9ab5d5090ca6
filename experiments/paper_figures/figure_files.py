"""The figures of both papers, from trained runs."""

import dataclasses
import os
from collections.abc import Mapping, Sequence

from experiments.config.requests.edit import EditRequest
from experiments.config.requests.figures import FigureRequest
from experiments.data import datasets
from experiments.drawing import image_files
from experiments.paper_figures import (
  given_images,
  lapcvae_edits,
  lapcvae_rows,
  lapgan_rows,
)
from experiments.paper_figures.figure import Figure
from experiments.pictures import charts
from experiments.runs import named_runs, trained_run
from experiments.runs.named_runs import NamedRun
from experiments.system import errors, outputs
from experiments.training import logged_curves

_OF_ONE_RUN = (
  *lapcvae_edits.TITLES,
  "lapcvae_6",
  "lapcvae_8",
  "given",
  "curves",
)
_EDIT = EditRequest(onto="reconstruction")
_OF_IMAGES = ("lapcvae_4", "lapcvae_6", "lapcvae_8", "lapgan_3", "given")


def draw(
  paths: Sequence[str],
  request: FigureRequest,
  edit: EditRequest = _EDIT,
  out: str | None = None,
  data_dir: str | None = None,
  cache_dir: str | None = None,
) -> None:
  """Writes a figure and says where.

  Args:
    paths: The folders of trained runs.
    request: Which figure, and how many images it has.
    edit: What Figures 1 and 9 of LapCVAE change, if it is not a drawn face; its
      count and seed are those of the request.
    out: The PNG to write; None for one in the samples of the first run.
    data_dir: The folder of prepared datasets.
    cache_dir: The folder of decoded images.

  Raises:
    UserError: If a run is missing, of the other family or one too many, or a
      file cannot be read or written.
  """
  name = request.figure
  runs = named_runs.read(paths)
  if name in _OF_ONE_RUN and len(runs) > 1:
    raise errors.UserError(
      f"{name} is drawn from one run; --run_dirs names {len(runs)}."
    )
  if name == "lapcvae_7" and len(runs) != 2:
    raise errors.UserError(
      f"{name} is drawn from two runs, --run_dirs=BEFORE,AFTER; make the "
      "second with experiments.retrain_prior."
    )
  file = f"{name}_{'_'.join(run.name for run in runs)}_seed{request.seed}.png"
  file = file.replace(os.sep, "-")
  path = out or os.path.join(runs[0].run_dir.samples, file)
  out = outputs.file(path, ".png")
  caption = ", ".join(f"{run.name} ({run.preset})" for run in runs)
  if name == "curves":
    curves = logged_curves.read(runs[0].run_dir)
    image_files.write_chart(
      lambda path: charts.curves(path, curves, caption), out
    )
    return
  if name in lapcvae_edits.TITLES:
    edit = dataclasses.replace(edit, count=request.count, seed=request.seed)
    figure = lapcvae_edits.draw(name, paths[0], edit)
  else:
    figure = _figure(runs, request, data_dir, cache_dir)
  title = f"{figure.title}\n{caption}, seed {request.seed}"
  image_files.write_chart(
    lambda path: charts.labelled_rows(path, figure.rows, title, figure.cells),
    out,
  )


def _figure(
  runs: Sequence[NamedRun],
  request: FigureRequest,
  data_dir: str | None,
  cache_dir: str | None,
) -> Figure:
  is_lapgan = request.figure.startswith("lapgan")
  loaded: Mapping[str, trained_run.TrainedRun] = {
    run.name: trained_run.load(run.run_dir.path) for run in runs
  }
  data = None
  if request.figure in _OF_IMAGES:
    data = datasets.load(runs[0].config.data, data_dir, cache_dir)
  if request.figure == "given":
    return given_images.refined(loaded, data, request.count, request.seed)
  for run in loaded.values():
    if run.family.has_encoder == is_lapgan:
      raise errors.UserError(
        f"{request.figure} is drawn from runs of "
        f"{'LAPGAN' if is_lapgan else 'LapCVAE'}; {run.run_dir.path} is none."
      )
  module = lapgan_rows if is_lapgan else lapcvae_rows
  return module.FIGURES[request.figure](
    loaded, data, request.count, request.seed
  )
