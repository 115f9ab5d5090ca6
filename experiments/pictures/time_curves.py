"""Charts of fractions against presentation time, with matplotlib."""

import itertools
import os
from collections.abc import Mapping, Sequence

from matplotlib import ticker

from experiments.pictures.charts import pyplot
from experiments.system import whole_files


def draw(
  path: str | os.PathLike,
  curves: Mapping[str, Sequence[tuple[float, float, float]]],
  references: Mapping[str, float],
  title: str,
) -> None:
  """Draws a line with error bars for every source.

  Args:
    path: The PNG to write.
    curves: Points `(milliseconds, fraction, deviation)` by source; a deviation
      that is NaN has no bar.
    references: Published fractions by what they are of, as dashed lines.
    title: The caption above.
  """
  figure, axes = pyplot.subplots(figsize=(8.0, 4.8), layout="constrained")
  markers = itertools.cycle("osD^")
  for i, (source, points) in enumerate(curves.items()):
    # Bars that stand beside each other can be told apart.
    shift = 1.02 ** (i - (len(curves) - 1) / 2)
    axes.errorbar(
      [ms * shift for ms, _, _ in points],
      [fraction for _, fraction, _ in points],
      [deviation for _, _, deviation in points],
      marker=next(markers),
      capsize=3,
      label=source,
    )
  for label, fraction in references.items():
    axes.axhline(fraction, color="0.45", linestyle="--", linewidth=1)
    axes.annotate(
      label,
      (1.01, fraction),
      xycoords=("axes fraction", "data"),
      va="center",
      fontsize=8,
      color="0.3",
    )
  times = sorted({ms for points in curves.values() for ms, _, _ in points})
  axes.set_xscale("log")
  axes.xaxis.set_major_locator(ticker.FixedLocator(times))
  axes.xaxis.set_major_formatter(ticker.FormatStrFormatter("%d"))
  axes.xaxis.set_minor_locator(ticker.NullLocator())
  axes.set_ylim(-0.03, 1.03)
  axes.set_xlabel("presentation time (ms, logarithmic)")
  axes.set_ylabel("fraction believed real")
  axes.set_title(title, fontsize=10)
  axes.grid(alpha=0.3)
  figure.legend(loc="outside lower center", ncols=len(curves))
  with whole_files.replacing(path) as temporary:
    figure.savefig(temporary, dpi=130)
  pyplot.close(figure)
