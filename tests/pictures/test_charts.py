"""Sheets of pictures with labels beside and above them."""

import numpy as np
import pytest
from PIL import Image

from experiments.pictures import charts

_LONG = "a name that is longer than the picture is wide " * 3


@pytest.fixture
def pictures():
  """Pictures of two sizes, no two pixels alike."""
  random = np.random.default_rng(0)
  return [
    random.integers(0, 256, (height, width, 3), np.uint8)
    for height, width in ((60, 80), (37, 51))
  ]


@pytest.fixture
def drawn(tmp_path):
  """`drawn(rows, title="Title", cells=None)`: the pixels of the sheet."""

  def draw(rows, title="Title", cells=None):
    charts.labelled_rows(tmp_path / "rows.png", rows, title, cells)
    with Image.open(tmp_path / "rows.png") as picture:
      return np.asarray(picture.convert("RGB")).astype(int)

  return draw


def _place(pixels, picture):
  """Top and left of the one place in `pixels` where the picture lies."""
  height, width = picture.shape[:2]
  starts = np.argwhere(np.all(pixels == picture[0, 0], axis=-1))
  [place] = [
    (top, left)
    for top, left in starts
    if np.array_equal(pixels[top : top + height, left : left + width], picture)
  ]
  return place


@pytest.mark.parametrize("label", [*("a" * i for i in range(1, 9)), _LONG])
def test_pictures_are_drawn_pixel_for_pixel(drawn, pictures, label):
  """Under each other, from the same column on, whatever their labels are."""
  pixels = drawn({label: pictures[0], "b": pictures[1]}, cells={"b": ["x"]})
  (top, left), (below, same) = (_place(pixels, p) for p in pictures)
  assert left == same and below >= top + len(pictures[0])


@pytest.mark.parametrize(
  "label, title, cell",
  [(_LONG, "t", "c"), ("a", _LONG, "c"), ("a", "t", _LONG), ("x" * 99,) * 3],
)
def test_long_labels_are_wrapped_and_never_cut(
  drawn, pictures, label, title, cell
):
  """All sides keep a white margin, and the sheet stays narrow."""
  rows = {label: pictures[0], "b": pictures[1]}
  pixels = drawn(rows, title, {"b": [cell, "c"]})
  for edge in (pixels[:6], pixels[-6:], pixels[:, :6], pixels[:, -6:]):
    np.testing.assert_array_equal(edge, 255)
  assert pixels.shape[1] < 700


@pytest.mark.parametrize("lines", [1, 5, 9])
def test_a_row_is_as_high_as_its_label(drawn, pictures, lines):
  """Labels of many lines beside small pictures do not meet."""
  label = "a\n" * lines
  rows = {label + "b": pictures[0][:10], label + "c": pictures[1][:10]}
  pixels = drawn(rows)
  (first, _), (second, _) = (_place(pixels, p) for p in rows.values())
  assert second - first >= max(10, 14 * (lines + 1))


def test_labels_of_cells_stand_above_their_columns(drawn, pictures):
  """Each within its own share of the width of the row."""
  row = np.concatenate([pictures[0]] * 3, axis=1)
  row[0, 0] = 1, 2, 3
  pixels = drawn({"a": row}, "", {"a": ["left", "", "right"]})
  top, left = _place(pixels, row)
  cells = pixels[top - 14 : top - 2, left:][:, :240].reshape(12, 3, 80, 3)
  has_ink = np.any(cells < 128, axis=(0, 2, 3))
  np.testing.assert_array_equal(has_ink, [True, False, True])


def test_dollars_in_labels_are_dollars(drawn, pictures):
  """Names of folders are no formulas."""
  label = "run_$\\frac{$"
  assert drawn({label: pictures[0]}, label).min() < 128
