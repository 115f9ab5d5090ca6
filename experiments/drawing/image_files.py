"""Files that commands write their images into."""

import os
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from experiments.config import choices
from experiments.pictures import charts, grids
from experiments.system import outputs, whole_files


def claimed(
  path: str | os.PathLike, kind: str, request: Mapping[str, Any]
) -> pathlib.Path:
  """Makes sure, before images are drawn, that they can be written.

  Args:
    path: A PNG for `grid`, a folder for `png`, an npz file for `npz`.
    kind: One of `choices.ENDINGS`.
    request: Everything that the images depend on, as JSON values.

  Raises:
    UserError: If the path cannot be written, does not end as its kind does, or
      is a folder that holds images of another request.
  """
  if kind == "png":
    return outputs.claimed_folder(path, request)
  return outputs.file(path, choices.ENDINGS[kind])


def write(pixels: np.ndarray, path: pathlib.Path, kind: str) -> None:
  """Writes images and says where.

  Args:
    pixels: uint8 `[count, height, width, 3]`.
    path: What `claimed` returned.
    kind: `png`, a file for each image, or `npz`, one file of the array.

  Raises:
    UserError: If the path cannot be written.
  """
  with outputs.explained(path):
    if kind == "png":
      for i, image in enumerate(pixels):
        grids.save_png(path / f"{i:05d}.png", image)
    else:
      with (
        whole_files.replacing(path) as temporary,
        open(temporary, "wb") as file,
      ):
        np.savez_compressed(file, images=pixels)
  print(f"Wrote {len(pixels)} images: {path}")


def write_sheet(
  path: str | os.PathLike, rows: Mapping[str, np.ndarray], title: str
) -> None:
  """Writes a sheet of labelled pictures and says where.

  Args:
    path: The PNG.
    rows: uint8 `[height, width, 3]` pictures by label.
    title: The caption.

  Raises:
    UserError: If the path cannot be written.
  """
  write_chart(lambda path: charts.labelled_rows(path, rows, title), path)


def write_chart(
  draw: Callable[[str | os.PathLike], None], path: str | os.PathLike
) -> None:
  """Lets `draw` write a file, its folder made if missing, and says where.

  Raises:
    UserError: If the path cannot be written.
  """
  target = outputs.file(path)
  with outputs.explained(target):
    draw(target)
  print(f"Wrote {target}")
