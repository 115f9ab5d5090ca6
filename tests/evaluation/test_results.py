"""The numbers on the pages are the numbers measured."""

import json
import pathlib

import pytest

from experiments.evaluation import (
  eyewear_edits,
  rate_distortion,
  score_tables,
  swd_table,
)
from experiments.performance import throughput, worker_costs

_ROOT = pathlib.Path(__file__).resolve().parents[2]
_FOLDER = _ROOT / "experiments/results"
_PAGES = "".join(
  path.read_text(encoding="utf-8")
  for path in sorted([_ROOT / "README.md", *(_ROOT / "docs").glob("*.md")])
)

# What makes a table of the results whose names begin like that.
_TABLES = {
  "lapcvae_": rate_distortion,
  "lapgan_": swd_table,
  "evaluation_": score_tables,
  "sunglasses": eyewear_edits,
  "benchmark": throughput,
  "scaling": worker_costs,
}
_RESULTS = [
  (path.stem, prefix)
  for prefix in _TABLES
  for path in sorted(_FOLDER.glob(f"{prefix}*.json"))
]


def _read(name):
  return json.loads((_FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def test_every_kind_of_result_is_there():
  """A moved folder would leave the other tests without a case."""
  assert {prefix for _, prefix in _RESULTS} == set(_TABLES)


@pytest.mark.parametrize("name, prefix", _RESULTS)
def test_pages_show_the_committed_table(name, prefix):
  """Row for row and digit for digit, as the command printed it."""
  assert _TABLES[prefix].markdown(_read(name)) in _PAGES


def test_the_units_of_the_papers_lambdas_are_shown_as_measured():
  """The page's columns are factor, weights, M, RMSE, nats and nats by level."""
  for entry in _read("reconstruction_units"):
    weights = ", ".join(f"{weight:g}" for weight in entry["weights"])
    by_level = ", ".join(f"{nats:.0f}" for nats in entry["kl_nats_per_level"])
    rmse = f"{entry['rmse_mean']:.2f} +- {entry['rmse_std']:.2f}"
    prior = "without" if "without M" in entry["model"] else "with"
    row = f"{entry['factor']:g} | {weights} | {prior} | {rmse}"
    assert f"| {row} | {entry['kl_nats']:.0f} | {by_level} |" in _PAGES


@pytest.mark.parametrize(
  "name",
  [
    *(name for name, prefix in _RESULTS if prefix.endswith("_")),
    "reconstruction_units",
  ],
)
def test_rows_have_their_command_and_add_up(name):
  """KL is a sum over levels, a distance a mean over scales."""
  for entry in _read(name):
    if entry["model"] != "real training images":
      command = "python -m experiments.train --config="
      assert entry["command"].startswith(command)
    if "kl_nats" in entry:
      by_level = entry["kl_nats_per_level"]
      assert abs(sum(by_level) - entry["kl_nats"]) < 0.1
      assert len(entry["weights"]) == len(by_level)
    if "swd_per_level" in entry:
      scales = entry["swd_per_level"].values()
      assert abs(sum(scales) / len(scales) - entry["swd_mean"]) < 0.02


def test_pages_have_every_number_of_the_papers_tables():
  """Table 1 of both, as the commands have it."""
  for paper in (score_tables.PAPER_RMSE, score_tables.PAPER_PARZEN):
    for value in paper.values():
      assert f"| {value} |" in _PAGES


def test_pages_count_the_faults_that_were_survived():
  """As the suite recorded them; what is lost is said of each."""
  rows = _read("faults")
  tried, survived = (sum(r[key] for r in rows) for key in ("tried", "survived"))
  assert all(row["fault"] and row["lost"] for row in rows)
  kinds = len({row["fault"] for row in rows})
  assert f"{tried} faults of {kinds} kinds, {survived} survived" in _PAGES


def test_partial_samples_are_shown_as_measured():
  """The page's columns are drift and distance, each from 32, 16 and 8 px."""
  rows = _read("partial_samples")
  assert [row["base_px"] for row in rows] == [32, 16, 8] * (len(rows) // 3)
  for first in range(0, len(rows), 3):
    three = rows[first : first + 3]
    assert len({row["model"] for row in three}) == 1
    drift = [f"{row['drift_from_base']:.1f}" for row in three]
    distance = [f"{row['swd_64']:.1f}" for row in three]
    assert " | ".join([three[0]["model"], *drift, *distance]) in _PAGES


def test_the_papers_sgd_is_told_as_far_as_it_went():
  """Epochs, and how far the level came from its first to its last score."""
  run, words = _read("sgd_cifar10"), " ".join(_PAGES.split())
  first, last, epochs = run["points"][0], run["points"][-1], run["epochs"]
  assert epochs == pytest.approx(run["steps"] / run["steps_per_epoch"], 0.01)
  assert f"px, {epochs:.0f} were run" in words
  for field, digits in (("swd", 1), ("l2_heuristic", 2)):
    came = f"went from {first[field]:.{digits}f} to {last[field]:.{digits}f}"
    assert came in words


def test_every_committed_figure_is_on_a_page():
  """Or beside the results with its command."""
  figures = (_FOLDER / "figures.md").read_text(encoding="utf-8")
  pictures = list(_FOLDER.glob("*.png"))
  assert pictures
  for path in pictures:
    on_page = f"experiments/results/{path.name})" in _PAGES
    assert on_page or f"]({path.name})" in figures, path.name
  for section in figures.split("\n## ")[1:]:
    assert "python -m experiments." in section and "![" in section, section
