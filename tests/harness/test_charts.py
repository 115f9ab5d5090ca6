"""Pictures with names beside them."""

import numpy as np
from PIL import Image

from experiments.harness import charts


def test_long_names_and_titles_are_not_cut(tmp_path):
  """A margin stays white on all sides, however long they are."""
  path = tmp_path / "rows.png"
  grey = np.full((60, 80, 3), 128, np.uint8)
  widths = []
  for name in ("a", "a name that is longer than the picture is wide " * 2):
    charts.labelled_rows(path, {name: grey, "b": grey}, f"The title of {name}")
    with Image.open(path) as picture:
      pixels = np.asarray(picture.convert("L"))
    for edge in (pixels[:6], pixels[-6:], pixels[:, :6], pixels[:, -6:]):
      np.testing.assert_array_equal(edge, 255)
    # Both pictures are there, pixel for pixel; letters have greys too.
    assert 2 * 60 * 80 <= np.sum(pixels == 128) < 2.1 * 60 * 80
    widths.append(pixels.shape[1])
  assert widths[1] > widths[0] + 300
