"""Finished runs of LAPGAN as one table and one sheet of samples."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from absl import logging

from experiments.config.requests.compare import ComparisonRequest
from experiments.data import datasets
from experiments.evaluation import compared_runs
from experiments.evaluation.compared_runs import ComparedRun
from experiments.measures import sliced_wasserstein
from experiments.pictures import charts, grids, tables
from experiments.runs import description, trained_run
from experiments.runs.trained_run import TrainedRun
from experiments.system import outputs, whole_files

_ROWS, _COLUMNS = 3, 20
_SIDE = 64
_SEED = 2

# Samples of every class, and at most as many test images.
_PER_CLASS = 500

# Training images compared with test images, at most.
_REAL = 5000


def compare(
  request: ComparisonRequest,
  data_dir: str | None = None,
  cache_dir: str | None = None,
) -> None:
  """Writes the table and the sheet, and says where.

  Everything is checked and drawn before the first file is written.

  Args:
    request: The runs, and where to write.
    data_dir: The folder of prepared datasets.
    cache_dir: The folder of decoded images.

  Raises:
    UserError: If a run is missing, unfinished, damaged, of a LapCVAE or of
      other images than the first.
  """
  target = outputs.folder(request.out)
  runs = compared_runs.read(request.swd, has_encoder=False)
  data = datasets.load(runs[0].config.data, data_dir, cache_dir)
  entries, rows = [_real_images(data)], {}
  for run in runs:
    logging.info("%s.", run.run_dir.path)
    entry = describe(run)
    loaded = trained_run.load(run.run_dir.path)
    if run.config.model.num_classes:
      entry["class_nearness"] = class_nearness(loaded, data)
    entries.append(entry)
    samples = loaded.draw(_ROWS * _COLUMNS, _SEED)[0]
    label = f"{run.model}\n{run.name}\nSWD {entry['swd_mean']:.1f}"
    rows[label] = grids.by_columns(samples, _ROWS, _SIDE)
  title = (
    f"Samples, seed {_SEED}, unselected\n{description.dataset(runs[0].config)}"
  )
  table = target / f"{request.name}.json"
  sheet = target / f"{request.name}_samples.png"
  with outputs.explained(target):
    whole_files.write_json(table, entries)
    print(f"Wrote {table}")
    print(markdown(entries))
    charts.labelled_rows(sheet, rows, title)
    print(f"Wrote {sheet}")


def describe(run: ComparedRun) -> dict[str, Any]:
  """Returns a run as a row: what it is, what it measured, what made it."""
  config, metrics = run.config, run.metrics
  levels = [
    metrics["levels"][f"level_{k}"] for k in range(config.model.num_levels)
  ]

  def by_level(tag: str) -> list[float | None]:
    return [
      None if level.get(tag) is None else round(level[tag], 2)
      for level in levels
    ]

  return {
    "model": run.model,
    "swd_mean": round(metrics["swd_mean"], 2),
    "swd_per_level": _rounded(metrics["swd_per_scale"]),
    "train_seconds": round(metrics["seconds"]),
    "images_per_second_per_level": by_level("images_per_second"),
    "parameters": metrics["parameters"],
    "steps_per_level": [level["steps"] for level in levels],
    "own_swd_per_level": by_level("swd"),
    "own_swd_zero_band_per_level": by_level("swd_zero_band"),
    "l2_heuristic_per_level": by_level("l2_heuristic"),
    "l2_zero_band_per_level": by_level("l2_zero_band"),
    "images": metrics["test_images"],
    "command": description.command(run.preset, config, run.run_dir),
  }


def class_nearness(run: TrainedRun, data: datasets.ImageData) -> dict[str, Any]:
  """Compares each class's samples with test images of that and other classes.

  Args:
    run: A run of a class-conditional model.
    data: Its images, with labels.

  Returns:
    The mean SWD to the own class and to other classes, and how many of the
    classes are nearer to their own.
  """
  test = data.test.images()
  real, generated = [], []
  for number, name in enumerate(run.class_names):
    real.append(test[data.test.labels == number][:_PER_CLASS])
    generated.append(run.draw(_PER_CLASS, seed=3, labels=(name,))[0])
  distances = sliced_wasserstein.between_sets(real, generated)
  own = np.diag(distances)
  others = (distances.sum(0) - own) / (len(own) - 1)
  return {
    "own_class": round(float(own.mean()), 2),
    "other_classes": round(float(others.mean()), 2),
    "nearer_to_own": int(np.sum(own < others)),
    "classes": len(own),
  }


def markdown(entries: Sequence[Mapping[str, Any]]) -> str:
  """Returns the runs as a Markdown table.

  The ratio is to the one-level GAN, if there is one.
  """
  baseline = [e["swd_mean"] for e in entries if e["model"] == "GAN"]
  rows = []
  for entry in entries:
    rates = entry["images_per_second_per_level"] or []
    seconds, parameters = entry["train_seconds"], entry["parameters"]
    rows.append(
      (
        entry["model"],
        tables.number(entry["swd_mean"], 1),
        tables.number(entry["swd_mean"] / baseline[0], 2) if baseline else "",
        ", ".join(f"{value:.1f}" for value in entry["swd_per_level"].values()),
        tables.number(seconds and seconds / 60, 0, " min"),
        ", ".join("?" if rate is None else f"{rate:.0f}" for rate in rates),
        tables.number(parameters and parameters / 1e6, 2, " M"),
      )
    )
  return tables.markdown(
    (
      *("model", "SWD", "ratio", "by scale, finest first"),
      *("training", "images/s by level", "parameters"),
    ),
    rows,
  )


def _real_images(data: datasets.ImageData) -> dict[str, Any]:
  """Measures training images: what a perfect model would score."""
  train = data.train.photographs(min(_REAL, data.test.num_images))
  swd = sliced_wasserstein.figures(
    data.test.images(0, train.num_images), train.images()
  )
  return {
    "model": "real training images",
    "swd_mean": round(swd["swd_mean"], 2),
    "swd_per_level": _rounded(swd["swd_per_scale"]),
    "train_seconds": None,
    "images_per_second_per_level": None,
    "parameters": None,
    "images": train.num_images,
    "command": None,
  }


def _rounded(values: Mapping[str, float]) -> dict[str, float]:
  return {key: round(value, 2) for key, value in values.items()}
