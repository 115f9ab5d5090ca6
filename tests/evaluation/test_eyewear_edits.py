"""The study of an edit whose truth is known."""

import json
import sys
import types

import numpy as np
import pytest
from support import small_runs

from experiments.config.data_config import DataConfig
from experiments.data.faces import eyewear_cases
from experiments.evaluation import eyewear_edits
from experiments.pictures import charts
from experiments.system import errors

_FACES = DataConfig(name="faces", size=16)


@pytest.fixture(scope="module")
def runs(tmp_path_factory, tiny_config):
  """A LapCVAE and a VAE of faces, and a LapCVAE of other pictures."""
  folder = tmp_path_factory.mktemp("sunglasses")
  other = DataConfig(name="folder:pictures", size=16)
  return types.SimpleNamespace(
    cvae=small_runs.write_run(folder / "cvae", tiny_config(), _FACES),
    vae=small_runs.write_run(folder / "vae", tiny_config(1), _FACES),
    other=small_runs.write_run(folder / "other", tiny_config(), other),
  )


@pytest.mark.parametrize("size", [16, 32])
def test_only_the_region_differs_from_the_truth(size):
  """But for soft edges; in the region much does."""
  for index in (100_000, 100_001, 100_007):
    case = eyewear_cases.draw_case(index, size)
    assert case.worn.shape == case.truth.shape == (size, size, 3)
    difference = np.abs(case.worn.astype(int) - case.truth).max(-1)
    assert difference[~case.region].max() <= 12
    assert np.mean(difference[~case.region] > 0) < 0.05
    assert difference[case.region].mean() > 25
    assert 0.02 < case.region.mean() < 0.35


def test_the_region_is_painted_in_one_tone_of_the_face():
  """Nearer to the truth than the glasses are."""
  for index in range(100_000, 100_004):
    case = eyewear_cases.draw_case(index, 32)
    painted = case.painted[case.region]
    assert len(np.unique(painted, axis=0)) == 1
    outside = ~case.region
    np.testing.assert_array_equal(case.painted[outside], case.worn[outside])
    errors_of = [
      np.square(x[case.region].astype(float) - case.truth[case.region]).mean()
      for x in (case.painted, case.worn)
    ]
    assert errors_of[0] < errors_of[1]


def test_equal_members_are_equal_faces():
  """Others are other people."""
  first, again, other = (
    eyewear_cases.draw_case(index, 16) for index in (5, 5, 6)
  )
  np.testing.assert_array_equal(first.worn, again.worn)
  assert not np.array_equal(first.truth, other.truth)


@pytest.fixture
def rows(monkeypatch):
  """Rows of the sheet, by label; the sheet itself is not drawn."""
  noted = {}
  monkeypatch.setattr(
    charts, "labelled_rows", lambda path, rows, *words: noted.update(rows)
  )
  return noted


_BASELINES = ["painted image", "VAE"]
_INPAINTING = ["inpainting (Telea)", "inpainting (Navier-Stokes)"]
_OURS = [
  "LapCVAE, no noise",
  "LapCVAE, drawn",
  "LapCVAE to fit, no noise",
  "LapCVAE to fit, drawn",
]


def _tiles(row, count):
  """The images of a row of the sheet, enlarged six times."""
  pixels = row[2::6][:16]
  return [pixels[:, 2 + 98 * i :: 6][:, :16] for i in range(count)]


def test_every_method_is_measured_inside_the_region(
  runs, tmp_path, rows, capsys
):
  """Figures are those of the pictures shown, which differ nowhere else."""
  out = tmp_path / "new" / "results"
  eyewear_edits.measure(runs.cvae, runs.vae, 3, 1, None, str(out))
  report = json.loads((out / "sunglasses.json").read_text())
  rmse = report["rmse_inside_region"]
  assert list(rmse) == [*_BASELINES, *_INPAINTING, *_OURS]
  assert (report["faces"], report["size"], report["draws"]) == (3, 16, 1)
  assert report["painted_level"] == 1 and "--level=1" in report["command"]
  cases = [eyewear_cases.draw_case(100_000 + i, 16) for i in range(3)]
  assert list(rows) == ["with sunglasses", *rmse, "truth"]
  by_method = {}
  for name, row in rows.items():
    tiles = _tiles(row, 3)
    for case, tile in zip(cases, tiles, strict=True):
      if name != "truth":
        outside = ~case.region
        np.testing.assert_array_equal(tile[outside], case.worn[outside])
    by_method[name] = [
      np.sqrt(np.mean(np.square(tile.astype(float) - case.truth)[case.region]))
      for case, tile in zip(cases, tiles, strict=True)
    ]
  said = capsys.readouterr().out
  for name, entry in rmse.items():
    values = np.array(by_method[name])
    assert entry["mean"] == pytest.approx(values.mean(), abs=0.006)
    error = values.std() / 3**0.5
    assert entry["standard_error"] == pytest.approx(error, abs=0.006)
    assert f"| {name} | {entry['mean']:.2f} +- " in said


def test_draws_are_averaged_face_by_face(runs, tmp_path, rows, monkeypatch):
  """The sheet shows the first."""

  def drawn(case, session, level, draws, seed):
    off = np.where(case.truth > 127, case.truth - 40, case.truth + 40)
    return {"drawn": [case.truth, off.astype(np.uint8)]}

  monkeypatch.setattr(eyewear_edits, "_edits", drawn)
  eyewear_edits.measure(runs.cvae, runs.vae, 2, 2, 1, str(tmp_path))
  report = json.loads((tmp_path / "sunglasses.json").read_text())
  rmse = report["rmse_inside_region"]["drawn"]
  assert rmse == {"mean": 20.0, "standard_error": 0.0}
  np.testing.assert_array_equal(rows["drawn"], rows["truth"])


def test_without_opencv_its_inpainting_is_left_out(
  runs, tmp_path, rows, monkeypatch, caplog
):
  """And how to install it is said."""
  monkeypatch.setitem(sys.modules, "cv2", None)
  eyewear_edits.measure(runs.cvae, runs.vae, 1, 1, 1, str(tmp_path))
  report = json.loads((tmp_path / "sunglasses.json").read_text())
  assert list(report["rmse_inside_region"]) == [*_BASELINES, *_OURS]
  assert "OpenCV is not installed" in caplog.text
  assert "inpainting (Telea)" not in rows


def test_runs_that_do_not_fit_are_refused(runs, tmp_path):
  """Other images, and levels that leave nothing to draw."""
  for pair in ((runs.cvae, runs.other), (runs.other, runs.vae)):
    with pytest.raises(errors.UserError, match="other is not of faces of 16"):
      eyewear_edits.measure(*pair, 1, 1, None, str(tmp_path))
  for level in (0, 2):
    with pytest.raises(errors.UserError, match=f"level={level}: .* 1 to 1 "):
      eyewear_edits.measure(runs.cvae, runs.vae, 1, 1, level, str(tmp_path))
  with pytest.raises(errors.UserError, match="has one level.* --run_dir"):
    eyewear_edits.measure(runs.vae, runs.vae, 1, 1, None, str(tmp_path))
  assert not list(tmp_path.iterdir())
