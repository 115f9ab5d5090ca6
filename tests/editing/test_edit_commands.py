"""Edits from files to files, and what the command refuses."""

import dataclasses
import json
import pathlib

import numpy as np
import pytest
from PIL import Image
from support import commands, small_runs

from experiments.config.data_config import DataConfig
from experiments.config.requests.edit import EditRequest
from experiments.editing import job, material, photograph, sheet
from experiments.pictures import charts
from experiments.runs import trained_run
from experiments.system import errors

_HEIGHT, _WIDTH = 40, 56


@pytest.fixture(scope="module")
def run(tmp_path_factory, tiny_config):
  """Levels of 16, 8 and 4 pixels."""
  data = DataConfig(name="folder:pictures", size=16)
  folder = tmp_path_factory.mktemp("edits") / "run"
  return small_runs.write_run(folder, tiny_config(3), data)


@pytest.fixture
def files(tmp_path):
  """Folder of a photograph, strokes on it and a mask of one side of it."""
  noise = np.random.default_rng(0).integers(60, 190, (_HEIGHT, _WIDTH, 3))
  _save(tmp_path / "photo.png", noise)
  line = {"color": "#20c040", "width": 6, "points": [[20, 12], [36, 18]]}
  (tmp_path / "strokes.json").write_text(json.dumps([line]))
  mask = np.zeros((_HEIGHT, _WIDTH))
  mask[10:30, 12:28] = 255
  _save(tmp_path / "mask.png", mask)
  return tmp_path


def _save(path, pixels):
  Image.fromarray(np.asarray(pixels, np.uint8)).save(path)


def _pixels(path):
  with Image.open(path) as picture:
    return np.asarray(picture)


@pytest.fixture
def edit(run, files, capsys):
  """`edit(out=None, **options)`: the folder; names are of `files`."""

  def make(out=None, **options):
    for name in ("paint", "strokes", "mask"):
      if name in options:
        options[name] = str(files / options[name])
    options = {"image": str(files / "photo.png"), "count": 2, **options}
    request = EditRequest(**options)
    job.edit_file(run, material.read(request), request, out)
    told = capsys.readouterr().out.splitlines()[0]
    return pathlib.Path(told.partition(": ")[2])

  return make


def test_an_edit_has_the_photographs_size_and_changes_the_region(edit, files):
  """In every file; a painting's region is where it is painted."""
  before = _pixels(files / "photo.png")
  for source in ("strokes", "mask"):
    name = {"strokes": "strokes.json", "mask": "mask.png"}[source]
    folder = edit(**{source: name}, level=1)
    edits = [_pixels(path) for path in sorted(folder.glob("edit_*.png"))]
    assert len(edits) == 2 and not np.array_equal(*edits)
    changed = np.any(edits[0] != before, axis=-1)
    assert changed[10:20, 18:26].any()
    assert not changed[:8].any() and not changed[:, :11].any()


def test_the_folder_says_what_made_it(edit, run):
  """Each of several edits has one of its own; a repeated one the same."""
  folders = [
    edit(strokes="strokes.json"),
    edit(strokes="strokes.json", seed=3, temperature=0.5, blend="feather"),
    edit(mask="mask.png", level=1, keep_coarse=True),
    edit(strokes="strokes.json", count=1),
  ]
  assert len(set(folders)) == 4
  assert {folder.parent for folder in folders} == {pathlib.Path(run) / "edits"}
  names = [folder.name.rpartition("_")[0] for folder in folders]
  assert names == [
    "photo_strokes_level2_seed0",
    "photo_strokes_level2_seed3_0.5_feather",
    "photo_mask_level1_seed0_keep_coarse",
    "photo_strokes_level2_seed0",
  ]
  assert edit(strokes="strokes.json") == folders[0]
  assert len(list(folders[3].glob("edit_*.png"))) == 1


def test_other_contents_are_another_edit(edit, files):
  """A file that was painted again is not mistaken for the one before."""
  before = edit(strokes="strokes.json")
  text = (files / "strokes.json").read_text()
  (files / "strokes.json").write_text(text.replace("#20c040", "#c02040"))
  assert edit(strokes="strokes.json") != before
  edit(out=str(files / "out"), strokes="strokes.json")
  (files / "strokes.json").write_text(text)
  with pytest.raises(errors.UserError, match="out .*digests.*--out"):
    edit(out=str(files / "out"), strokes="strokes.json")


def test_files_are_written_while_others_are_drawn(edit, monkeypatch):
  """More variations than a batch are never held at once."""
  monkeypatch.setattr(photograph, "BATCH", 2)
  monkeypatch.setattr(job, "COLUMNS", 3)
  names, written = [], []
  save, draw = job.grids.save_png, photograph.OpenPhotograph.draw

  def noted(path, picture):
    written.append(path.name)
    save(path, picture)

  def drawing(self, *args, **options):
    for batch in draw(self, *args, **options):
      names.append(len(written))
      yield batch

  monkeypatch.setattr(job.grids, "save_png", noted)
  monkeypatch.setattr(photograph.OpenPhotograph, "draw", drawing)
  folder = edit(strokes="strokes.json", count=5)
  assert names == [0, 2, 4]
  assert written == [f"edit_0{i}.png" for i in range(5)]
  assert (folder / "sheet.png").is_file()


def test_a_sheet_names_every_picture(edit, run, monkeypatch):
  """The title has the run, the level and the seed."""
  noted = []
  monkeypatch.setattr(charts, "labelled_rows", lambda *a: noted.append(a))
  edit(strokes="strokes.json", seed=5)
  edit(mask="mask.png", level=1, fit=False, temperature=0.3)
  (_, rows, title, cells), (*_, other_title, other_cells) = noted
  assert title == "run (tiny), level 2, seed 5"
  assert other_title == "run (tiny), level 1, seed 0, temperature 0.3"
  for label, row in rows.items():
    assert row.shape[1] == 194 * len(cells[label]) + 2
  assert [cell for cell in cells["steps"] if "level" in cell] == [
    "painted level 2"
  ]
  assert "kept level 1" in other_cells["steps"]
  assert cells["composited"] == ["edit 0", "edit 1"]


def test_a_large_photograph_is_seen_around_its_region(run):
  """The region fills the middle half of the tile, the photograph goes on."""
  session = job.EditSession(trained_run.load(run).model, DataConfig(size=16))
  pixels = np.zeros((900, 1200, 3), np.uint8)
  opened = session.open(pixels)
  region = np.zeros((900, 1200), np.uint8)
  region[300:700, 500:900] = 255
  steps = sheet.Sheet(opened, region, 1, None)
  steps.add(opened.levels[0], pixels)
  row = steps.rows["steps"]
  tinted = row[2:194, 196:388, 0] > 100
  assert tinted.shape == (192, 192)
  assert tinted[50:142, 50:142].all()
  assert not tinted[:46].any() and not tinted[:, :46].any()
  assert any(cell.startswith("15 %") for cell in steps.cells["steps"])


@pytest.mark.parametrize(
  "options, words",
  [
    (["--seed=100000000000000000000000"], "--seed"),
    (["--temperature=nan"], "--temperature"),
    (["--temperature=1e39"], "--temperature"),
    (["--box=0,0,4", "--crop=square"], "--box and --crop"),
    (["--box=0,4"], "--box"),
    (["--mask=none.png"], "none.png cannot be read"),
  ],
)
def test_a_mistake_is_answered_before_tensorflow_is_loaded(
  files, options, words
):
  """In one message."""
  answer = commands.call(
    "edit",
    "--run_dir=nothing",
    f"--image={files / 'photo.png'}",
    f"--mask={files / 'mask.png'}",
    *options,
    seconds=60,
  )
  assert answer.returncode != 0 and "Traceback" not in answer.stderr
  assert words in answer.stderr


def test_what_cannot_be_written_is_named(edit, files):
  """With the option that mends it, before anything is drawn."""
  with pytest.raises(errors.UserError, match="photo.png.*another --out"):
    edit(out=str(files / "photo.png"), mask="mask.png")


def test_a_lapgan_edits_too(tiny_runs, files):
  """It draws detail for the coarse image; the rest needs an encoder."""
  request = EditRequest(
    image=str(files / "photo.png"),
    mask=str(files / "mask.png"),
    count=2,
    blend="feather",
  )
  out = str(files / "gan")
  job.edit_file(tiny_runs.gan, material.read(request), request, out)
  edits = [_pixels(path) for path in sorted((files / "gan").glob("edit_*"))]
  assert len(edits) == 2 and not np.array_equal(*edits)
  request = dataclasses.replace(request, base="reconstructed")
  with pytest.raises(errors.UserError, match="--base=reconstructed needs"):
    job.edit_file(tiny_runs.gan, material.read(request), request)
