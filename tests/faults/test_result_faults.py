"""Results whose writing is interrupted."""

import json

import numpy as np
import pytest
from PIL import Image

from experiments.drawing import image_files
from experiments.pictures import charts, grids
from experiments.system import whole_files

_PIXELS = np.zeros((4, 8, 8, 3), np.uint8)


def _write_json(path):
  whole_files.write_text(path, json.dumps({"rmse": 1.5}))


def _write_chart(path):
  charts.labelled_rows(path, {"zeros": _PIXELS[0]}, "Nothing")


@pytest.mark.parametrize(
  "name, write, interrupted",
  [
    ("table.json", _write_json, "pathlib.Path.write_text"),
    (
      "images.npz",
      lambda path: image_files.write(_PIXELS, path, "npz"),
      "numpy.savez_compressed",
    ),
    (
      "sheet.png",
      lambda path: grids.save_png(path, _PIXELS[0]),
      "PIL.Image.Image.save",
    ),
    ("chart.png", _write_chart, "matplotlib.figure.Figure.savefig"),
  ],
)
def test_an_interrupted_command_leaves_the_former_result(
  tmp_path, monkeypatch, record, name, write, interrupted
):
  """Interrupted while a result is written"""
  path = tmp_path / name
  write(path)
  before = path.read_bytes()

  def half(*arguments, **options):
    for target in arguments:
      if hasattr(target, "write"):
        target.write(b"half")
      elif str(target).startswith(str(tmp_path)):
        with open(target, "wb") as file:
          file.write(b"half")
    raise KeyboardInterrupt

  with monkeypatch.context() as patch:
    patch.setattr(interrupted, half)
    with pytest.raises(KeyboardInterrupt):
      write(path)
  assert path.read_bytes() == before
  assert [entry.name for entry in tmp_path.iterdir()] == [name]
  if name.endswith("png"):
    with Image.open(path) as picture:
      picture.load()
  record()
