"""Image files through a model that encodes."""

import numpy as np
import pytest
from PIL import Image
from support import commands

from experiments.config.requests.reconstruct import ReconstructionRequest
from experiments.drawing import reconstructions
from experiments.pictures import charts, grids
from experiments.system import errors


def _save(path, *shape):
  """A file of noise around one colour, of the format of its name."""
  path.parent.mkdir(parents=True, exist_ok=True)
  generator = np.random.default_rng(shape)
  colour = generator.integers(0, 200, shape[2:])
  noise = generator.integers(0, 56, shape)
  Image.fromarray((colour + noise).astype(np.uint8)).save(path)
  return str(path)


def _pixels(path):
  with Image.open(path) as picture:
    return np.asarray(picture.convert("RGB"))


def _reconstruct(run, paths, out, **options):
  """The images written, by name."""
  reconstructions.reconstruct_files(
    run, paths, ReconstructionRequest(**options), str(out)
  )
  return {file.stem: _pixels(file) for file in out.glob("*.png")}


@pytest.fixture
def run(tiny_runs):
  """An unfinished run of two levels of 16 pixels, its weights drawn."""
  return tiny_runs.cvae


def test_any_image_file_becomes_one_of_the_models_size(
  run, tmp_path, capsys, monkeypatch
):
  """Formats, colours, sizes and equal names; the sheet shows all in pairs."""
  drawn = {}
  monkeypatch.setattr(
    charts, "labelled_rows", lambda path, rows, *_: drawn.update(rows)
  )
  paths = [
    _save(tmp_path / "a.jpg", 50, 70, 3),
    _save(tmp_path / "b.png", 9, 20, 4),
    _save(tmp_path / "GREY.PNG", 16, 16),
    _save(tmp_path / "one" / "same.png", 33, 32, 3),
    _save(tmp_path / "two" / "same.jpeg", 40, 32, 3),
  ]
  inputs = [*paths[:3], str(tmp_path / "one"), str(tmp_path / "two")]
  out = tmp_path / "out"
  results = _reconstruct(run, inputs, out, batch_size=2)
  assert list(sorted(results)) == ["GREY", "a", "b", "same", "same_2"]
  assert all(image.shape == (16, 16, 3) for image in results.values())
  assert not np.array_equal(results["same"], results["same_2"])
  assert list(drawn) == ["inputs 1 to 5", "results 1 to 5"]
  for row, third in zip(
    drawn.values(), (_pixels(paths[2]), results["GREY"]), strict=True
  ):
    tile = grids.grid([third[None]], side=64)[2:-2, 2:-2]
    left = 2 + 2 * (tile.shape[1] + 2)
    np.testing.assert_array_equal(row[2:66, left : left + 64], tile)
  assert str(out) in capsys.readouterr().out


def test_an_unreadable_file_is_named_and_left_out(run, tmp_path, caplog):
  """One bad file among many is no reason to stop."""
  paths = [_save(tmp_path / "good.png", 16, 16, 3), str(tmp_path / "bad.png")]
  (tmp_path / "bad.png").write_bytes(b"no picture")
  assert set(_reconstruct(run, paths, tmp_path / "out")) == {"good"}
  assert paths[1] in caplog.text and "good.png" not in caplog.text
  with pytest.raises(errors.UserError, match="None of the 1 images"):
    _reconstruct(run, paths[1:], tmp_path / "none")


def test_seeds_change_what_is_drawn_and_nothing_else(run, tmp_path):
  """Figure 8: from level 0 all is kept, from one past the last all drawn."""
  path = _save(tmp_path / "a.png", 16, 16, 3)

  def image(name, **options):
    return _reconstruct(run, [path], tmp_path / name, **options)["a"]

  kept = [image(f"kept{seed}", fixed_from=0, seed=seed) for seed in (1, 2)]
  np.testing.assert_array_equal(*kept)
  one, two, again = (
    image(f"{i}", fixed_from=2, seed=seed) for i, seed in enumerate((1, 2, 1))
  )
  np.testing.assert_array_equal(one, again)
  assert not np.array_equal(one, two)
  # Another seed does not mix its images in.
  with pytest.raises(errors.UserError, match="seed.*--out"):
    image("0", fixed_from=2, seed=2)


def test_what_cannot_be_reconstructed_is_answered_with_a_remedy(run, tmp_path):
  """Nothing is written."""
  good = _save(tmp_path / "pictures" / "a.png", 16, 16, 3)
  (tmp_path / "empty").mkdir()
  (tmp_path / "empty" / "notes.txt").write_text("no image")
  (tmp_path / "file").write_text("")
  for path, target, fixed_from, message in (
    ("missing", "out", 0, "missing.*--images"),
    ("empty", "out", 0, "empty.*.jpg"),
    (good, "out", 3, "fixed_from=3.* 2 "),
    (good, "file", 0, "file.*--out"),
  ):
    with pytest.raises(errors.UserError, match=message):
      _reconstruct(
        run, [str(tmp_path / path)], tmp_path / target, fixed_from=fixed_from
      )
  assert not (tmp_path / "out").exists()
  with pytest.raises(errors.UserError, match="no run.*--run_dir"):
    _reconstruct(str(tmp_path / "pictures"), [good], tmp_path / "out")


def test_file_names_may_have_commas_and_a_tilde(run, tmp_path, monkeypatch):
  """Repeated or separated by commas, as the command takes them."""
  monkeypatch.setenv("HOME", str(tmp_path))
  _save(tmp_path / "me, at sea.png", 16, 16, 3)
  other = _save(tmp_path / "b.png", 16, 16, 3)
  third = _save(tmp_path / "c.png", 16, 16, 3)
  done = commands.call_here(
    *("reconstruct", f"--run_dir={run}", "--images=~/me, at sea.png"),
    *(f"--images={other},{third}", "--out=~/out"),
  )
  assert done.returncode == 0, done.stderr
  names = {path.stem for path in (tmp_path / "out").glob("*.png")}
  assert names == {"me, at sea", "b", "c"}
