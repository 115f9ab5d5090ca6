"""The numbers shown are the numbers measured."""

import json
import pathlib

import pytest

from experiments.evaluation import (
  eyewear_edits,
  rate_distortion,
  scores,
  swd_table,
)
from experiments.performance import throughput, worker_costs

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = "".join(
  path.read_text(encoding="utf-8")
  for path in sorted((ROOT / "docs").glob("*.md"))
)
RESULTS = sorted((ROOT / "experiments/results").glob("lapcvae_*.json"))
GAN_RESULTS = sorted((ROOT / "experiments/results").glob("lapgan_*.json"))
EVALUATIONS = sorted((ROOT / "experiments/results").glob("evaluation_*.json"))


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_pages_show_the_committed_table(path):
  """Row for row and digit for digit."""
  entries = json.loads(path.read_text(encoding="utf-8"))
  assert rate_distortion.markdown(entries) in PAGES


@pytest.mark.parametrize("path", GAN_RESULTS, ids=lambda path: path.stem)
def test_pages_show_the_committed_table_of_lapgans(path):
  """Row for row and digit for digit."""
  entries = json.loads(path.read_text(encoding="utf-8"))
  assert swd_table.markdown(entries) in PAGES


@pytest.mark.parametrize("path", GAN_RESULTS, ids=lambda path: path.stem)
def test_mean_distances_are_those_of_their_scales(path):
  """And every trained row has the command that made it."""
  for entry in json.loads(path.read_text(encoding="utf-8")):
    scales = entry["swd_per_level"].values()
    assert abs(sum(scales) / len(scales) - entry["swd_mean"]) < 0.02
    if entry["parameters"]:
      assert entry["command"].startswith(
        "python -m experiments.train --config="
      )


@pytest.mark.parametrize("path", EVALUATIONS, ids=lambda path: path.stem)
def test_pages_show_the_committed_evaluations(path):
  """Row for row and digit for digit; every row has its command."""
  entries = json.loads(path.read_text(encoding="utf-8"))
  assert scores.markdown(entries) in PAGES
  for entry in entries:
    assert entry["command"].startswith("python -m experiments.train --config=")


def test_there_are_results():
  """A moved folder would leave the tests above without a case."""
  assert RESULTS and GAN_RESULTS and EVALUATIONS


@pytest.mark.parametrize("path", RESULTS, ids=lambda path: path.stem)
def test_rows_add_up(path):
  """The total KL is that of the levels; weights are one per level."""
  for entry in json.loads(path.read_text(encoding="utf-8")):
    total = sum(entry["kl_nats_per_level"])
    assert abs(total - entry["kl_nats"]) < 0.1
    assert len(entry["weights"]) == len(entry["kl_nats_per_level"])
    assert entry["command"].startswith("python -m experiments.train --config=")


def test_pages_show_the_measured_edit():
  """Method for method."""
  path = ROOT / "experiments/results/sunglasses.json"
  report = json.loads(path.read_text(encoding="utf-8"))
  assert eyewear_edits.markdown(report) in PAGES


@pytest.mark.parametrize(
  "name, module", [("benchmark", throughput), ("scaling", worker_costs)]
)
def test_pages_show_the_measured_speed(name, module):
  """The tables that the commands printed."""
  path = ROOT / f"experiments/results/{name}.json"
  report = json.loads(path.read_text(encoding="utf-8"))
  assert module.markdown(report) in PAGES


def test_pages_have_every_number_of_the_papers_tables():
  """Table 1 of both, as the commands have it."""
  for found in (scores.PAPER_RMSE, scores.PAPER_PARZEN):
    for value in found.values():
      assert f"| {value} |" in PAGES


def test_pages_count_the_faults_that_were_survived():
  """As the suite recorded them; what is lost is said of each."""
  path = ROOT / "experiments/results/faults.json"
  rows = json.loads(path.read_text(encoding="utf-8"))
  tried, survived = (sum(r[key] for r in rows) for key in ("tried", "survived"))
  assert all(row["fault"] and row["lost"] for row in rows)
  kinds = len({row["fault"] for row in rows})
  assert f"{tried} faults of {kinds} kinds, {survived} survived" in PAGES


def test_every_committed_figure_is_shown():
  """On a page, or beside the results with its command."""
  folder = ROOT / "experiments/results"
  figures = (folder / "figures.md").read_text(encoding="utf-8")
  pictures = list(folder.glob("*.png"))
  assert pictures
  for path in pictures:
    shown = f"](../experiments/results/{path.name})" in PAGES
    assert shown or f"]({path.name})" in figures, path.name
  for section in figures.split("\n## ")[1:]:
    assert "python -m experiments." in section and "![" in section, section
