"""Finished LAPGAN runs as one table and one sheet of samples."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from absl import logging

from experiments.data import datasets
from experiments.families import lapgan_samples
from experiments.measures import sliced_wasserstein
from experiments.pictures import charts, grids
from experiments.runs import description, trained_run
from experiments.system import errors, whole_files
from experiments.training.run_dir import RunDir
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.model import LAPGAN

_SHOWN = 20
_SIDE = 64


def compare(
  runs: Sequence[str],
  out: str,
  name: str,
  data_dir: str | None = None,
  cache_dir: str | None = None,
) -> None:
  """Writes the table and the sheet; says where.

  Args:
    runs: Folders of finished LAPGAN runs, on the same images.
    out: Folder to write into.
    name: Of the files.
    data_dir: Folder of prepared datasets.
    cache_dir: Folder of decoded images.

  Raises:
    UserError: If a run is missing, unfinished or no LAPGAN.
  """
  target = description.output_folder(out)
  described = [description.finished(RunDir(run)) for run in runs]
  for run, (_, config, _) in zip(runs, described, strict=True):
    if not isinstance(config.model, LAPGANConfig):
      raise errors.UserError(
        f"{run} holds no LAPGAN. Name runs of LapCVAE in --paper or "
        "--rate_distortion."
      )
  first = described[0][1].data
  for run, (_, config, _) in zip(runs, described, strict=True):
    if config.data != first:
      raise errors.UserError(
        f"{run} is of other images than {runs[0]}: {config.data} and {first}. "
        "Compare runs of the same images."
      )
  data = datasets.load(first, data_dir, cache_dir)
  entries, rows = [_real_images(data)], {}
  for run, (preset, config, metrics) in zip(runs, described, strict=True):
    logging.info("%s.", run)
    entry = describe(preset, config, metrics)
    model = trained_run.load(run).model
    if config.model.num_classes:
      entry["class_nearness"] = class_nearness(model, data)
    entries.append(entry)
    samples = lapgan_samples.draw(model, 3 * _SHOWN, seed=2)
    name_of_run = RunDir(run).path.name
    label = f"{entry['model']}\n{name_of_run}\nSWD {entry['swd_mean']:.1f}"
    rows[label] = grids.by_columns(samples, 3, _SIDE)
  table = target / f"{name}.json"
  whole_files.write_json(table, entries)
  print(f"Wrote {table}")
  print(markdown(entries))
  sheet = target / f"{name}_samples.png"
  charts.labelled_rows(sheet, rows, "Samples, unselected")
  print(f"Wrote {sheet}")


def describe(
  preset: str, config: Any, metrics: dict[str, Any]
) -> dict[str, Any]:
  """One run as a row: what it is, what it measured, what made it."""
  levels = [
    metrics["levels"][f"level_{k}"] for k in range(config.model.num_levels)
  ]

  def of_levels(tag):
    return [
      None if level.get(tag) is None else round(level[tag], 2)
      for level in levels
    ]

  return {
    "model": _model_name(config.model),
    "swd_mean": round(metrics["swd_mean"], 2),
    "swd_per_level": _rounded(metrics["swd_per_scale"]),
    "train_seconds": round(metrics["seconds"]),
    "images_per_second_per_level": of_levels("images_per_second"),
    "parameters": metrics["parameters"],
    "steps_per_level": [level["steps"] for level in levels],
    "own_swd_per_level": of_levels("swd"),
    "own_swd_zero_band_per_level": of_levels("swd_zero_band"),
    "l2_heuristic_per_level": of_levels("l2_heuristic"),
    "l2_zero_band_per_level": of_levels("l2_zero_band"),
    "images": metrics["test_images"],
    "command": description.command(preset, config),
  }


def class_nearness(
  model: LAPGAN, data: datasets.ImageData, per_class: int = 500
) -> dict[str, Any]:
  """SWD of each class's samples to the test images of that and other classes.

  Args:
    model: A class-conditional cascade.
    data: With labels.
    per_class: Samples, and at most as many test images, of a class.
  """
  images = data.test.images()
  classes = range(model.config.num_classes)
  real = [images[data.test.labels == c][:per_class] for c in classes]
  generated = [
    lapgan_samples.draw(model, per_class, seed=3, labels=[c]) for c in classes
  ]
  distances = sliced_wasserstein.between_sets(real, generated)
  own = np.diag(distances)
  others = (distances.sum(0) - own) / (len(own) - 1)
  return {
    "own_class": round(float(own.mean()), 2),
    "other_classes": round(float(others.mean()), 2),
    "nearer_to_own": int(np.sum(own < others)),
    "classes": len(own),
  }


def markdown(entries: Sequence[dict[str, Any]]) -> str:
  """The runs as a Markdown table; the ratio is to the one-level GAN, if any."""
  baseline = [e["swd_mean"] for e in entries if e["model"].startswith("GAN")]
  lines = [
    "| model | SWD | ratio | by scale, finest first | training | images/s by "
    "level | parameters |",
    "|---|---|---|---|---|---|---|",
  ]
  for entry in entries:
    ratio = "" if not baseline else f"{entry['swd_mean'] / baseline[0]:.2f}"
    seconds = entry["train_seconds"]
    rates = entry["images_per_second_per_level"] or []
    cells = [
      entry["model"],
      f"{entry['swd_mean']:.1f}",
      ratio,
      ", ".join(f"{value:.1f}" for value in entry["swd_per_level"].values()),
      "" if seconds is None else f"{seconds / 60:.0f} min",
      ", ".join("?" if rate is None else f"{rate:.0f}" for rate in rates),
      "" if not entry["parameters"] else f"{entry['parameters'] / 1e6:.2f} M",
    ]
    lines.append(f"| {' | '.join(cells)} |")
  return "\n".join(lines)


def _real_images(data):
  """Training images against test images: what a perfect model would score."""
  count = min(5000, data.test.num_images, data.train.num_images)
  swd = sliced_wasserstein.figures(
    data.test.images(0, count), data.train.images(0, count)
  )
  return {
    "model": "real training images",
    "swd_mean": round(swd["swd_mean"], 2),
    "swd_per_level": _rounded(swd["swd_per_scale"]),
    "train_seconds": None,
    "images_per_second_per_level": None,
    "parameters": None,
    "images": count,
    "command": None,
  }


def _model_name(model):
  if model.num_levels == 1:
    name = "GAN"
  else:
    name = "LAPGAN"
  return f"class-conditional {name}" if model.num_classes else name


def _rounded(values):
  return {key: round(value, 2) for key, value in values.items()}
