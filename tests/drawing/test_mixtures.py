"""Mixtures of two images: which latents are decoded, and the picture."""

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image
from support import small_runs

from experiments.drawing import mixtures
from experiments.pictures import charts
from experiments.runs import trained_run
from experiments.system import errors


def _latents(levels):
  """z_k of two images, `[2, 3 + k]`, no number twice."""
  generator = np.random.default_rng(levels)
  return [
    tf.constant(generator.normal(size=(2, 3 + k)), tf.float32)
    for k in range(levels)
  ]


def test_the_way_goes_from_one_image_to_the_other():
  """In equal steps, at every level."""
  latents = _latents(3)
  mixed = mixtures.mixtures(latents, 5)["all levels"]
  for z, way in zip(latents, mixed, strict=True):
    assert way.shape == (5, z.shape[1])
    np.testing.assert_allclose(way[0], z[0], atol=1e-6)
    np.testing.assert_allclose(way[2], (z[0] + z[1]) / 2, atol=1e-6)
    np.testing.assert_allclose(way[-1], z[1], atol=1e-6)
    np.testing.assert_allclose(np.diff(way, 2, axis=0), 0.0, atol=1e-6)


@pytest.mark.parametrize("levels, half", [(2, 1), (3, 2), (4, 2)])
def test_some_levels_move_while_the_others_stay(levels, half):
  """Coarse levels and fine ones, each level in one of both."""
  latents = _latents(levels)
  found = mixtures.mixtures(latents, 4)
  whole = found["all levels"]
  for name, moving in (
    ("coarse levels, move", range(half, levels)),
    ("fine levels, move", range(half)),
  ):
    for k, way in enumerate(found[name]):
      still = np.repeat(latents[k][:1], 4, axis=0)
      expected = whole[k] if k in moving else still
      np.testing.assert_array_equal(way, expected)


def test_a_swap_has_coarse_levels_of_one_and_fine_ones_of_the_other():
  """For every level, the first image's coarse ones first."""
  latents = _latents(3)
  found = mixtures.mixtures(latents, 2)
  swaps = [name for name in found if "swapped" in name]
  assert swaps == ["levels 1 to 2, swapped", "level 2, swapped"]
  for k, name in enumerate(swaps, 1):
    for level, (z, pair) in enumerate(zip(latents, found[name], strict=True)):
      np.testing.assert_array_equal(pair, z if level >= k else z[::-1])


def test_a_single_level_has_one_way_to_mix():
  """That of a plain VAE."""
  assert list(mixtures.mixtures(_latents(1), 3)) == ["all levels"]


@pytest.fixture
def rows(monkeypatch):
  """Rows of the pictures drawn, by label."""
  noted, draw = {}, charts.labelled_rows

  def record(path, rows, title):
    noted.update(rows)
    draw(path, rows, title)

  monkeypatch.setattr(charts, "labelled_rows", record)
  return noted


def test_the_picture_shows_inputs_and_mixtures(tiny_runs, tmp_path, rows):
  """Ends of the way are the reconstructions; files come in their order."""
  small_runs.write_pictures(tmp_path / "pictures", count=3)
  paths = [str(tmp_path / "pictures" / f"{i}.png") for i in (2, 0)]
  out = tmp_path / "new" / "mixed.png"
  mixtures.interpolate(tiny_runs.cvae, paths, 3, False, str(out))
  with Image.open(out) as picture:
    assert min(picture.size) > 300
  names = ("inputs", "all levels", "coarse levels\nmove", "fine levels\nmove")
  assert tuple(rows) == (*names, "level 1\nswapped")
  # Six times sixteen pixels an image, and two between.
  shapes = [row.shape for row in rows.values()]
  two, three = (100, 198, 3), (100, 296, 3)
  assert shapes == [two, three, three, three, two]
  model = trained_run.load(tiny_runs.cvae).model
  shown = rows["inputs"][2::6, :][:16]
  inputs = np.stack([shown[:, 2:98:6], shown[:, 100:196:6]])
  made = model.reconstruct(inputs.astype(np.float32) / 127.5 - 1.0).numpy()
  made = np.rint(np.clip((made + 1) * 127.5, 0, 255))
  way = rows["all levels"][2::6, :][:16].astype(float)
  for i, start in enumerate((2, 2 + 2 * 98)):
    tile = way[:, start : start + 96 : 6]
    np.testing.assert_allclose(tile, made[i], atol=1.0)


def test_two_images_are_needed(tiny_runs, tmp_path):
  """And a LapCVAE."""
  small_runs.write_pictures(tmp_path / "pictures", count=1)
  paths = [str(tmp_path / "pictures")]
  out = str(tmp_path / "mixed.png")
  with pytest.raises(errors.UserError, match="takes two images, got one"):
    mixtures.interpolate(tiny_runs.cvae, paths, 3, False, out)
  with pytest.raises(errors.UserError, match="gan holds a LAPGAN"):
    mixtures.interpolate(tiny_runs.gan, paths, 3, False, out)
