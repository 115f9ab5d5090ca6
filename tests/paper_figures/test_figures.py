"""Every figure of both papers, drawn from runs of tiny models."""

import functools
import json
import pathlib
import shutil
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from support import small_runs

from experiments.config.data_config import DataConfig
from experiments.config.requests.figures import FIGURES, FigureRequest
from experiments.data import datasets
from experiments.data.batches import Split
from experiments.data.faces import eyewear_cases
from experiments.editing import job
from experiments.paper_figures import (
  figure_files,
  lapcvae_edits,
  lapcvae_rows,
  lapgan_rows,
)
from experiments.pictures import charts
from experiments.runs import trained_run
from experiments.system import errors
from pyramid_tf import images, pyramid

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

  def make(figure, *runs, shown=0, **edit):
    runs = [getattr(tiny_runs, run, run) for run in runs]
    out = tmp_path / "figures" / f"{figure}.png"
    figure_files.draw(
      runs,
      FigureRequest(figure=figure, count=_COUNT, seed=shown),
      job.Options(onto="reconstruction", **edit),
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
_CHAIN = ["gan\nsamples", "gan\nlevel 1, 8 px", "gan\nlevel 0, 16 px"]


@pytest.mark.parametrize(
  "figure, run, labels, shape",
  [
    ("lapcvae_4", "cvae", ["input", "cvae"], (1, _COUNT, _LARGE)),
    ("lapcvae_5", "cvae", ["cvae"], (3, _COUNT, _LARGE)),
    ("lapcvae_8", "cvae", ["level 1 fixed"], (1, _COUNT + 2, _LARGE)),
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
  shown = rows["input"][2::6][:16]
  for i, image in enumerate(data.test.images(0, _COUNT)):
    tile = shown[:, 2 + _LARGE * i :: 6][:, :16]
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


@pytest.fixture(scope="module")
def of_faces(tmp_path_factory, tiny_config):
  """An untrained LapCVAE of drawn faces."""
  folder = tmp_path_factory.mktemp("figures") / "drawn"
  data = DataConfig(name="faces", size=16)
  return small_runs.write_run(folder, tiny_config(), data)


def _edit_steps(rows):
  """The pictures of an edit's three rows, each 128 pixels high."""
  return [
    [
      row[2:130, 132 * i + 2 : 132 * i + 130]
      for i in range(row.shape[1] // 132)
    ]
    for row in rows.values()
  ]


def test_painting_composes_samples_with_the_reconstruction(draw, of_faces):
  """Figure 1 of LapCVAE: outside of the painted glasses all is rebuilt."""
  rows, title = draw("lapcvae_1", of_faces, shown=2)
  names = ["input", "region", "painted level 1", "reconstruction"]
  assert list(rows) == ["\n".join(names), "drawn", "composited"]
  assert "LapCVAE, Figure 1" in title
  (worn, _, painted, rebuilt), drawn, composited = _edit_steps(rows)
  case = eyewear_cases.draw_case(eyewear_cases.FIRST_FACE + 2, 16)
  np.testing.assert_array_equal(worn[::8, ::8], case.worn)
  assert len(drawn) == len(composited) == _COUNT
  outside = ~np.kron(case.region, np.ones((8, 8), bool))
  for result in composited:
    np.testing.assert_array_equal(result[outside], rebuilt[outside])
    assert np.any(result[~outside] != rebuilt[~outside])
  coarse = images.from_uint8(case.painted[None])
  config = trained_run.load(of_faces).model.config
  coarse = pyramid.gaussian_pyramid(coarse, config.sizes, config.kernel)[1]
  np.testing.assert_array_equal(
    painted[::16, ::16], images.to_uint8(coarse)[0].numpy()
  )


def test_a_selected_region_keeps_the_coarse_image(draw, of_faces):
  """Figure 9 of LapCVAE: nothing is painted, the input has no sunglasses."""
  rows, title = draw("lapcvae_9", of_faces)
  assert next(iter(rows)) == "input\nregion\nreconstruction"
  assert "LapCVAE, Figure 9" in title
  (bare, _, rebuilt), drawn, composited = _edit_steps(rows)
  case = eyewear_cases.draw_case(eyewear_cases.FIRST_FACE, 16)
  np.testing.assert_array_equal(bare[::8, ::8], case.truth)
  outside = ~np.kron(case.region, np.ones((8, 8), bool))
  np.testing.assert_array_equal(composited[0][outside], rebuilt[outside])
  assert not np.array_equal(composited[0], composited[1])
  image = tf.repeat(images.from_uint8(case.truth[None]), _COUNT, axis=0)
  model = trained_run.load(of_faces).model
  expected = model.resample(image, 1, tf.constant([0, 0]))
  np.testing.assert_array_equal(
    [tile[::8, ::8] for tile in drawn], images.to_uint8(expected).numpy()
  )


def test_edits_of_photographs_are_drawn_too(draw, tmp_path):
  """With the files of experiments.edit, by a model of any images."""
  photograph = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
  Image.fromarray(photograph).save(tmp_path / "photo.png")
  inside = np.zeros((32, 32), np.uint8)
  inside[8:20, 10:20] = 255
  Image.fromarray(inside).save(tmp_path / "mask.png")
  line = {"color": "#20c040", "width": 4, "points": [[9, 12], [20, 18]]}
  (tmp_path / "strokes.json").write_text(json.dumps([line]))
  files = {"image": str(tmp_path / "photo.png")}
  mask = {"mask": str(tmp_path / "mask.png")}
  strokes = {"strokes": str(tmp_path / "strokes.json")}
  for figure, change in (("lapcvae_9", mask), ("lapcvae_1", strokes)):
    rows, _ = draw(figure, "cvae", **files, **change)
    (shown, *_), drawn, composited = _edit_steps(rows)
    np.testing.assert_array_equal(shown[::4, ::4], photograph)
    assert len(drawn) == len(composited) == _COUNT
  for figure, edit, message in (
    ("lapcvae_9", files, "draws a region anew: give --mask, and neither"),
    ("lapcvae_9", {**files, **mask, "paint": "a"}, "neither --paint nor"),
    ("lapcvae_1", {**files, **mask}, "add --paint or --strokes"),
    ("lapcvae_9", {**files, **mask, "fit": True}, "fit .* for a painting"),
    ("lapcvae_1", {**files, **strokes, "paint": "a"}, "not both"),
    ("lapcvae_1", {"strokes": "a"}, "add --image"),
    ("lapcvae_9", {}, "Give a photograph .*: --image and --mask"),
    ("lapcvae_1", {}, "Give a photograph .*: --image and --strokes or --paint"),
  ):
    with pytest.raises(errors.UserError, match=message):
      draw(figure, "cvae", **edit)


def test_one_level_leaves_nothing_to_edit(draw, tmp_path, tiny_config):
  """The run is named."""
  data = DataConfig(name="faces", size=16)
  run = small_runs.write_run(tmp_path / "single", tiny_config(1), data)
  for figure in lapcvae_edits.TITLES:
    with pytest.raises(errors.UserError, match="several levels; .*single has"):
      draw(figure, run)


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


@pytest.mark.parametrize("figure", FIGURES[:-1])
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
  written = pathlib.Path(tiny_runs.cvae) / "samples" / "lapcvae_5.png"
  assert written.is_file()
  assert f"Wrote {written}" in capsys.readouterr().out
