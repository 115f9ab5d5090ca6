"""Sheets of labelled pictures in the samples of a run."""

from experiments.pictures import charts, grids
from experiments.training.run_dir import RunDir
from experiments.training.task import Rows

# Small images are enlarged to about so many pixels.
_SIDE = 64


def draw(run_dir: RunDir, name: str, rows: Rows, preset: str) -> None:
  """Writes a sheet of labelled rows into the samples of a run."""
  run_dir.samples.mkdir(parents=True, exist_ok=True)
  strips = {
    label: grids.grid([images], side=_SIDE) for label, images in rows.items()
  }
  charts.labelled_rows(
    run_dir.samples / f"{name}.png",
    strips,
    f"{name.replace('_', ' ')}\n{run_dir.path.name} ({preset})",
  )
