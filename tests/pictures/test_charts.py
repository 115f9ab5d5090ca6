"""Pictures with names beside them."""

import numpy as np
import pytest
from PIL import Image

from experiments.pictures import charts


@pytest.fixture
def pictures():
  """Of two sizes, no two pixels alike."""
  random = np.random.default_rng(0)
  return [
    random.integers(0, 256, (height, width, 3), np.uint8)
    for height, width in ((60, 80), (37, 51))
  ]


def _drawn(path, names, pictures, title):
  rows = dict(zip(names, pictures, strict=True))
  charts.labelled_rows(path, rows, title)
  with Image.open(path) as picture:
    return np.asarray(picture.convert("RGB"))


def _places(pixels, picture):
  """Where in `pixels` the picture lies: (top, left) of each."""
  height, width = picture.shape[:2]
  starts = np.argwhere(np.all(pixels == picture[0, 0], axis=-1))
  return [
    (top, left)
    for top, left in starts
    if np.array_equal(pixels[top : top + height, left : left + width], picture)
  ]


def test_pictures_are_drawn_pixel_for_pixel(tmp_path, pictures):
  """Under each other, from the same column on."""
  for i in range(8):
    names = ("a" * (i + 1), "b")
    drawn = _drawn(tmp_path / "rows.png", names, pictures, "Title")
    [[(top, left)], [(below, same)]] = (_places(drawn, p) for p in pictures)
    assert left == same and below >= top + len(pictures[0])


def test_long_names_and_titles_are_not_cut(tmp_path, pictures):
  """A margin stays white on all sides, however long they are."""
  long = "a name that is longer than the picture is wide " * 2
  widths = []
  for name in ("a", long):
    drawn = _drawn(
      tmp_path / "rows.png", (name, "b"), pictures, f"The title of {name}"
    )
    for edge in (drawn[:6], drawn[-6:], drawn[:, :6], drawn[:, -6:]):
      np.testing.assert_array_equal(edge, 255)
    widths.append(drawn.shape[1])
  assert widths[1] > widths[0] + 300
