"""Charts, with matplotlib."""

import itertools
import math
import os
import textwrap
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import matplotlib
import numpy as np

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

from experiments.system import whole_files  # noqa: E402

# Labels have names of folders in them, where a dollar is a dollar.
matplotlib.rcParams["text.parse_math"] = False

# Pixels per inch of a sheet of pictures, and pixels between its rows.
_DPI = 100
_GAP = 12

# Sizes of text in points, and the widest lines in pixels.
_SMALL, _LARGE = 8, 10
_LABEL_WIDTH, _TITLE_WIDTH = 260, 400


def rate_distortion(
  path: str | os.PathLike,
  curves: Mapping[str, Sequence[tuple[float, float, str]]],
  title: str,
) -> None:
  """Draws RMSE against KL, a line for each kind of model.

  Args:
    path: The PNG to write.
    curves: Points `(KL in nats, RMSE in grey levels, label)` by kind of model.
    title: The caption above.
  """
  figure, axes = pyplot.subplots(figsize=(7.0, 4.5), layout="constrained")
  for (name, points), marker in zip(
    curves.items(), itertools.cycle("osD^v*X"), strict=False
  ):
    points = sorted(points)
    axes.plot(
      [nats for nats, _, _ in points],
      [rmse for _, rmse, _ in points],
      marker=marker,
      label=name,
    )
    for nats, rmse, label in points:
      axes.annotate(
        label,
        (nats, rmse),
        xytext=(5, 5),
        textcoords="offset points",
        fontsize=8,
      )
  axes.set_xlabel("KL of all levels (nats per image)")
  axes.set_ylabel("RMSE (grey levels, test images)")
  axes.set_title(title, fontsize=10)
  axes.grid(alpha=0.3)
  axes.legend()
  with whole_files.replacing(path) as temporary:
    figure.savefig(temporary, dpi=130)
  pyplot.close(figure)


def labelled_rows(
  path: str | os.PathLike,
  rows: Mapping[str, np.ndarray],
  title: str,
  cells: Mapping[str, Sequence[str]] | None = None,
) -> None:
  """Stacks pictures, pixel for pixel, each with its label at the left.

  Labels and the title are wrapped, never cut, and rows make room for theirs.

  Args:
    path: The PNG to write.
    rows: The uint8 `[height, width, 3]` picture of each row, by its label.
    title: The caption above.
    cells: The labels above the cells of a row, by the label of the row. They
      share the width of the picture equally, as the columns of `grids.grid` do.
  """
  placed, height = _placed(rows, cells or {})
  width = max(picture.shape[1] for picture in rows.values())
  figure = pyplot.figure(figsize=(width / _DPI, height / _DPI))
  for row in placed:
    high, wide = row.picture.shape[:2]
    bottom = height - row.top - high
    axis = figure.add_axes(
      (0.0, bottom / height, wide / width, high / height),
      xticks=[],
      yticks=[],
      frame_on=False,
    )
    axis.imshow(row.picture, interpolation="nearest", aspect="auto")
    axis.set_ylabel(
      row.label, rotation=0, ha="right", va="center", fontsize=_LARGE
    )
    for i, cell in enumerate(row.cells):
      axis.text(
        (i + 0.5) / len(row.cells),
        1.0,
        cell,
        transform=axis.transAxes,
        ha="center",
        va="bottom",
        fontsize=_SMALL,
      )
  figure.text(
    0.5,
    1.0 + _GAP / height,
    _wrapped(title, max(width, _TITLE_WIDTH), _LARGE + 1),
    ha="center",
    va="bottom",
    fontsize=_LARGE + 1,
  )
  with whole_files.replacing(path) as temporary:
    # Labels and the title lie around the pictures.
    figure.savefig(temporary, dpi=_DPI, bbox_inches="tight", pad_inches=0.1)
  pyplot.close(figure)


class _Row(NamedTuple):
  """A picture with its label, its cells' labels and its distance from above."""

  picture: np.ndarray
  label: str
  cells: list[str]
  top: int


def _placed(
  rows: Mapping[str, np.ndarray], cells: Mapping[str, Sequence[str]]
) -> tuple[list[_Row], int]:
  """Returns the rows with room for their labels, and their height in all."""
  placed, height = [], -_GAP
  for label, picture in rows.items():
    names = cells.get(label, ())
    above = [
      _wrapped(name, picture.shape[1] / len(names), _SMALL) for name in names
    ]
    label = _wrapped(label, _LABEL_WIDTH, _LARGE)
    room = max(picture.shape[0], _pixels_high(label, _LARGE))
    height += _GAP + max((_pixels_high(x, _SMALL) for x in above), default=0)
    top = height + (room - picture.shape[0]) // 2
    placed.append(_Row(picture, label, above, top))
    height += room
  return placed, height


def _wrapped(text: str, width: float, points: int) -> str:
  """Breaks lines that would be wider than so many pixels."""
  characters = max(4, int(width / (0.62 * points * _DPI / 72)))
  lines = (textwrap.fill(line, characters) for line in text.split("\n"))
  return "\n".join(lines)


def _pixels_high(text: str, points: int) -> int:
  """Returns the height of lines of text."""
  return math.ceil((text.count("\n") + 1) * 1.25 * points * _DPI / 72)


def curves(
  path: str | os.PathLike,
  values: Mapping[str, Mapping[str, tuple[Sequence, Sequence]]],
  title: str,
) -> None:
  """Draws a small chart for every tag, with a line per run.

  Args:
    path: The PNG to write.
    values: Steps and values of every line, by tag, then by run.
    title: The caption above.
  """
  columns = 3
  rows = -(-len(values) // columns)
  figure, axes = pyplot.subplots(
    rows,
    columns,
    figsize=(4.0 * columns, 2.4 * rows + 0.6),
    squeeze=False,
    layout="constrained",
  )
  names = sorted({name for runs in values.values() for name in runs})
  colors = {name: f"C{i}" for i, name in enumerate(names)}
  for axis, (tag, runs) in zip(axes.flat, sorted(values.items()), strict=False):
    for name, (steps, numbers) in runs.items():
      marker = "o" if len(steps) < 8 else None
      axis.plot(steps, numbers, color=colors[name], marker=marker, markersize=3)
    axis.set_title(tag, fontsize=9)
    axis.tick_params(labelsize=7)
    axis.grid(alpha=0.3)
  for axis in list(axes.flat)[len(values) :]:
    axis.set_visible(False)
  lines = [pyplot.Line2D([], [], color=colors[name]) for name in names]
  figure.legend(
    lines, names, loc="outside lower center", ncols=len(names), fontsize=8
  )
  figure.suptitle(title, fontsize=10)
  with whole_files.replacing(path) as temporary:
    figure.savefig(temporary, dpi=110)
  pyplot.close(figure)
