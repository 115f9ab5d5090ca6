"""Every figure of both papers, drawn from runs of tiny models."""

import functools
import json
import pathlib
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from support import small_runs

from experiments.config.data_config import DataConfig
from experiments.data import datasets
from experiments.data.batches import Split
from experiments.data.faces import eyewear_cases
from experiments.editing import job
from experiments.families import lapgan_samples
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

    def record(path, rows, title, original=original):
      noted.append((rows, title))
      original(path, rows, title)

    monkeypatch.setattr(charts, name, record)

  def make(figure, *runs, shown=0, **edit):
    runs = [getattr(tiny_runs, run, run) for run in runs]
    options = figure_files.Options(
      count=_COUNT,
      seed=shown,
      cache_dir=tiny_runs.cache,
      edit=job.Options(onto="reconstruction", **edit),
    )
    out = tmp_path / "figures" / f"{figure}.png"
    figure_files.draw(figure, runs, options, str(out))
    with Image.open(out) as picture:
      assert min(picture.size) > 100 and picture.size[0] > 3 * _LARGE
    return noted[-1]

  return make


def _shape(rows, columns, tile):
  return (rows * tile + 2, columns * tile + 2, 3)


@pytest.mark.parametrize(
  "figure, runs, labels, shape",
  [
    ("lapcvae_4", ["cvae"], ["input", "cvae"], (1, _COUNT, _LARGE)),
    ("lapcvae_5", ["cvae"], ["cvae"], (3, _COUNT, _LARGE)),
    (
      "lapcvae_7",
      ["cvae", "cvae"],
      ["before", "after\nretraining M"],
      (1, _COUNT, _LARGE),
    ),
    ("lapcvae_8", ["cvae"], ["level 1 fixed"], (1, _COUNT + 2, _LARGE)),
    ("lapgan_4", ["gan"], ["gan\nsamples", "gan\ncoarse to fine"], None),
    (
      "lapgan_supp",
      ["gan"],
      [f"gan\n{i}" for i in range(1, 5)],
      (1, _COUNT + 1, _SMALL),
    ),
  ],
)
def test_a_figure_has_its_rows(draw, figure, runs, labels, shape):
  """By name, each of as many images as asked; the title names the runs."""
  rows, title = draw(figure, *runs)
  assert list(rows) == labels
  if shape:
    assert {row.shape for row in rows.values()} == {_shape(*shape)}
  else:
    shapes = [row.shape for row in rows.values()]
    assert shapes == [_shape(n, _COUNT, _SMALL) for n in (3, 2)]
  assert title.endswith("\n" + ", ".join(f"{run} (tiny)" for run in runs))


def test_reconstructions_are_of_test_images(draw, tiny_runs):
  """Figure 4 of LapCVAE shows the images themselves above."""
  rows, _ = draw("lapcvae_4", "cvae")
  config = trained_run.load(tiny_runs.cvae).config.data
  data = datasets.load(config, cache_dir=tiny_runs.cache)
  shown = rows["input"][2::6][:16]
  for i, image in enumerate(data.test.images(0, _COUNT)):
    tile = shown[:, 2 + _LARGE * i :: 6][:, :16]
    np.testing.assert_array_equal(tile, image)


def test_neighbours_stand_under_their_samples(draw):
  """Figure 6 of LapCVAE: three rows, nearest first."""
  rows, _ = draw("lapcvae_6", "cvae")
  names = [label.partition("\n")[0] for label in rows]
  assert names == ["sample", "neighbour 1", "neighbour 2", "neighbour 3"]
  assert {row.shape for row in rows.values()} == {_shape(1, _COUNT, _LARGE)}
  distances = [float(label.split()[-1]) for label in list(rows)[1:]]
  assert 0 < distances[0] <= distances[1] <= distances[2]


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


def test_every_class_has_a_row(monkeypatch):
  """Figure 3 of LAPGAN, with classes: samples of each, by its name."""
  model, asked = object(), []

  def drawn(model, count, seed, labels):
    asked.append((count, seed, labels))
    return np.full((count, 8, 8, 3), 100, np.uint8)

  monkeypatch.setattr(lapgan_samples, "draw", drawn)
  run = types.SimpleNamespace(
    model=model,
    run_dir=types.SimpleNamespace(path=pathlib.Path("runs/cc")),
    config=types.SimpleNamespace(model=types.SimpleNamespace(num_classes=2)),
  )
  split = Split(np.zeros((1, 8, 8, 3), np.uint8))
  data = types.SimpleNamespace(train=split, class_names=("cat", "dog"))
  rows, _ = lapgan_rows.by_class([run], data, 4, 9)
  assert list(rows) == ["cc\ncat", "cc\ndog"]
  assert asked == [(4, 9, [0]), (4, 9, [1])]


def test_sheets_name_the_images_of_their_run(draw, tiny_runs):
  """Figure 5 of LAPGAN, one per scene."""
  rows, _ = draw("lapgan_5", "gan")
  assert list(rows) == [f"gan\n{tiny_runs.name}"]
  assert rows[f"gan\n{tiny_runs.name}"].shape == _shape(4, _COUNT, _SMALL)


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


@pytest.mark.parametrize(
  "figures, run, family",
  [
    (lapcvae_rows.FIGURES, "gan", "LapCVAE"),
    (lapgan_rows.FIGURES, "cvae", "LAPGAN"),
  ],
)
def test_a_figure_of_the_other_family_is_refused(draw, figures, run, family):
  """The run and the right family are named."""
  for figure in figures:
    message = f"{figure} is drawn from runs of {family}; .*{run} is none"
    with pytest.raises(errors.UserError, match=message):
      draw(figure, run)
  if run == "gan":
    with pytest.raises(errors.UserError, match="gan holds a LAPGAN, which has"):
      draw("lapcvae_1", run)


def test_figures_that_cannot_be_drawn_are_answered(draw, tiny_runs, tmp_path):
  """One run of two, no run, no place to write."""
  with pytest.raises(errors.UserError, match="two runs, --run_dirs=BEFORE,AFT"):
    draw("lapcvae_7", "cvae")
  with pytest.raises(errors.UserError, match="from one run; .* names 2"):
    draw("lapcvae_8", "cvae", "gan")
  options = figure_files.Options(count=1)
  with pytest.raises(errors.UserError, match="give each a name of its own"):
    draw("lapcvae_5", "cvae", "cvae")
  with pytest.raises(errors.UserError, match="nothing holds no run"):
    figure_files.draw("lapcvae_5", [str(tmp_path / "nothing")], options)
  (tmp_path / "file").write_text("")
  with pytest.raises(errors.UserError, match="Choose another --out"):
    figure_files.draw(
      "lapcvae_5", [tiny_runs.cvae], options, str(tmp_path / "file" / "x.png")
    )


def test_a_figure_goes_into_the_samples_of_its_run(tiny_runs, capsys):
  """Unless it is told otherwise."""
  options = figure_files.Options(count=1)
  figure_files.draw("lapcvae_5", [tiny_runs.cvae], options)
  written = pathlib.Path(tiny_runs.cvae) / "samples" / "lapcvae_5.png"
  assert written.is_file()
  assert f"Wrote {written}" in capsys.readouterr().out
