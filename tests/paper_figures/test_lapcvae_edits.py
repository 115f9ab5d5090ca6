"""Figures 1 and 9 of LapCVAE: edits of drawn faces and of photographs."""

import json

import numpy as np
import pytest
from PIL import Image
from support import small_runs

from experiments.config.data_config import DataConfig
from experiments.config.requests.edit import EditRequest
from experiments.data.faces import eyewear_cases
from experiments.paper_figures import lapcvae_edits
from experiments.runs import trained_run
from experiments.system import errors
from pyramid_tf import images, pyramid

_COUNT = 3
# Pictures of 16 pixels are enlarged twelve times, with two pixels around.
_SIDE, _TILE = 192, 194


@pytest.fixture(scope="module")
def of_faces(tmp_path_factory, tiny_config):
  """An untrained LapCVAE of drawn faces."""
  folder = tmp_path_factory.mktemp("figures") / "drawn"
  data = DataConfig(name="faces", size=16)
  return small_runs.write_run(folder, tiny_config(), data)


def _draw(figure, run, **options):
  request = EditRequest(onto="reconstruction", **{"count": _COUNT, **options})
  return lapcvae_edits.draw(figure, run, request)


def _steps(sheet):
  """The pictures of the three rows, each of 192 pixels."""
  return [
    [
      row[2 : 2 + _SIDE, _TILE * i + 2 : _TILE * (i + 1)]
      for i in range(row.shape[1] // _TILE)
    ]
    for row in sheet.rows.values()
  ]


def _assert_only_the_region_changes(composited, rebuilt, region):
  outside = ~np.kron(region, np.ones((12, 12), bool))
  assert len(composited) == _COUNT
  for result in composited:
    np.testing.assert_array_equal(result[outside], rebuilt[outside])
    assert np.any(result[~outside] != rebuilt[~outside])
  assert not np.array_equal(composited[0], composited[1])


def test_painting_composes_samples_with_the_reconstruction(of_faces):
  """Figure 1: outside of the painted glasses all is rebuilt."""
  sheet = _draw("lapcvae_1", of_faces, seed=2)
  (worn, _, painted, rebuilt), drawn, composited = _steps(sheet)
  assert "painted level 1" in sheet.cells["steps"]
  case = eyewear_cases.draw_case(eyewear_cases.FIRST_FACE + 2, 16)
  np.testing.assert_array_equal(worn[::12, ::12], case.worn)
  assert len(drawn) == _COUNT
  _assert_only_the_region_changes(composited, rebuilt, case.region)
  config = trained_run.load(of_faces).model.config
  painting = images.from_uint8(case.painted[None])
  coarse = pyramid.gaussian_pyramid(painting, config.sizes, config.kernel)[1]
  np.testing.assert_array_equal(
    painted[::24, ::24], images.to_uint8(coarse)[0].numpy()
  )


def test_a_selected_region_keeps_the_coarse_image(of_faces):
  """Figure 9: nothing is painted, the input has no sunglasses."""
  sheet = _draw("lapcvae_9", of_faces)
  (bare, _, _, rebuilt), _, composited = _steps(sheet)
  assert "kept level 1" in sheet.cells["steps"]
  case = eyewear_cases.draw_case(eyewear_cases.FIRST_FACE, 16)
  np.testing.assert_array_equal(bare[::12, ::12], case.truth)
  _assert_only_the_region_changes(composited, rebuilt, case.region)


@pytest.fixture
def files(tmp_path):
  """A photograph, a mask and strokes: options of a request."""
  pixels = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
  Image.fromarray(pixels).save(tmp_path / "image.png")
  inside = np.zeros((32, 32), np.uint8)
  inside[8:20, 10:20] = 255
  Image.fromarray(inside).save(tmp_path / "mask.png")
  line = {"color": "#20c040", "width": 4, "points": [[9, 12], [20, 18]]}
  (tmp_path / "strokes.json").write_text(json.dumps([line]))
  return {
    name: str(tmp_path / f"{name}.{end}")
    for name, end in (("image", "png"), ("mask", "png"), ("strokes", "json"))
  }


@pytest.mark.parametrize(
  "figure, change", [("lapcvae_1", "strokes"), ("lapcvae_9", "mask")]
)
def test_photographs_are_edited_by_a_model_of_any_images(
  tiny_runs, files, figure, change
):
  """With the files of experiments.edit."""
  options = {name: files[name] for name in ("image", change)}
  (seen, *_), _, composited = _steps(_draw(figure, tiny_runs.cvae, **options))
  with Image.open(files["image"]) as image:
    np.testing.assert_array_equal(seen[::6, ::6], np.asarray(image))
  assert len(composited) == _COUNT


@pytest.mark.parametrize(
  "figure, names, words",
  [
    ("lapcvae_9", ["image"], "--mask"),
    ("lapcvae_9", ["image", "mask", "strokes"], "neither --paint nor"),
    ("lapcvae_1", ["image", "mask"], "--paint or --strokes"),
    ("lapcvae_1", ["strokes"], "--image"),
    ("lapcvae_9", ["mask"], "--image"),
    ("lapcvae_9", [], "--image and --mask"),
    ("lapcvae_1", [], "--image and --strokes or --paint"),
  ],
)
def test_files_go_with_the_figure(tiny_runs, files, figure, names, words):
  """A run that is not of drawn faces needs some."""
  options = {name: files[name] for name in names}
  with pytest.raises(errors.UserError, match=words):
    _draw(figure, tiny_runs.cvae, **options)


@pytest.mark.parametrize("figure", lapcvae_edits.TITLES)
def test_one_level_leaves_nothing_to_edit(tmp_path, tiny_config, figure):
  """The run is named."""
  data = DataConfig(name="faces", size=16)
  run = small_runs.write_run(tmp_path / "single", tiny_config(1), data)
  with pytest.raises(errors.UserError, match="several levels; .*single has"):
    _draw(figure, run)


def test_figure_9_has_no_painting_to_fit(of_faces):
  """As with a photograph."""
  with pytest.raises(errors.UserError, match="--fit"):
    _draw("lapcvae_9", of_faces, fit=True)


def test_a_lapgan_has_no_encoder(tiny_runs):
  """Its run is named."""
  with pytest.raises(errors.UserError, match="gan holds a LAPGAN"):
    _draw("lapcvae_1", tiny_runs.gan)
