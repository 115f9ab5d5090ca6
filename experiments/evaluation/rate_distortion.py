"""Several finished runs of LapCVAE as a table, a chart and a sheet of faces."""

import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from experiments.config.requests.compare import ComparisonRequest
from experiments.data import datasets
from experiments.evaluation import compared_runs
from experiments.evaluation.compared_runs import ComparedRun
from experiments.pictures import charts, grids, tables
from experiments.runs import description, trained_run
from experiments.system import outputs, whole_files
from pyramid_tf import images

_COLUMNS = 10
# Small images are enlarged to about this many pixels.
_SIDE = 80


def compare(
  request: ComparisonRequest,
  data_dir: str | None = None,
  cache_dir: str | None = None,
) -> None:
  """Writes the table, the chart and the sheet, and says where.

  Everything is checked and drawn before the first file is written.

  Args:
    request: The runs, and where to write.
    data_dir: The folder of prepared datasets.
    cache_dir: The folder of decoded images.

  Raises:
    UserError: If a run is missing, unfinished, damaged, of a LAPGAN or of other
      images than the first.
  """
  target = outputs.folder(request.out)
  paper = compared_runs.read(request.paper, has_encoder=True)
  chart = compared_runs.read(request.rate_distortion, has_encoder=True)
  compared_runs.check_same_images([*paper, *chart])
  entries = [describe(run, "paper") for run in paper]
  entries += [describe(run, "rate_distortion") for run in chart]
  inputs = None
  if paper and request.show_inputs:
    test = datasets.load(paper[0].config.data, data_dir, cache_dir).test
    inputs = test.images(0, min(_COLUMNS, test.num_images))
  faces = _faces(paper, inputs)
  what = "Samples, seed 0, unselected"
  if inputs is not None:
    what = f"Test images, reconstructions and {what.lower()}"
  table = target / f"{request.name}.json"
  drawing = target / f"{request.name}_rate_distortion.png"
  sheet = target / f"{request.name}_faces.png"
  with outputs.explained(target):
    whole_files.write_json(table, entries)
    print(f"Wrote {table}")
    if chart:
      _draw_chart(drawing, entries)
      print(f"Wrote {drawing}")
    if paper:
      print(markdown(entries))
      dataset = description.dataset(paper[0].config)
      charts.labelled_rows(sheet, faces, f"{what}\n{dataset}")
      print(f"Wrote {sheet}")


def describe(run: ComparedRun, comparison: str) -> dict[str, Any]:
  """Returns a run as a row: what it is, what it measured, what made it."""
  config, metrics = run.config, run.metrics
  levels = [
    metrics["levels"][f"level_{k}"] for k in range(config.model.num_levels)
  ]
  # None if the last start only renewed exports.
  rate = metrics["images_per_second"]
  return {
    "run": run.name,
    "model": run.model,
    "comparison": comparison,
    "weights": [level.kl_weight for level in config.model.levels],
    "rmse_mean": round(metrics["rmse"], 3),
    "rmse_std": round(metrics["rmse_std"], 3),
    "kl_nats": round(metrics["kl"], 2),
    "kl_nats_per_level": [round(level["kl"], 2) for level in levels],
    "active_dimensions_per_level": [
      int(level["active_dimensions"]) for level in levels
    ],
    "parameters": metrics["parameters"],
    "images_per_second": rate and round(rate, 1),
    "steps": config.training.steps,
    "batch_size": config.training.batch_size,
    "command": description.command(run.preset, config, run.run_dir),
  }


def markdown(entries: Sequence[Mapping[str, Any]]) -> str:
  """Returns the runs of the paper's comparison as a Markdown table.

  The ratio is to the first run, the baseline; one run alone has none.
  """
  entries = [entry for entry in entries if entry["comparison"] == "paper"]

  def ratio(entry: Mapping[str, Any]) -> float | None:
    if len(entries) == 1:
      return None
    return entry["rmse_mean"] / entries[0]["rmse_mean"]

  header = "model", "KL weights, finest first", "RMSE", "ratio", "KL (nats)"
  return tables.markdown(
    (*header, "by level", "parameters", "images/s"),
    [
      (
        entry["model"],
        _weights(entry),
        tables.spread(entry["rmse_mean"], entry["rmse_std"], 2),
        tables.number(ratio(entry), 3),
        tables.number(entry["kl_nats"], 0),
        ", ".join(f"{nats:.0f}" for nats in entry["kl_nats_per_level"]),
        tables.number(entry["parameters"] / 1e6, 2, " M"),
        tables.number(entry["images_per_second"], 0),
      )
      for entry in entries
    ],
  )


def _weights(entry: Mapping[str, Any]) -> str:
  """Returns the KL weights, one alone if all levels have the same."""
  weights = [f"{weight:g}" for weight in entry["weights"]]
  return weights[0] if len(set(weights)) == 1 else ", ".join(weights)


def _draw_chart(
  path: pathlib.Path, entries: Sequence[Mapping[str, Any]]
) -> None:
  curves = {}
  entries = [e for e in entries if e["comparison"] == "rate_distortion"]
  for entry in entries:
    label = f"{entry['run']} ({_weights(entry)})"
    point = entry["kl_nats"], entry["rmse_mean"], label
    curves.setdefault(entry["model"], []).append(point)
  steps = ", ".join(sorted({str(entry["steps"]) for entry in entries}))
  charts.rate_distortion(
    path,
    curves,
    f"Rate and distortion at equal parameters and latents, {steps} steps\n"
    "(points labelled with run and KL weight)",
  )


def _faces(
  runs: Sequence[ComparedRun], inputs: np.ndarray | None
) -> dict[str, np.ndarray]:
  """Draws samples of each run below reconstructions of `inputs`, if any."""
  rows, samples = {}, {}
  if inputs is not None:
    rows["input"] = grids.grid([inputs], side=_SIDE)
  for run in runs:
    loaded = trained_run.load(run.run_dir.path)
    label = "\n".join([*run.model.split(", "), run.name])
    if inputs is not None:
      result = loaded.model.reconstruct(images.from_uint8(inputs))
      rows[f"{label}\nreconstruction"] = grids.grid(
        [images.to_uint8(result).numpy()], side=_SIDE
      )
    drawn = loaded.draw(_COLUMNS, seed=0)[0]
    samples[f"{label}\nsamples"] = grids.grid([drawn], side=_SIDE)
  return rows | samples
