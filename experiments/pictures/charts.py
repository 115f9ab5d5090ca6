"""Charts, with matplotlib."""

import itertools
import os
from collections.abc import Mapping, Sequence

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot  # noqa: E402

from experiments.system import whole_files  # noqa: E402

# Of pictures of images, and pixels between these.
_DPI = 100
_GAP = 12


def rate_distortion(
  path: str | os.PathLike,
  curves: Mapping[str, Sequence[tuple[float, float, str]]],
  title: str,
) -> None:
  """Draws RMSE against KL, a line per family.

  Args:
    path: PNG to write.
    curves: Points `(KL in nats, RMSE in grey levels, label)` by family.
    title: What was trained on what, for how long.
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
  path: str | os.PathLike, rows: Mapping[str, object], title: str
) -> None:
  """Stacks pictures, each with its name at the left, pixel for pixel.

  Args:
    path: PNG to write.
    rows: uint8 `[height, width, 3]` pictures by label.
    title: Caption above.
  """
  width = max(picture.shape[1] for picture in rows.values())
  height = sum(picture.shape[0] + _GAP for picture in rows.values()) - _GAP
  figure = pyplot.figure(figsize=(width / _DPI, height / _DPI))
  top = height
  for label, picture in rows.items():
    top -= picture.shape[0]
    axis = figure.add_axes(
      (
        0.0,
        top / height,
        picture.shape[1] / width,
        picture.shape[0] / height,
      )
    )
    top -= _GAP
    axis.imshow(picture, interpolation="nearest", aspect="auto")
    axis.set_ylabel(label, rotation=0, ha="right", va="center", fontsize=10)
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
      spine.set_visible(False)
  above = 1.0 + _GAP / height
  figure.text(0.5, above, title, ha="center", va="bottom", fontsize=11)
  with whole_files.replacing(path) as temporary:
    # Names and the title lie around the pictures.
    figure.savefig(temporary, dpi=_DPI, bbox_inches="tight", pad_inches=0.1)
  pyplot.close(figure)


def curves(
  path: str | os.PathLike,
  values: Mapping[str, Mapping[str, tuple[Sequence, Sequence]]],
  title: str,
) -> None:
  """Draws a small chart for every tag, with a line per run.

  Args:
    path: PNG to write.
    values: (steps, values) by tag, then by run.
    title: Caption above.
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
