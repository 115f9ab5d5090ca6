"""Taking sunglasses off drawn faces, against the truth."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from absl import logging

from experiments.data.faces import eyewear_cases
from experiments.data.faces.eyewear_cases import Case
from experiments.editing.session import EditSession
from experiments.pictures import charts, grids, tables
from experiments.runs import trained_run
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors, outputs, whole_files

# Faces on the sheet.
_COLUMNS = 8
_SIDE = 96


def measure(
  run_path: str,
  vae_path: str,
  count: int,
  draws: int,
  level: int | None,
  out: str,
) -> None:
  """Writes sunglasses.json and sunglasses.png, and prints a table.

  Args:
    run_path: The folder of a LapCVAE run on faces.
    vae_path: The folder of a VAE run on faces of the same size.
    count: How many faces to edit.
    draws: How many variations of each face to draw.
    level: The painted level; None for the coarsest.
    out: The folder to write into.

  Raises:
    UserError: If a run is missing, of other images or sizes, or `level` leaves
      nothing to draw, or the folder cannot be written.
  """
  target = outputs.folder(out)
  run, vae = (
    trained_run.load(path, encodes=True) for path in (run_path, vae_path)
  )
  _check(run, vae)
  size = run.config.data.size
  session = EditSession(run.model, run.config.data)
  level = session.level(level)
  baseline = EditSession(vae.model, vae.config.data)
  cases = [
    eyewear_cases.draw_case(eyewear_cases.FIRST_FACE + i, size)
    for i in range(count)
  ]
  by_face = [
    _baselines(case, baseline) | _edits(case, session, level, draws, seed=i)
    for i, case in enumerate(cases)
  ]
  report = {
    "faces": count,
    "size": size,
    "painted_level": level,
    "draws": draws,
    "rmse_inside_region": _inside_region(cases, by_face),
    "command": (
      "python -m experiments.sunglasses --run_dir=RUN --vae_run_dir=VAE "
      f"--count={count} --draws={draws} --level={level} --out=OUT"
    ),
    "run": {"preset": run.preset, "steps": run.steps},
    "vae_run": {"preset": vae.preset, "steps": vae.steps},
  }
  path = target / "sunglasses.json"
  with outputs.explained(target):
    whole_files.write_json(path, report)
    title = f"{run.run_dir.path.name} ({run.preset}), level {level}"
    _write_sheet(target / "sunglasses.png", cases, by_face, title)
  print(markdown(report))
  print(f"Wrote {path} and {target / 'sunglasses.png'}")


def _check(run: TrainedRun, vae: TrainedRun) -> None:
  """Refuses runs of other images, and models that cannot do all edits."""
  path, size = run.run_dir.path, run.config.data.size
  for loaded in (run, vae):
    if (loaded.config.data.name, loaded.config.data.size) != ("faces", size):
      raise errors.UserError(
        f"{loaded.run_dir.path} is not of faces of {size} pixels, whose truth "
        "is known. Train both runs with --dataset=faces."
      )
  if run.config.model.num_levels == 1:
    raise errors.UserError(
      f"{path} has one level, which leaves none to draw. Name a LapCVAE of "
      "several levels in --run_dir."
    )
  if not run.family.fits:
    raise errors.UserError(
      f"{path} is a {run.family.name}, whose detail cannot be made to fit. "
      "Name the run of a LapCVAE in --run_dir."
    )


def _inside_region(
  cases: Sequence[Case], by_face: Sequence[Mapping[str, Sequence[np.ndarray]]]
) -> dict[str, dict[str, float]]:
  """Returns mean and standard error of the RMSE of every method."""
  rounded = {}
  for name in by_face[0]:
    of_faces = [
      np.mean([_rmse(case, result) for result in results[name]])
      for case, results in zip(cases, by_face, strict=True)
    ]
    rounded[name] = {
      "mean": round(float(np.mean(of_faces)), 2),
      "standard_error": round(float(np.std(of_faces) / len(cases) ** 0.5), 2),
    }
  return rounded


def markdown(report: Mapping[str, Any]) -> str:
  """Returns the report as a Markdown table."""
  return tables.markdown(
    ("method", "RMSE inside the region"),
    [
      (name, tables.spread(rmse["mean"], rmse["standard_error"], 2))
      for name, rmse in report["rmse_inside_region"].items()
    ],
  )


def _baselines(case: Case, vae: EditSession) -> dict[str, list[np.ndarray]]:
  """What the painting alone, a VAE and inpainting make of a face."""
  rebuilt = vae.open(case.painted).reconstructions[0]
  photograph = vae.open(case.worn)
  compositor = photograph.compositor(np.uint8(255) * case.region)
  results = {"painted image": [case.painted], "VAE": [compositor(rebuilt)]}
  try:
    import cv2
  except ImportError:
    logging.log_first_n(
      logging.WARNING,
      "OpenCV is not installed, so its inpainting is left out. Run: pip "
      "install -e '.[test]'.",
      1,
    )
    return results
  region = case.region.astype(np.uint8)
  return results | {
    "inpainting (Telea)": [
      cv2.inpaint(case.worn, region, 3, cv2.INPAINT_TELEA)
    ],
    "inpainting (Navier-Stokes)": [
      cv2.inpaint(case.worn, region, 3, cv2.INPAINT_NS)
    ],
  }


def _edits(
  case: Case, session: EditSession, level: int, draws: int, seed: int
) -> dict[str, list[np.ndarray]]:
  """What the model draws for the painted face, composited."""
  photograph = session.open(case.worn)
  coarse = photograph.painted(case.paint, level)
  region = photograph.region(np.uint8(255) * case.region, level)
  compositor = photograph.compositor(region)
  results = {}
  for fit in (False, True):
    for name, count, temperature in (
      ("no noise", 1, 0.0),
      ("drawn", draws, 1.0),
    ):
      batches = photograph.draw(
        count,
        level,
        coarse,
        region,
        fit=fit,
        base="reconstructed",
        seed=seed,
        temperature=temperature,
      )
      results[f"LapCVAE{' to fit' if fit else ''}, {name}"] = [
        compositor(variation) for batch in batches for variation in batch
      ]
  return results


def _rmse(case: Case, result: np.ndarray) -> float:
  """RMSE inside the region, in grey levels."""
  difference = result.astype(np.float64) - case.truth
  return np.sqrt(np.mean(np.square(difference[case.region])))


def _write_sheet(
  path: Any,
  cases: Sequence[Case],
  by_face: Sequence[Mapping[str, Sequence[np.ndarray]]],
  title: str,
) -> None:
  """Draws a row of faces for every method; of variations the first."""
  rows = {"with sunglasses": [case.worn for case in cases]}
  rows |= {name: [faces[name][0] for faces in by_face] for name in by_face[0]}
  rows["truth"] = [case.truth for case in cases]
  charts.labelled_rows(
    path,
    {
      name: grids.grid([np.stack(pictures[:_COLUMNS])], side=_SIDE)
      for name, pictures in rows.items()
    },
    f"Sunglasses painted over and drawn anew (LapCVAE, Section 5.2)\n{title}",
    {"with sunglasses": [f"face {i}" for i in range(len(cases))][:_COLUMNS]},
  )
