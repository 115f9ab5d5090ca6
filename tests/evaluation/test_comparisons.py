"""Finished runs side by side, refused before a file is written."""

import json
import pathlib
import shutil

import numpy as np
import pytest
from PIL import Image

from experiments.config import presets, run_config, stored_json
from experiments.config.requests.compare import ComparisonRequest
from experiments.evaluation import rate_distortion, swd_table
from experiments.pictures import charts
from experiments.system import errors
from experiments.training.run_dir import RunDir

_LEVEL = {"kl": 3.0, "active_dimensions": 2}
_METRICS = {
  **{"rmse": 20.0, "rmse_std": 2.0, "kl": 6.0, "test_images": 12},
  **{"images_per_second": 9.0, "parameters": 5_000_000, "seconds": 7.0},
  "levels": {"level_0": _LEVEL, "level_1": _LEVEL},
}


def _config(run):
  return run_config.read(RunDir(run).read_config()[1])


@pytest.fixture
def finished(tiny_runs, tmp_path, monkeypatch):
  """`finished(family, name, **metrics)`: the folder of a copied run.

  The tiny runs get a preset, so that a command makes them, and the one that was
  not trained gets the figures of a training.
  """

  def copy(family, name, **metrics):
    run = getattr(tiny_runs, family)
    path = shutil.copytree(run, tmp_path / name)
    monkeypatch.setitem(presets.PRESETS, "tiny", lambda: _config(run))
    if family == "cvae":
      (path / "metrics.json").write_text(json.dumps(_METRICS | metrics))
      (path / "status.json").write_text('{"finished": true}')
    return str(path)

  return copy


@pytest.fixture
def compare(tiny_runs, tmp_path, monkeypatch):
  """`compare(**lists)`: entries, rows of the sheet and its title."""
  sheets, draw = [], charts.labelled_rows

  def record(path, rows, title):
    sheets.append((rows, title))
    draw(path, rows, title)

  monkeypatch.setattr(charts, "labelled_rows", record)

  def call(**lists):
    request = ComparisonRequest(out=str(tmp_path / "out"), name="c", **lists)
    module = swd_table if request.swd else rate_distortion
    module.compare(request, cache_dir=tiny_runs.cache)
    entries = json.loads((tmp_path / "out" / "c.json").read_text())
    return entries, *sheets[-1]

  return call


def test_runs_of_lapcvae_have_a_table_a_chart_and_a_sheet(
  finished, compare, tmp_path, capsys
):
  """Runs of one model and one folder name are told apart by their paths."""
  runs = finished("cvae", "one/run"), finished("cvae", "two/run", rmse=10.0)
  entries, rows, title = compare(paper=runs, rate_distortion=runs[:1])
  kinds = [entry["comparison"] for entry in entries]
  assert kinds == ["paper", "paper", "rate_distortion"]
  assert {entry["model"] for entry in entries} == {"LapCVAE, open loop"}
  labels = [
    f"LapCVAE\nopen loop\n{name}\n{what}"
    for what in ("reconstruction", "samples")
    for name in ("one/run", "two/run")
  ]
  assert list(rows) == ["input", *labels] and "seed 0" in title
  said = capsys.readouterr().out
  assert "| LapCVAE, open loop | 4, 9 | 10.00 +- 2.00 | 0.500 | 6 |" in said
  for name in ("c_rate_distortion.png", "c_faces.png"):
    assert name in said
    with Image.open(tmp_path / "out" / name) as picture:
      pixels = np.asarray(picture.convert("L"))
    assert min(pixels.shape) > 100 and len(np.unique(pixels)) > 50


def test_images_that_may_not_be_passed_on_stay_out(finished, compare):
  """Only samples are drawn, and no dataset is read."""
  run = finished("cvae", "run")
  _, rows, title = compare(paper=(run,), show_inputs=False)
  assert [label.split("\n")[-1] for label in rows] == ["samples"]
  assert "Test images" not in title


def test_runs_of_lapgan_have_a_table_and_a_sheet(finished, compare, capsys):
  """Below what training images themselves would score."""
  runs = finished("gan", "one"), finished("gan", "two")
  entries, rows, title = compare(swd=runs)
  models = [entry["model"] for entry in entries]
  assert models == ["real training images", "LAPGAN", "LAPGAN"]
  distance = f"SWD {entries[1]['swd_mean']:.1f}"
  assert list(rows) == [f"LAPGAN\n{n}\n{distance}" for n in ("one", "two")]
  assert f"| LAPGAN | {entries[1]['swd_mean']:.1f} |  |" in (
    capsys.readouterr().out
  )
  assert "seed" in title


def _of_another_size(run):
  path = pathlib.Path(run) / "config.json"
  config = stored_json.to_json(_config(run).resized(32))
  path.write_text(json.dumps({"preset": "tiny", "config": config}))
  return "data.size=32"


def _of_fewer_images(run):
  path = pathlib.Path(run) / "config.json"
  stored = json.loads(path.read_text())
  stored["config"]["data"]["test_limit"] = 7
  path.write_text(json.dumps(stored))
  return "data.test_limit=7"


def _unfinished(run):
  (pathlib.Path(run) / "metrics.json").unlink()
  return "other.*--resume"


def _missing(run):
  shutil.rmtree(run)
  return "other holds no run"


def _without_weights(run):
  for path in pathlib.Path(run).rglob("checkpoints/*"):
    path.write_text("")
  return "other"


@pytest.mark.parametrize(
  "harm",
  [
    _of_another_size,
    _of_fewer_images,
    _unfinished,
    _missing,
    _without_weights,
  ],
)
@pytest.mark.parametrize("family, flag", [("cvae", "paper"), ("gan", "swd")])
def test_a_run_that_does_not_fit_is_named_before_anything_is_written(
  finished, compare, tmp_path, family, flag, harm
):
  """Whatever ails it, and in runs of both families."""
  runs = finished(family, "first"), finished(family, "other")
  reason = harm(runs[1])
  with pytest.raises(errors.UserError, match=reason):
    compare(**{flag: runs})
  assert not list((tmp_path / "out").iterdir())


@pytest.mark.parametrize(
  "family, flag, right", [("cvae", "swd", "paper"), ("gan", "paper", "swd")]
)
def test_a_run_of_the_other_family_is_sent_to_its_flag(
  finished, compare, family, flag, right
):
  """Its family is named."""
  name = {"cvae": "LapCVAE", "gan": "LAPGAN"}[family]
  with pytest.raises(errors.UserError, match=f"run holds a {name}.*--{right}"):
    compare(**{flag: (finished(family, "run"),)})


@pytest.mark.parametrize(
  "lists",
  [
    {},
    {"swd": ("a",), "paper": ("b",)},
    {"swd": ("a", "b")} | {"rate_distortion": ("c",)},
  ],
)
def test_a_request_is_of_runs_of_one_family(lists):
  """Refused before TensorFlow is loaded."""
  with pytest.raises(errors.UserError, match="--swd.*--paper|--paper.*--swd"):
    ComparisonRequest(out="out", name="c", **lists)


def test_inputs_are_left_out_of_a_sheet_that_is_drawn():
  """Runs of LAPGAN have no such sheet, nor has the chart."""
  for field in ("swd", "rate_distortion"):
    lists = {field: ("a",), "show_inputs": False}
    with pytest.raises(errors.UserError, match="--noshow_inputs.*--paper"):
      ComparisonRequest(out="out", name="c", **lists)
