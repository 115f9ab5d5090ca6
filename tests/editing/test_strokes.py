"""Strokes: what they cover, and what is refused."""

import math

import numpy as np
import pytest

from experiments.editing import strokes


def _line(*points, width=8, color="#ff8000", **options):
  return {"color": color, "width": width, "points": points, **options}


def _draw(*lines, height=40, width=60):
  """RGBA in [0, 1]; points are lists, as in JSON."""
  lines = [dict(line, points=list(map(list, line["points"]))) for line in lines]
  painting = strokes.draw(strokes.parse(lines), height, width)
  assert painting.shape == (height, width, 4) and painting.dtype == np.uint8
  return painting / 255.0


def test_a_stroke_covers_its_line_and_round_ends():
  """Length times width, and a disc; elsewhere nothing."""
  opacity = _draw(_line([15, 20], [45, 20]))[:, :, 3]
  np.testing.assert_allclose(opacity.sum(), 30 * 8 + math.pi * 16, rtol=0.05)
  np.testing.assert_array_equal(opacity[17:23, 15:45], 1.0)
  assert not opacity[:15].any() and not opacity[26:].any()
  assert not opacity[:, :10].any() and not opacity[:, 51:].any()


def test_points_are_in_pixels_of_the_image():
  """A single one is a disc around it, x before y."""
  opacity = _draw(_line([42.5, 11.5], width=10))[:, :, 3]
  np.testing.assert_allclose(opacity.sum(), math.pi * 25, rtol=0.06)
  rows, columns = np.indices(opacity.shape) + 0.5
  np.testing.assert_allclose(
    [(opacity * x).sum() / opacity.sum() for x in (columns, rows)],
    [42.5, 11.5],
    atol=0.2,
  )


def test_colors_are_pure_to_the_edge():
  """Half covered pixels are half opaque, not half black."""
  painting = _draw(_line([10, 10], [40, 31], color=[200, 100, 50], width=5))
  painted = painting[:, :, 3] > 0
  assert np.any(painting[painted][:, 3] < 0.9)
  np.testing.assert_allclose(
    255 * painting[painted][:, :3],
    np.broadcast_to([200.0, 100.0, 50.0], (painted.sum(), 3)),
    atol=1e-9,
  )


@pytest.mark.parametrize(
  "over",
  [
    {"color": "blue", "opacity": 0.4},
    {"color": "#0000ff66"},
    {"color": "#0000ffcc", "opacity": 0.5},
  ],
)
def test_strokes_may_be_faint_and_later_ones_replace_earlier(over):
  """By an opacity, by the alpha of a CSS colour, or by both."""
  painting = _draw(_line([10, 20], [50, 20]), _line([30, 5], [30, 35], **over))
  np.testing.assert_allclose(painting[20, 12], [1.0, 128 / 255, 0.0, 1.0])
  np.testing.assert_allclose(painting[20, 30], [0.0, 0.0, 1.0, 0.4])


def test_rows_that_are_drawn_apart_fit_together(monkeypatch):
  """Large images are drawn in strips, small ones at once."""
  lines = [_line([3, 2], [55, 37], width=5), _line([20, 39], [50, 1], width=3)]
  apart = _draw(*lines)
  monkeypatch.setattr(strokes, "_ROWS", 1000)
  np.testing.assert_allclose(apart, _draw(*lines), atol=0.07)


def test_a_slip_of_the_brush_is_cut_off_at_the_border():
  """Points may lie outside of the image."""
  painting = _draw(_line([-50, 20], [200, 20]))
  np.testing.assert_array_equal(painting[18:22, :, 3], 1.0)


@pytest.mark.parametrize(
  "value, name",
  [
    (3, "list"),
    ({"color": "red"}, "list"),
    ([[1, 2]], "object"),
    ([{"width": 3, "points": [[1, 1]]}], "color"),
    ([_line([1, 1], color="reddish")], "reddish"),
    ([_line([1, 1], color=[10, 20])], "color"),
    ([_line([1, 1], color=[10, 20, 300])], "color"),
    ([_line([1, 1], color=[10, 20, True])], "color"),
    ([_line([1, 1], color=[1, 2, 3, 4])], "opacity"),
    ([_line([1, 1], opacity=1.5)], "opacity"),
    ([_line([1, 1], opacity=math.nan)], "opacity"),
    ([_line([1, 1], opacty=0.5)], "opacty"),
    ([_line([1, 1], width="wide")], "width"),
    ([_line([1, 1], width=0)], "width"),
    ([_line([1, 1], width=-4)], "width"),
    ([_line([1, 1], width=math.inf)], "width"),
    ([_line([1])], "point"),
    ([_line()], "points"),
    ([_line([1, 1e30])], "points"),
    ([_line([1, "1"])], "points"),
  ],
)
def test_what_is_no_stroke_is_refused_by_name(value, name):
  """With the value that is wrong."""
  if isinstance(value, list) and isinstance(value[0], dict):
    points = value[0].get("points")
    value = [dict(value[0], points=list(points) if points else points)]
  with pytest.raises(ValueError, match=name):
    strokes.parse(value)
