"""Paintings and masks from files, and answers to files that are none."""

import json
import math

import numpy as np
import pytest
from PIL import Image

from experiments.editing import paintings
from experiments.system import errors


def _save(path, pixels):
  Image.fromarray(np.asarray(pixels, np.uint8)).save(path)
  return str(path)


@pytest.fixture
def draw(tmp_path):
  """`draw(strokes, height, width)` writes them as JSON and draws them."""

  def of(value, height=40, width=60):
    path = tmp_path / "strokes.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value))
    return paintings.draw_strokes(str(path), height, width)

  return of


def _line(*points, width=8, color="#ff8000", **options):
  return {"color": color, "width": width, "points": points, **options}


def test_a_painting_keeps_colour_and_opacity(tmp_path):
  """In [0, 1], whatever the mode of the file is."""
  pixels = np.zeros((3, 5, 4), np.uint8)
  pixels[1, 2] = [255, 51, 0, 102]
  found = paintings.read_paint(_save(tmp_path / "p.png", pixels))
  assert found.shape == (3, 5, 4) and found.dtype == np.float64
  np.testing.assert_allclose(found[1, 2], [1.0, 0.2, 0.0, 0.4])
  assert np.count_nonzero(found[:, :, 3]) == 1
  grey = Image.fromarray(pixels).convert("LA")
  grey.save(tmp_path / "grey.png")
  found = paintings.read_paint(str(tmp_path / "grey.png"))
  np.testing.assert_allclose(found[1, 2, 3], 0.4)


def test_a_mask_is_its_brightness(tmp_path):
  """White changes, black does not, and grey changes partly."""
  pixels = np.zeros((4, 6, 3), np.uint8)
  pixels[0, 0], pixels[3, 5] = 255, 51
  found = paintings.read_mask(_save(tmp_path / "m.png", pixels))
  assert found.shape == (4, 6)
  assert (found[0, 0], found[3, 5]) == (1.0, pytest.approx(0.2))
  assert found.sum() == pytest.approx(1.2)


def test_a_painting_that_says_nowhere_is_refused(tmp_path):
  """Opaque all over, unless a mask says it, or transparent all over."""
  path = _save(tmp_path / "opaque.png", np.full((4, 4, 3), 9))
  with pytest.raises(errors.UserError, match="opaque.png has no transparent"):
    paintings.read_paint(path)
  assert paintings.read_paint(path, masked=True).shape == (4, 4, 4)
  path = _save(tmp_path / "empty.png", np.zeros((4, 4, 4)))
  with pytest.raises(errors.UserError, match="empty.png is transparent all"):
    paintings.read_paint(path)
  path = _save(tmp_path / "black.png", np.zeros((4, 4)))
  with pytest.raises(errors.UserError, match="black.png is black all over"):
    paintings.read_mask(path)


@pytest.mark.parametrize("read", [paintings.read_paint, paintings.read_mask])
def test_what_is_no_image_is_named(tmp_path, read):
  """Missing or damaged."""
  (tmp_path / "bad.png").write_bytes(b"no picture")
  for name in ("bad.png", "missing.png"):
    with pytest.raises(errors.UserError, match=f"{name} cannot be read: "):
      read(str(tmp_path / name))


def test_a_stroke_covers_its_line_and_round_ends(draw):
  """Length times width, and a disc; elsewhere nothing."""
  found = draw([_line([15, 20], [45, 20])])
  assert found.shape == (40, 60, 4)
  opacity = found[:, :, 3]
  np.testing.assert_allclose(opacity.sum(), 30 * 8 + math.pi * 16, rtol=0.05)
  np.testing.assert_array_equal(opacity[17:23, 15:45], 1.0)
  assert not opacity[:15].any() and not opacity[26:].any()
  assert not opacity[:, :10].any() and not opacity[:, 51:].any()


def test_points_are_in_pixels_of_the_image(draw):
  """A single one is a disc around it, x before y."""
  opacity = draw([_line([42.5, 11.5], width=10)])[:, :, 3]
  np.testing.assert_allclose(opacity.sum(), math.pi * 25, rtol=0.06)
  rows, columns = np.indices(opacity.shape) + 0.5
  np.testing.assert_allclose(
    [(opacity * x).sum() / opacity.sum() for x in (columns, rows)],
    [42.5, 11.5],
    atol=0.2,
  )


def test_colours_are_pure_to_the_edge(draw):
  """Half covered pixels are half opaque, not half black."""
  found = draw([_line([10, 10], [40, 31], color=[200, 100, 50], width=5)])
  painted = found[:, :, 3] > 0
  assert np.any(found[painted][:, 3] < 0.9)
  np.testing.assert_allclose(
    found[painted][:, :3] - np.array([200, 100, 50]) / 255.0, 0.0, atol=1e-9
  )


def test_strokes_may_be_faint_and_later_ones_lie_above(draw):
  """Opacity is that of the last stroke."""
  under = _line([10, 20], [50, 20])
  over = _line([30, 5], [30, 35], color="blue", opacity=0.4)
  found = draw([under, over])
  np.testing.assert_allclose(found[20, 12], [1.0, 128 / 255, 0.0, 1.0])
  np.testing.assert_allclose(found[20, 30], [0.0, 0.0, 1.0, 0.4])


@pytest.mark.parametrize(
  "value",
  [
    "no JSON",
    "3",
    '{"color": "red"}',
    [{"width": 3, "points": [[1, 1]]}],
    [_line([1, 1], color="reddish")],
    [_line([1, 1], color=3)],
    [_line([1])],
    [_line()],
    [_line([1, 1], width="wide")],
    [_line([9, 9], width=-4)],
    [[1, 2]],
  ],
)
def test_what_holds_no_strokes_is_answered_with_the_form(draw, value):
  """Rather than with a stack of calls."""
  with pytest.raises(errors.UserError, match="strokes.json holds no") as caught:
    draw(value)
  assert '[{"color": "#c89070", "width": 12, "points":' in str(caught.value)


def test_strokes_outside_of_the_image_are_no_edit(draw, tmp_path):
  """Nor are none at all, nor a missing file."""
  for value in ([], [_line([100, 100])]):
    with pytest.raises(errors.UserError, match="no stroke lies inside"):
      draw(value)
  with pytest.raises(errors.UserError, match="missing.json holds no strokes"):
    paintings.draw_strokes(str(tmp_path / "missing.json"), 8, 8)
