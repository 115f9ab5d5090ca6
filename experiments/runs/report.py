"""What a training says when it has ended."""

import os
import pathlib
import shlex
from collections.abc import Mapping
from typing import Any

from experiments.families.base import Family
from experiments.training.run_dir import RunDir


def shown_path(path: str | os.PathLike) -> str:
  """Returns a path as people read it: short, and quoted for a shell."""
  relative = os.path.relpath(path)
  far = relative.startswith(os.path.join("..", ".."))
  return shlex.quote(str(path) if far else relative)


def tell(run_dir: RunDir, family: Family, metrics: Mapping[str, Any]) -> None:
  """Prints figures, every file written, and commands to paste."""
  here = shown_path(run_dir.path)
  lines = [
    family.headline(metrics),
    "",
    "Written:",
    *(f"  {shown_path(path)}" for path in _written(run_dir)),
    "",
    "Next:",
    f"  tensorboard --logdir={here}",
    f"  python -m experiments.sample --run_dir={here} --count=64 --seed=1",
  ]
  if family.has_encoder:
    lines.append(
      f"  python -m experiments.reconstruct --run_dir={here} --images=PHOTO.jpg"
    )
  if len(metrics["levels"]) > 1:
    lines.append(
      f"  python -m experiments.sample --run_dir={here} --count=8 --chain"
    )
  lines += [
    f"  python -m experiments.evaluate --run_dirs={here}",
    f"  python -m experiments.train --config={family.paper_preset} "
    f"--run_dir=runs/{family.paper_preset}  # the paper's model; a GPU helps",
  ]
  print("\n".join(lines))


def _written(run_dir: RunDir) -> list[pathlib.Path]:
  patterns = (
    "metrics.json",
    "*/metrics.json",
    "samples/*.png",
    "checkpoints/",
    "*/checkpoints/",
    "*/saved_model/*/",
    "*/tensorboard/",
  )
  return [
    path
    for pattern in patterns
    for path in sorted(run_dir.path.glob(pattern))
    if ".partial" not in path.name
  ]
