"""Several finished runs as one table, one chart and one sheet of faces."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf
from absl import logging

from experiments.config import run_config
from experiments.data import datasets
from experiments.pictures import charts, grids
from experiments.runs import description
from experiments.system import errors, whole_files
from experiments.training.run_dir import RunDir
from lapcvae_tf.configs import LapCVAEConfig
from pyramid_tf import images, saved_models

_SHOWN = 10
# Small images are enlarged to about this many pixels.
_SIDE = 80


def compare(
  paper: Sequence[str],
  rate_distortion: Sequence[str],
  out: str,
  name: str,
  show_inputs: bool = True,
  data_dir: str | None = None,
  cache_dir: str | None = None,
) -> None:
  """Writes the table, the chart and the sheet; says where.

  Args:
    paper: Folders of the runs of the paper's comparison.
    rate_distortion: Folders of the runs of the chart.
    out: Folder to write into.
    name: Of the files.
    show_inputs: Whether the sheet has test images and reconstructions.
    data_dir: Folder of prepared datasets.
    cache_dir: Folder of decoded images.

  Raises:
    UserError: If a run is missing or unfinished.
  """
  if not paper and not rate_distortion:
    raise errors.UserError(
      "Nothing to compare: name runs in --paper, --rate_distortion or both."
    )
  target = description.output_folder(out)
  entries = [describe(run, "paper") for run in paper]
  entries += [describe(run, "rate_distortion") for run in rate_distortion]
  table = target / f"{name}.json"
  whole_files.write_json(table, entries)
  print(f"Wrote {table}")
  if paper:
    print(markdown(entries))
  if rate_distortion:
    chart = target / f"{name}_rate_distortion.png"
    _draw_rates(chart, entries)
    print(f"Wrote {chart}")
  if paper:
    sheet = target / f"{name}_faces.png"
    shown = None
    if show_inputs:
      shown = _test_images(paper[0], data_dir, cache_dir)
    _draw_faces(sheet, paper, shown)
    print(f"Wrote {sheet}")


def describe(run: str, comparison: str) -> dict[str, Any]:
  """One run as a row: what it is, what it measured, what made it."""
  run_dir = RunDir(run)
  preset, config, metrics = description.finished(run_dir)
  if not isinstance(config.model, LapCVAEConfig):
    raise errors.UserError(
      f"{run} holds a LAPGAN, which has no reconstructions to compare. Name it "
      "in --swd."
    )
  levels = range(config.model.num_levels)
  # None if the last start only renewed exports.
  rate = metrics["images_per_second"]
  return {
    "model": _model_name(config.model),
    "comparison": comparison,
    "weights": [level.kl_weight for level in config.model.levels],
    "rmse_mean": round(metrics["rmse"], 3),
    "rmse_std": round(metrics["rmse_std"], 3),
    "kl_nats": round(metrics["kl"], 2),
    "kl_nats_per_level": [
      round(metrics["levels"][f"level_{k}"]["kl"], 2) for k in levels
    ],
    "active_dimensions_per_level": [
      int(metrics["levels"][f"level_{k}"]["active_dimensions"]) for k in levels
    ],
    "parameters": metrics["parameters"],
    "images_per_second": rate and round(rate, 1),
    "steps": config.training.steps,
    "batch_size": config.training.batch_size,
    "command": description.command(preset, config),
  }


def markdown(entries: Sequence[dict[str, Any]]) -> str:
  """The runs of the paper's comparison as a Markdown table.

  The ratio is to the first run, the baseline.
  """
  shown = [entry for entry in entries if entry["comparison"] == "paper"]
  lines = [
    "| model | KL weights, finest first | RMSE | ratio | KL (nats) | by level "
    "| parameters | images/s |",
    "|---|---|---|---|---|---|---|---|",
  ]
  for entry in shown:
    weights = entry["weights"]
    if len(set(weights)) == 1:
      weights = weights[:1]
    cells = [
      entry["model"],
      ", ".join(f"{weight:g}" for weight in weights),
      f"{entry['rmse_mean']:.2f} +- {entry['rmse_std']:.2f}",
      f"{entry['rmse_mean'] / shown[0]['rmse_mean']:.3f}",
      f"{entry['kl_nats']:.0f}",
      ", ".join(f"{nats:.0f}" for nats in entry["kl_nats_per_level"]),
      f"{entry['parameters'] / 1e6:.2f} M",
      f"{entry['images_per_second'] or float('nan'):.0f}",
    ]
    lines.append(f"| {' | '.join(cells)} |")
  return "\n".join(lines)


def _model_name(model):
  if model.num_levels == 1:
    return "VAE"
  parts = ["LapCVAE" if model.prior == "learned" else "LapCVAE without M"]
  parts.append(model.target.replace("_", " "))
  if model.likelihood == "calibrated":
    parts.append("calibrated")
  if model.schedule != "joint":
    parts.append(model.schedule.replace("_", " "))
  return ", ".join(parts)


def _draw_rates(path, entries):
  curves = {}
  entries = [e for e in entries if e["comparison"] == "rate_distortion"]
  for entry in entries:
    weights = entry["weights"]
    label = f"{weights[0]:g}" if len(set(weights)) == 1 else str(weights)
    point = (entry["kl_nats"], entry["rmse_mean"], label)
    curves.setdefault(entry["model"], []).append(point)
  steps = ", ".join(sorted({str(entry["steps"]) for entry in entries}))
  charts.rate_distortion(
    path,
    curves,
    f"Rate and distortion at equal parameters and latents, {steps} steps\n"
    "(points labelled with the KL weight)",
  )


def _test_images(run, data_dir, cache_dir):
  _, stored = RunDir(run).read_config()
  config = run_config.read(stored)
  test = datasets.load(config.data, data_dir, cache_dir).test
  return test.images(0, min(_SHOWN, test.num_images))


def _draw_faces(path, runs, shown):
  """Draws samples of each run below reconstructions of `shown`, if any."""
  rows, samples = {}, {}
  if shown is not None:
    rows["input"] = grids.grid([shown], side=_SIDE)
  for run in runs:
    logging.info("Drawing %s.", run)
    name = _label(run, samples)
    served = _load_cascade(run)
    if shown is not None:
      result = served["reconstruct"](images=images.from_uint8(shown))["images"]
      rows[f"{name}\nreconstruction"] = grids.grid(
        [images.to_uint8(result).numpy()], side=_SIDE
      )
    drawn = served["sample"](
      seed=tf.constant([0, 0]),
      count=tf.constant(_SHOWN),
      temperature=tf.constant(1.0),
    )["images"]
    samples[f"{name}\nsamples"] = grids.grid(
      [images.to_uint8(drawn).numpy()], side=_SIDE
    )
  what = "Samples" if shown is None else "Test images, reconstructions, samples"
  charts.labelled_rows(path, {**rows, **samples}, what)


def _load_cascade(run):
  try:
    return saved_models.load(RunDir(run).saved_model("cascade"))
  except FileNotFoundError as error:
    raise errors.UserError(
      f"{error} Use experiments.export --run_dir={run}."
    ) from error


def _label(run, taken):
  """The model in a few lines, with its weights where that is not enough."""
  _, stored = RunDir(run).read_config()
  model = run_config.read(stored).model
  name = _model_name(model).replace(", ", "\n")
  if f"{name}\nsamples" in taken:
    weights = ", ".join(f"{level.kl_weight:g}" for level in model.levels)
    name = f"{name}\n{weights}"
  unique, number = name, 1
  while f"{unique}\nsamples" in taken:
    number += 1
    unique = f"{name}\n({number})"
  return unique
