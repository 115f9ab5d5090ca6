"""Edits of a photograph: what is painted, drawn, composited and refused."""

import functools
import json

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from support import small_runs

from experiments.config.data_config import DataConfig
from experiments.editing import job
from experiments.pictures import charts
from experiments.runs import trained_run
from experiments.system import errors
from lapcvae_tf.model import LapCVAE
from pyramid_tf import images

# The centred square is 40 pixels from column 8 on; the model sees 16.
_HEIGHT, _WIDTH, _LEFT, _SIDE = 40, 56, 8, 40


@pytest.fixture(scope="module")
def run(tmp_path_factory, tiny_config):
  """Levels of 16, 8 and 4 pixels, with a window of its own in training."""
  data = DataConfig(
    name="folder:pictures", size=16, crop=24, crop_top=2, crop_left=3
  )
  folder = tmp_path_factory.mktemp("edits") / "run"
  return small_runs.write_run(folder, tiny_config(3), data)


@pytest.fixture(scope="module", autouse=True)
def loaded_once():
  """Every edit loads its run; here all share one."""
  with pytest.MonkeyPatch.context() as patch:
    patch.setattr(trained_run, "load", functools.cache(trained_run.load))
    yield


@pytest.fixture
def sheets(monkeypatch):
  """Sheets of steps are noted, not drawn: `(path, rows, title)`."""
  noted = []
  monkeypatch.setattr(charts, "labelled_rows", lambda *a: noted.append(a))
  return noted


@pytest.fixture
def files(tmp_path):
  """Folder of a photograph, strokes on it and a mask of one side of it."""
  ramp = np.linspace(40, 200, _WIDTH)[None, :, None]
  noise = np.random.default_rng(0).integers(-30, 30, (_HEIGHT, _WIDTH, 3))
  _save(tmp_path / "photo.png", ramp + noise)
  line = {"color": "#20c040", "width": 6, "points": [[20, 12], [36, 18]]}
  (tmp_path / "strokes.json").write_text(json.dumps([line]))
  mask = np.zeros((_HEIGHT, _WIDTH))
  mask[10:30, 12:28] = 255
  _save(tmp_path / "mask.png", mask)
  return tmp_path


def _save(path, pixels):
  Image.fromarray(np.asarray(pixels, np.uint8)).save(path)
  return str(path)


def _pixels(path):
  with Image.open(path) as picture:
    return np.asarray(picture)


@pytest.fixture
def edit(run, files, sheets):
  """`edit(**options)`: results, and the photograph; names are of `files`."""

  def make(**options):
    for key in ("paint", "strokes", "mask", "image"):
      if key in options:
        options[key] = str(files / options[key])
    options = {"image": str(files / "photo.png"), "count": 2, **options}
    out = files / f"out_{len(list(files.iterdir()))}"
    job.edit_file(run, job.Options(**options), str(out))
    found = [_pixels(path) for path in sorted(out.glob("edit_*.png"))]
    return np.stack(found), _pixels(files / "photo.png")

  return make


def _strokes_opacity(files):
  painted = job.paintings.draw_strokes(
    str(files / "strokes.json"), _HEIGHT, _WIDTH
  )
  return painted[:, :, 3]


@pytest.mark.parametrize("blend", ["poisson", "pyramid", "feather"])
def test_strokes_change_what_they_cover_and_nothing_else(edit, files, blend):
  """The result is the photograph bit for bit elsewhere, of its size."""
  found, photograph = edit(strokes="strokes.json", blend=blend)
  assert found.shape == (2, _HEIGHT, _WIDTH, 3)
  outside = _strokes_opacity(files) == 0.0
  for result in found:
    np.testing.assert_array_equal(result[outside], photograph[outside])
    assert np.mean(result[~outside] != photograph[~outside]) > 0.5
  assert not np.array_equal(*found)


def test_a_fitted_edit_changes_what_it_covers_and_nothing_else(edit, files):
  """And is another one than that drawn from the painting alone."""
  found, photograph = edit(strokes="strokes.json", fit=True)
  outside = _strokes_opacity(files) == 0.0
  for result in found:
    np.testing.assert_array_equal(result[outside], photograph[outside])
  assert not np.array_equal(found, edit(strokes="strokes.json")[0])


def test_colours_may_be_kept_to_those_of_the_painting(edit, files):
  """What is drawn then has the coarse image that was painted."""
  red = np.zeros((_HEIGHT, _WIDTH, 4))
  red[:, _LEFT : _LEFT + _SIDE] = [255, 0, 0, 255]
  _save(files / "red.png", red)
  mask = np.full((_HEIGHT, _WIDTH), 255)
  mask[:, :_LEFT], mask[:, _LEFT + _SIDE :] = 0, 0
  _save(files / "window.png", mask)
  options = {"paint": "red.png", "mask": "window.png", "blend": "feather"}
  free, _ = edit(**options)
  kept, photograph = edit(**options, keep_coarse=True)
  inside = np.s_[:, 10:30, _LEFT + 10 : _LEFT + 30]
  distance = [
    np.abs(found[inside].mean((1, 2)) - (255, 0, 0)).max()
    for found in (kept, free)
  ]
  assert distance[0] < 25 < distance[1]
  kept, _ = edit(mask="window.png", keep_coarse=True, blend="feather")
  np.testing.assert_allclose(
    kept[inside].mean((1, 2)),
    np.broadcast_to(photograph[inside[1:]].mean((0, 1)), (2, 3)),
    atol=12,
  )


def test_equal_seeds_give_equal_edits(edit):
  """At temperature zero all of them are equal."""
  first, again, other = (
    edit(strokes="strokes.json", seed=seed)[0] for seed in (1, 1, 2)
  )
  np.testing.assert_array_equal(first, again)
  assert not np.array_equal(first, other)
  cold, _ = edit(strokes="strokes.json", temperature=0.0)
  np.testing.assert_array_equal(*cold)


def test_a_region_keeps_the_coarse_levels(edit, files, run):
  """Figure 9: what `resample` draws, where the mask is white."""
  found, photograph = edit(mask="mask.png", level=1, blend="feather", seed=3)
  outside = _pixels(files / "mask.png") == 0
  for result in found:
    np.testing.assert_array_equal(result[outside], photograph[outside])
  square = Image.fromarray(photograph[:, _LEFT : _LEFT + _SIDE])
  small = np.asarray(square.resize((16, 16), Image.Resampling.LANCZOS))
  model = trained_run.load(run).model
  drawn = model.resample(
    tf.repeat(images.from_uint8(small[None]), 2, axis=0), 1, tf.constant([3, 0])
  )
  for result, picture in zip(found, images.to_uint8(drawn), strict=True):
    big = Image.fromarray(picture.numpy())
    big = np.asarray(big.resize((_SIDE, _SIDE), Image.Resampling.LANCZOS))
    # Eight pixels from the edge the feather has ended.
    np.testing.assert_array_equal(
      result[18:22, 19:21], big[18:22, 19 - _LEFT : 21 - _LEFT]
    )


def test_the_painted_level_shows_the_paint(edit, files, sheets):
  """Paintings may have the photograph's size or that of the level."""
  large = np.zeros((_HEIGHT, _WIDTH, 4))
  large[:, _LEFT : _LEFT + 20] = [255, 0, 0, 255]
  small = np.zeros((8, 8, 4))
  small[:, :4] = [255, 0, 0, 255]
  for name, pixels in (("large.png", large), ("small.png", small)):
    _save(files / name, pixels)
    found, photograph = edit(paint=name, level=1)
    changed = np.any(found != photograph, axis=(0, 3))
    assert not changed[:, :_LEFT].any() and not changed[:, _LEFT + 20 :].any()
    assert changed[:, _LEFT : _LEFT + 20].mean() > 0.9
    _, rows, _ = sheets[-1]
    steps, drawn, composited = rows.values()
    assert next(iter(rows)) == "input\nregion\npainted level 1\nreconstruction"
    assert list(rows)[1:] == ["drawn", "composited"]
    # Two pixels around each: 179 and 179 wide, then the level, enlarged.
    painted = steps[2:-2, 2 * 183 + 2 : 2 * 183 + 130]
    np.testing.assert_array_equal(painted[:, :32].reshape(-1, 3).max(0)[0], 255)
    assert painted[:, :32, 1:].max() < 20 < painted[:, 80:, 1:].min()
    assert drawn.shape[0] == composited.shape[0] == 132


def test_an_opaque_painting_needs_a_mask(edit, files):
  """Which is then the region; without one the way out is named."""
  _save(files / "opaque.png", np.full((_HEIGHT, _WIDTH, 3), 90))
  with pytest.raises(errors.UserError, match="opaque.png .* or add --mask"):
    edit(paint="opaque.png")
  found, photograph = edit(paint="opaque.png", mask="mask.png")
  outside = _pixels(files / "mask.png") == 0
  np.testing.assert_array_equal(found[0][outside], photograph[outside])
  assert not np.array_equal(found[0], photograph)


def test_a_reconstruction_may_be_what_is_edited(edit, files, run):
  """As in the paper's figures: the window, and only the window."""
  found, photograph = edit(
    strokes="strokes.json", onto="reconstruction", box=(8, 4, 32)
  )
  window = photograph[4:36, 8:40]
  small = Image.fromarray(window).resize((16, 16), Image.Resampling.LANCZOS)
  model: LapCVAE = trained_run.load(run).model
  image = images.from_uint8(np.asarray(small)[None])
  made = images.to_uint8(model.reconstruct(image))[0].numpy()
  expected = photograph.copy()
  big = Image.fromarray(made).resize((32, 32), Image.Resampling.LANCZOS)
  expected[4:36, 8:40] = big
  outside = _strokes_opacity(files) == 0.0
  np.testing.assert_array_equal(found[0][outside], expected[outside])
  assert not np.array_equal(found[0], expected)


def test_the_sheet_is_a_picture(run, files):
  """With the results beside it."""
  options = job.Options(
    image=str(files / "photo.png"), strokes=str(files / "strokes.json")
  )
  job.edit_file(run, options, str(files / "out"))
  names = sorted(path.name for path in (files / "out").iterdir())
  assert names == [*(f"edit_0{i}.png" for i in range(4)), "sheet.png"]
  assert min(_pixels(files / "out" / "sheet.png").shape[:2]) > 300


@pytest.mark.parametrize(
  "options, message",
  [
    ({}, "Nothing to change: give --paint or --strokes, .*--mask"),
    ({"image": "none.png", "mask": "mask.png"}, "none.png cannot be read: No"),
    ({"image": "strokes.json", "mask": "mask.png"}, "json cannot be read: not"),
    ({"mask": "mask.png", "level": 0}, "level=0: .* are 1 to 2"),
    ({"mask": "mask.png", "level": 3}, "level=3: .* are 1 to 2"),
    ({"mask": "mask.png", "box": (30, 0, 40)}, "40 pixels at .30, 0. does not"),
    ({"mask": "mask.png", "box": (0, -1, 9)}, "at .0, -1. does not lie inside"),
    (
      {"mask": "mask.png", "box": (0, 0, 20)},
      "reaches out .* 20 pixels.*--box",
    ),
    ({"mask": "mask.png", "training_crop": True}, "24 pixels at .3, 2. that"),
    (
      {"paint": "small.png", "strokes": "strokes.json"},
      "--paint or with --strokes, not both",
    ),
    ({"mask": "mask.png", "fit": True}, "--fit .* for a painting: add --paint"),
    ({"paint": "small.png"}, "is 9x8; make it 56x40, .* or 4x4, that of level"),
    ({"strokes": "strokes.json", "mask": "small.png"}, "mask is 9x8; make it"),
  ],
)
def test_what_cannot_be_edited_is_answered_with_a_remedy(
  edit, files, options, message
):
  """Nothing is written."""
  painting = np.zeros((8, 9, 4))
  painting[2] = 255
  _save(files / "small.png", painting)
  before = set(files.iterdir())
  with pytest.raises(errors.UserError, match=message):
    edit(**options)
  assert set(files.iterdir()) == before


def test_what_cannot_be_written_is_named(run, files):
  """With the option that mends it."""
  options = job.Options(
    image=str(files / "photo.png"), mask=str(files / "mask.png"), count=1
  )
  out = str(files / "photo.png")
  with pytest.raises(errors.UserError, match="photo.png.*another --out"):
    job.edit_file(run, options, out)


def test_a_mask_says_where_detail_need_not_fit(edit, files):
  """Not the painting: an opaque one may reach out of the window."""
  _save(files / "opaque.png", np.full((_HEIGHT, _WIDTH, 3), 90))
  changes = {"paint": "opaque.png", "mask": "mask.png", "temperature": 0.0}
  found, photograph = edit(**changes, fit=True)
  outside = _pixels(files / "mask.png") == 0
  np.testing.assert_array_equal(found[0][outside], photograph[outside])
  assert not np.array_equal(found, edit(**changes)[0])


@pytest.mark.parametrize("option", ["fit", "keep_coarse"])
def test_one_level_has_no_finer_detail(tmp_path, tiny_config, files, option):
  """So what asks for it is answered."""
  data = DataConfig(name="folder:pictures", size=16)
  run = small_runs.write_run(tmp_path / "single", tiny_config(1), data)
  options = job.Options(
    image=str(files / "photo.png"),
    strokes=str(files / "strokes.json"),
    **{option: True},
  )
  with pytest.raises(errors.UserError, match="single has one level.* --fit"):
    job.edit_file(run, options, str(files / "out"))


def test_a_lapgan_edits_nothing(tiny_runs, files):
  """It has no encoder."""
  options = job.Options(
    image=str(files / "photo.png"), mask=str(files / "mask.png")
  )
  with pytest.raises(
    errors.UserError, match="gan holds a LAPGAN, which has no"
  ):
    job.edit_file(tiny_runs.gan, options, str(files / "out"))
