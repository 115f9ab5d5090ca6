"""Files that commands write their images into."""

import os
import pathlib
from collections.abc import Callable

import numpy as np

from experiments.pictures import grids
from experiments.system import errors, whole_files


def write(pixels: np.ndarray, path: str | os.PathLike, kind: str) -> None:
  """Writes images and says where.

  Args:
    pixels: uint8 `[count, height, width, 3]`.
    path: A PNG for `grid`, a folder for `png`, an npz file for `npz`.
    kind: One of `output_formats.ENDINGS`.

  Raises:
    UserError: If the path cannot be written.
  """
  path = pathlib.Path(path)
  with errors.of_output(path):
    if kind == "grid":
      grids.save_png(path, grids.sheet(pixels))
    elif kind == "png":
      for i, image in enumerate(pixels):
        grids.save_png(path / f"{i:05d}.png", image)
    else:
      path.parent.mkdir(parents=True, exist_ok=True)
      with (
        whole_files.replacing(path) as temporary,
        open(temporary, "wb") as file,
      ):
        np.savez_compressed(file, images=pixels)
  print(f"Wrote {len(pixels)} images: {path}")


def write_picture(picture: np.ndarray, path: str | os.PathLike) -> None:
  """Writes one uint8 `[height, width, 3]` picture and says where.

  Raises:
    UserError: If the path cannot be written.
  """
  write_chart(lambda path: grids.save_png(path, picture), path)


def write_chart(
  draw: Callable[[str | os.PathLike], None], path: str | os.PathLike
) -> None:
  """Lets `draw` write a file, its folder made if missing, and says where.

  Raises:
    UserError: If the path cannot be written.
  """
  with errors.of_output(path):
    os.makedirs(os.path.dirname(os.path.abspath(path)), exist_ok=True)
    draw(path)
  print(f"Wrote {path}")
