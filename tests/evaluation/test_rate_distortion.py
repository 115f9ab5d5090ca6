"""Rows, charts and sheets that compare finished runs of LapCVAEs."""

import dataclasses
import json
import shlex

import numpy as np
import pytest
from PIL import Image
from support import small_runs

from experiments.config import overrides, presets
from experiments.evaluation import rate_distortion
from experiments.pictures import charts
from experiments.runs import trained_run
from experiments.system import errors

_KEYS = (
  *("model", "comparison", "weights", "rmse_mean", "rmse_std", "kl_nats"),
  *("kl_nats_per_level", "active_dimensions_per_level", "parameters"),
  *("images_per_second", "steps", "batch_size", "command"),
)


@pytest.fixture
def run(lapcvae_run, monkeypatch):
  """A finished run, and a preset of its name that differs from it."""
  base = lapcvae_run.with_training(steps=9)
  data = dataclasses.replace(base.data, name="faces")
  base = dataclasses.replace(base, data=data)
  monkeypatch.setitem(presets.PRESETS, "tiny", lambda: base)
  return lapcvae_run


def test_a_row_tells_what_ran_and_what_it_measured(run):
  """Its command, read by a shell, makes the very configuration."""
  path = str(run.run_dir.path)
  entry = rate_distortion.describe(path, "paper")
  assert tuple(entry) == _KEYS
  metrics = run.run_dir.read_metrics()
  assert entry["rmse_mean"] == pytest.approx(metrics["rmse"], abs=5e-4)
  assert entry["parameters"] == trained_run.load(path).model.count_params()
  assert (entry["steps"], entry["batch_size"]) == (4, 8)
  for key in ("weights", "kl_nats_per_level", "active_dimensions_per_level"):
    assert len(entry[key]) == 2
  _, _, module, preset, *options, last = shlex.split(entry["command"])
  assert (module, preset) == ("experiments.train", "--config=tiny")
  assert last == "--run_dir=RUN"
  assert all(option.startswith("--set=") for option in options)
  changes = [option.removeprefix("--set=") for option in options]
  assert "data.name=folder:pictures" in changes
  found = overrides.apply_overrides(
    presets.PRESETS["tiny"](), [*changes, f"data.name={run.config.data.name}"]
  )
  assert found == run.config


def test_a_comparison_shows_every_run(run, tmp_path, monkeypatch):
  """A table, a chart and a sheet; runs of the same model get own rows."""
  drawn, draw = [], charts.labelled_rows

  def record(path, rows, title, *more, **options):
    drawn.extend(rows)
    draw(path, rows, title, *more, **options)

  monkeypatch.setattr(charts, "labelled_rows", record)
  path = str(run.run_dir.path)
  cache = str(run.folder / "cache")
  rate_distortion.compare(
    [path, path], [path], str(tmp_path), "c", cache_dir=cache
  )
  entries = json.loads((tmp_path / "c.json").read_text())
  kinds = [entry["comparison"] for entry in entries]
  assert kinds == ["paper", "paper", "rate_distortion"]
  assert entries[0] == rate_distortion.describe(path, "paper")
  assert len(drawn) == 5 and drawn[0] == "input"
  for name in ("c_rate_distortion.png", "c_faces.png"):
    with Image.open(tmp_path / name) as picture:
      pixels = np.asarray(picture.convert("L"))
    assert min(pixels.shape) > 100 and len(np.unique(pixels)) > 50


def test_only_finished_trainings_are_compared(tiny_config, run, tmp_path):
  """A run without figures is named, with the way to finish it."""
  begun = small_runs.write_run(tmp_path / "run", tiny_config(), run.config.data)
  with pytest.raises(errors.UserError, match="metrics.json.*--resume"):
    rate_distortion.describe(begun, "paper")
  with pytest.raises(errors.UserError, match="nothing holds no run"):
    rate_distortion.describe(str(tmp_path / "nothing"), "paper")
  with pytest.raises(errors.UserError, match="--paper"):
    rate_distortion.compare([], [], str(tmp_path / "out"), "name")
