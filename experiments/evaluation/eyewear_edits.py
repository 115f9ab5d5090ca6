"""Taking sunglasses off drawn faces, against the truth."""

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.data.faces import eyewear_cases
from experiments.editing import composite, session
from experiments.pictures import charts, grids, tables
from experiments.runs import description, trained_run
from experiments.system import errors, whole_files
from lapcvae_tf import editing
from pyramid_tf import images, pyramid

_SHOWN = 8


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
    run_path: Folder of a LapCVAE run on faces.
    vae_path: Folder of a VAE run on faces of the same size.
    count: Faces.
    draws: Variations of each.
    level: The painted level; None for the coarsest.
    out: Folder to write into.

  Raises:
    UserError: If a run is missing, of other images or sizes, or `level` leaves
      nothing to draw.
  """
  target = description.output_folder(out)
  run, vae = (trained_run.load_lapcvae(path) for path in (run_path, vae_path))
  size = run.config.data.size
  for loaded in (run, vae):
    if (loaded.config.data.name, loaded.config.data.size) != ("faces", size):
      raise errors.UserError(
        f"{loaded.run_dir.path} is not of faces of {size} pixels, whose truth "
        "is known. Train both runs with --dataset=faces."
      )
  if run.config.model.num_levels == 1:
    raise errors.UserError(
      f"{run_path} has one level, which leaves none to draw. Name a LapCVAE of "
      "several levels in --run_dir."
    )
  level = session.painted_level(run.config.model, level)
  cases = [
    eyewear_cases.draw_case(eyewear_cases.FIRST_FACE + i, size)
    for i in range(count)
  ]
  results = {
    "painted image": [case.painted for case in cases],
    "VAE": _composited(cases, _reconstructed(vae.model, cases)),
    **_inpainted(cases),
  }
  rmse = {name: _rmse(cases, found) for name, found in results.items()}
  for name, draw in (("", _drawn), (" to fit", _drawn_to_fit)):
    mean = f"LapCVAE{name}, no noise"
    results[mean] = _composited(cases, draw(run.model, cases, level, 0, 0.0))
    rmse[mean] = _rmse(cases, results[mean])
    by_draw = [
      _composited(cases, draw(run.model, cases, level, seed, 1.0))
      for seed in range(1, draws + 1)
    ]
    rmse[f"LapCVAE{name}, drawn"] = np.mean(
      [_rmse(cases, found) for found in by_draw], axis=0
    )
    results[f"LapCVAE{name}, drawn"] = by_draw[0]
  report = {
    "faces": count,
    "size": size,
    "painted_level": level,
    "draws": draws,
    "rmse_inside_region": {
      name: {
        "mean": round(float(values.mean()), 2),
        "standard_error": round(float(values.std() / count**0.5), 2),
      }
      for name, values in rmse.items()
    },
    "command": (
      "python -m experiments.sunglasses --run_dir=RUN --vae_run_dir=VAE "
      f"--count={count} --draws={draws} --level={level} --out=OUT"
    ),
    "run": {"preset": run.preset, "steps": run.steps},
    "vae_run": {"preset": vae.preset, "steps": vae.steps},
  }
  path = target / "sunglasses.json"
  whole_files.write_json(path, report)
  rows = {
    "with sunglasses": [case.worn for case in cases],
    **results,
    "truth": [case.truth for case in cases],
  }
  charts.labelled_rows(
    target / "sunglasses.png",
    {
      name: grids.grid([np.stack(pictures[:_SHOWN])], side=96)
      for name, pictures in rows.items()
    },
    "Sunglasses painted over and drawn anew (LapCVAE, Section 5.2)",
  )
  print(markdown(report))
  print(f"Wrote {path} and {target / 'sunglasses.png'}")


def markdown(report) -> str:
  """The report as a Markdown table."""
  return tables.markdown(
    ("method", "RMSE inside the region"),
    [
      (name, tables.spread(rmse["mean"], rmse["standard_error"], 2))
      for name, rmse in report["rmse_inside_region"].items()
    ],
  )


def _reconstructed(model, cases):
  image = images.from_uint8(np.stack([case.painted for case in cases]))
  return images.to_uint8(model.reconstruct(image)).numpy()


def _drawn(model, cases, level, seed, temperature):
  image = images.from_uint8(np.stack([case.painted for case in cases]))
  config = model.config
  coarse = pyramid.gaussian_pyramid(image, config.sizes, config.kernel)[level]
  drawn = editing.draw_from_coarse(
    model, coarse, level, tf.constant([seed, 0]), temperature
  )
  return images.to_uint8(drawn[0]).numpy()


def _drawn_to_fit(model, cases, level, seed, temperature):
  config = model.config
  painted = images.from_uint8(np.stack([case.painted for case in cases]))
  coarse = pyramid.gaussian_pyramid(painted, config.sizes, config.kernel)
  drawn = editing.draw_to_fit(
    model,
    coarse[level],
    level,
    painted,
    tf.constant(np.stack([case.region for case in cases]), tf.float32),
    tf.constant([seed, 0]),
    temperature,
  )
  return images.to_uint8(drawn[0]).numpy()


def _composited(cases, patches):
  found = []
  for case, patch in zip(cases, patches, strict=True):
    blended = composite.blend("poisson", case.worn, patch, case.region)
    found.append(np.clip(np.rint(blended), 0, 255).astype(np.uint8))
  return found


def _inpainted(cases):
  try:
    import cv2
  except ImportError:
    logging.warning(
      "OpenCV is not installed, so its inpainting is left out. Run: pip "
      "install -e '.[test]'."
    )
    return {}
  return {
    name: [
      cv2.inpaint(case.worn, case.region.astype(np.uint8), 3, method)
      for case in cases
    ]
    for name, method in (
      ("inpainting (Telea)", cv2.INPAINT_TELEA),
      ("inpainting (Navier-Stokes)", cv2.INPAINT_NS),
    )
  }


def _rmse(cases, results):
  """RMSE of each face inside its region, grey levels."""
  found = []
  for case, result in zip(cases, results, strict=True):
    difference = result.astype(np.float64) - case.truth
    found.append(np.sqrt(np.mean(np.square(difference[case.region]))))
  return np.array(found)
