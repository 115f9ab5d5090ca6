"""Every figure of both papers, drawn from runs of tiny models."""

import functools
import pathlib
import shutil
import types

import numpy as np
import pytest
from PIL import Image

from experiments.config.requests.edit import EditRequest
from experiments.config.requests.figures import FIGURES, FigureRequest
from experiments.data import datasets
from experiments.data.batches import Split
from experiments.paper_figures import (
  figure_files,
  lapcvae_rows,
  lapgan_rows,
)
from experiments.pictures import charts
from experiments.runs import trained_run
from experiments.system import errors

_COUNT = 3

# Images of 16 pixels: six times as large in LapCVAE's figures, four times in
# LAPGAN's, with two pixels around each.
_LARGE, _SMALL = 98, 66


@pytest.fixture(scope="module", autouse=True)
def loaded_once():
  """Every figure loads its runs; here all share them."""
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(trained_run, "load", functools.cache(trained_run.load))
    yield


@pytest.fixture
def draw(tiny_runs, tmp_path, monkeypatch):
  """`draw(figure, *runs)`: its rows, or curves, and title, and writes it."""
  noted = []
  for name in ("labelled_rows", "curves"):
    original = getattr(charts, name)

    def record(path, rows, title, cells=None, original=original):
      noted.append((rows, title))
      original(path, rows, title, *([cells] if cells else []))

    monkeypatch.setattr(charts, name, record)

  def make(figure, *runs, seed=0, **edit):
    runs = [getattr(tiny_runs, run, run) for run in runs]
    out = tmp_path / "figures" / f"{figure}.png"
    figure_files.draw(
      runs,
      FigureRequest(figure=figure, count=_COUNT, seed=seed),
      EditRequest(onto="reconstruction", **edit),
      str(out),
      cache_dir=tiny_runs.cache,
    )
    with Image.open(out) as picture:
      assert min(picture.size) > 100 and picture.size[0] > 3 * _LARGE
    return noted[-1]

  return make


@pytest.fixture
def twin(tiny_runs, tmp_path):
  """`twin(family)`: a copy of a run in a folder of the same name."""

  def copy(family):
    return str(shutil.copytree(getattr(tiny_runs, family), tmp_path / family))

  return copy


def _shape(rows, columns, tile):
  return (rows * tile + 2, columns * tile + 2, 3)


_SUPPLEMENT = [f"gan\nseed {i}" for i in range(4)]
_GIVEN = ["test images", "given, 8 px", "drawn for 8 px"]
_CHAIN = ["gan\nsamples", "gan\nlevel 1, 8 px", "gan\nlevel 0, 16 px"]


@pytest.mark.parametrize(
  "figure, run, labels, shape",
  [
    ("lapcvae_4", "cvae", ["input", "cvae"], (1, _COUNT, _LARGE)),
    ("lapcvae_5", "cvae", ["cvae"], (3, _COUNT, _LARGE)),
    ("lapcvae_8", "cvae", ["level 1 fixed"], (1, _COUNT + 2, _LARGE)),
    ("given", "cvae", _GIVEN, (1, _COUNT, _LARGE)),
    ("given", "gan", _GIVEN, (1, _COUNT, _LARGE)),
    ("lapgan_4", "gan", _CHAIN, (1, _COUNT, _SMALL)),
    ("lapgan_5", "gan", ["gan\nPICTURES"], (4, _COUNT, _SMALL)),
    ("lapgan_supp", "gan", _SUPPLEMENT, (1, _COUNT + 1, _SMALL)),
  ],
)
def test_a_figure_has_its_rows(draw, tiny_runs, figure, run, labels, shape):
  """Each has as many images as asked; the title names the run and the seed."""
  rows, title = draw(figure, run)
  labels = [label.replace("PICTURES", tiny_runs.name) for label in labels]
  assert list(rows) == labels
  shapes = [row.shape for row in rows.values()]
  if figure == "lapgan_4":
    assert shapes.pop(0) == _shape(3, *shape[1:])
  assert set(shapes) == {_shape(*shape)}
  assert title.endswith(f"\n{run} (tiny), seed 0")


def test_retraining_is_shown_before_and_after(draw, tiny_runs, twin):
  """Figure 7 of LapCVAE; runs of one name are told apart by their paths."""
  rows, _ = draw("lapcvae_7", "cvae", twin("cvae"))
  before, after = (label.split("\n") for label in rows)
  assert before[0] == "before" and after[0] == "after retraining M"
  assert before[1] != after[1] and before[1].endswith("/cvae")
  np.testing.assert_array_equal(*rows.values())


def test_reconstructions_are_of_test_images(draw, tiny_runs):
  """Figure 4 of LapCVAE shows the images themselves above."""
  rows, _ = draw("lapcvae_4", "cvae")
  config = trained_run.load(tiny_runs.cvae).config.data
  data = datasets.load(config, cache_dir=tiny_runs.cache)
  inputs = rows["input"][2::6][:16]
  for i, image in enumerate(data.test.images(0, _COUNT)):
    tile = inputs[:, 2 + _LARGE * i :: 6][:, :16]
    np.testing.assert_array_equal(tile, image)


def test_neighbours_stand_under_their_samples(tiny_runs):
  """Figure 6 of LapCVAE: nearest first, each below its distance."""
  run = trained_run.load(tiny_runs.cvae)
  data = datasets.load(run.config.data, cache_dir=tiny_runs.cache)
  figure = lapcvae_rows.nearest_neighbours({"a": run}, data, _COUNT, 0)
  names = [label.partition("\n")[0] for label in figure.rows]
  assert names == ["sample", "neighbour 1", "neighbour 2", "neighbour 3"]
  shapes = {row.shape for row in figure.rows.values()}
  assert shapes == {_shape(1, _COUNT, _LARGE)}
  distances = np.array([*figure.cells.values()], float)
  assert distances.shape == (3, _COUNT) and distances.min() > 0
  assert np.all(np.diff(distances, axis=0) >= 0)


def test_samples_end_with_their_neighbour_in_yellow(draw):
  """Figure 3 of LAPGAN, without classes."""
  rows, _ = draw("lapgan_3", "gan")
  [(label, row)] = rows.items()
  assert label == "gan"
  assert row.shape == (3 * 68, (_COUNT + 1) * _SMALL + 2, 3)
  last = row[2:66, _COUNT * _SMALL + 2 :][:, :64]
  yellow = np.all(last == (255, 215, 0), axis=-1)
  assert yellow[:8].all() and yellow[:, -8:].all()
  assert not yellow[8:-8, 8:-8].any()


def test_every_class_has_a_row():
  """Figure 3 of LAPGAN, with classes: samples of each, by its name."""
  asked = []

  def drawn(count, seed, labels):
    asked.append((count, seed, labels))
    return [np.full((count, 8, 8, 3), 100, np.uint8)]

  run = types.SimpleNamespace(
    draw=drawn,
    class_names=("cat", "dog"),
    config=types.SimpleNamespace(model=types.SimpleNamespace(num_classes=2)),
  )
  split = Split(np.zeros((1, 8, 8, 3), np.uint8))
  data = types.SimpleNamespace(train=split)
  figure = lapgan_rows.by_class({"cc": run}, data, 4, 9)
  assert list(figure.rows) == ["cc\ncat", "cc\ndog"]
  assert asked == [(4, 9, ("cat",)), (4, 9, ("dog",))]


def test_curves_have_a_line_per_level(draw, tiny_runs):
  """Every scalar of the logs, in order of its steps."""
  curves, title = draw("curves", "gan")
  assert title == "gan (tiny)"
  by_level = {tag: set(lines) for tag, lines in curves.items()}
  assert any({"level_0", "level_1"} <= names for names in by_level.values())
  for lines in curves.values():
    for steps, values in lines.values():
      assert len(steps) == len(values) and np.all(np.diff(steps) > 0)
  with pytest.raises(errors.UserError, match="cvae holds no TensorBoard logs"):
    draw("curves", "cvae")


@pytest.mark.parametrize(
  "figure", [name for name in FIGURES if name not in ("given", "curves")]
)
def test_a_figure_of_the_other_family_is_refused(draw, figure, twin):
  """The run is named."""
  run = "cvae" if figure.startswith("lapgan") else "gan"
  runs = [run, twin(run)] if figure == "lapcvae_7" else [run]
  with pytest.raises(errors.UserError, match=f"{run} "):
    draw(figure, *runs)


@pytest.mark.parametrize(
  "figure, runs, out, message",
  [
    ("lapcvae_7", ["cvae"], "x.png", "--run_dirs=BEFORE,AFTER"),
    ("lapcvae_7", ["cvae", "cvae"], "x.png", "--run_dirs=BEFORE,AFTER"),
    ("lapcvae_8", ["cvae", "gan"], "x.png", "lapcvae_8 .*--run_dirs names 2"),
    ("lapcvae_5", ["nothing"], "x.png", "nothing holds no run"),
    ("lapcvae_5", ["cvae"], "file/x.png", "file.*--out"),
    ("lapcvae_5", ["cvae"], "x", "x does not end in .png"),
  ],
)
def test_what_cannot_be_drawn_is_refused_before_a_run_is_loaded(
  tiny_runs, tmp_path, monkeypatch, figure, runs, out, message
):
  """One run of two, two of one, no run, no place to write."""
  (tmp_path / "file").write_text("")
  monkeypatch.setattr(trained_run, "load", None)
  with pytest.raises(errors.UserError, match=message):
    figure_files.draw(
      [getattr(tiny_runs, run, run) for run in runs],
      FigureRequest(figure=figure),
      out=str(tmp_path / out),
    )


def test_a_figure_goes_into_the_samples_of_its_run(tiny_runs, capsys):
  """Unless it is told otherwise."""
  request = FigureRequest(figure="lapcvae_5", count=1)
  figure_files.draw([tiny_runs.cvae], request)
  written = (
    pathlib.Path(tiny_runs.cvae) / "samples" / "lapcvae_5_cvae_seed0.png"
  )
  assert written.is_file()
  assert f"Wrote {written}" in capsys.readouterr().out
