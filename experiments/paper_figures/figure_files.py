"""The figures of both papers, from trained runs."""

import dataclasses
import os
from collections.abc import Sequence

from experiments.data import datasets
from experiments.drawing import image_files
from experiments.editing import job
from experiments.paper_figures import lapcvae_edits, lapcvae_rows, lapgan_rows
from experiments.pictures import charts
from experiments.runs import trained_run
from experiments.system import errors
from experiments.training import logged_curves
from experiments.training.run_dir import RunDir
from lapgan_tf.model import LAPGAN

_OF_ONE_RUN = (*lapcvae_edits.TITLES, "lapcvae_6", "lapcvae_8", "curves")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
  """How to draw; see the flags of `experiments.figures`.

  `edit` is what Figures 1 and 9 of LapCVAE change, if it is not a drawn face;
  its count and seed are those given here.
  """

  count: int = 8
  seed: int = 0
  data_dir: str | None = None
  cache_dir: str | None = None
  edit: job.Options = job.Options(onto="reconstruction")


def draw(
  figure: str,
  runs: Sequence[str],
  options: Options,
  out: str | None = None,
) -> None:
  """Writes a figure and says where.

  Args:
    figure: One of `experiments.figures.FIGURES`.
    runs: Folders of trained runs.
    options: How to draw.
    out: PNG to write; None for one in the samples of the first run.

  Raises:
    UserError: If a run is missing, of the other family or one too many, or a
      file cannot be read or written.
  """
  if figure in _OF_ONE_RUN and len(runs) > 1:
    raise errors.UserError(
      f"{figure} is drawn from one run; --run_dirs names {len(runs)}."
    )
  out = out or os.path.join(RunDir(runs[0]).samples, f"{figure}.png")
  caption = _caption(runs)
  if figure == "curves":
    curves = logged_curves.read(RunDir(runs[0]))
    image_files.write_chart(
      lambda path: charts.curves(path, curves, caption), out
    )
    return
  rows, title = _rows(figure, runs, options)
  image_files.write_chart(
    lambda path: charts.labelled_rows(path, rows, f"{title}\n{caption}"), out
  )


def _rows(figure, runs, options):
  if figure in lapcvae_edits.TITLES:
    edit = dataclasses.replace(
      options.edit, count=options.count, seed=options.seed
    )
    return lapcvae_edits.rows(figure, runs[0], edit)
  names = [RunDir(run).path.name for run in runs]
  if figure != "lapcvae_7" and len(set(names)) < len(names):
    raise errors.UserError(
      f"Runs are shown by the names of their folders, which are {names}; give "
      "each a name of its own."
    )
  loaded = [trained_run.load(run) for run in runs]
  wants_gan = figure.startswith("lapgan")
  for run in loaded:
    if isinstance(run.model, LAPGAN) != wants_gan:
      family = "LAPGAN" if wants_gan else "LapCVAE"
      raise errors.UserError(
        f"{figure} is drawn from runs of {family}; {run.run_dir.path} is none."
      )
  config = loaded[0].config.data
  needs_data = figure in ("lapcvae_4", "lapcvae_6", "lapcvae_8", "lapgan_3")
  data = None
  if needs_data:
    data = datasets.load(config, options.data_dir, options.cache_dir)
  module = lapgan_rows if wants_gan else lapcvae_rows
  return module.FIGURES[figure](loaded, data, options.count, options.seed)


def _caption(runs):
  names = []
  for run in runs:
    preset, _ = RunDir(run).read_config()
    names.append(f"{os.path.basename(os.path.normpath(run))} ({preset})")
  return ", ".join(names)
