"""Figures 1 and 9 of Dorta et al. (2017): edits, as rows of pictures.

Of a photograph; or, where none is given and the model is one of drawn faces, of
one that no training has seen: its sunglasses are painted over with skin tone
(Figure 1), or its eyes are drawn anew (Figure 9).
"""

import numpy as np

from experiments.data.faces import eyewear_cases
from experiments.editing import job
from experiments.runs import trained_run
from experiments.system import errors

TITLES = {
  "lapcvae_1": "Painted coarse image, samples, composed regions (LapCVAE, "
  "Figure 1)",
  "lapcvae_9": "Selected region, samples, composed regions (LapCVAE, Figure 9)",
}


def rows(
  figure: str, run_path: str, options: job.Options
) -> tuple[dict[str, np.ndarray], str]:
  """The rows of a figure by label, and its title.

  Args:
    figure: A key of `TITLES`.
    run_path: Folder of a LapCVAE run.
    options: What to edit; without an image a drawn face, of each seed another.

  Raises:
    UserError: If the files do not go with the figure or cannot be read, or the
      run is of a LAPGAN or has one level, or no image is given and the run is
      not of drawn faces.
  """
  _check_files(figure, options)
  # Before TensorFlow has anything to do.
  material = job.read(options) if options.image else None
  run = trained_run.load_lapcvae(run_path)
  if run.config.model.num_levels == 1:
    raise errors.UserError(
      f"{figure} needs a model of several levels; {run.run_dir.path} has one."
    )
  if material is None:
    material = _drawn_face(figure, run, options)
  return job.rows(job.make(run, material, options)), TITLES[figure]


def _check_files(figure, options):
  painting = options.paint or options.strokes
  if options.image is None:
    if painting or options.mask:
      raise errors.UserError(
        "A painting or a mask needs the photograph that it belongs to: add "
        "--image."
      )
  elif figure == "lapcvae_1" and not painting:
    raise errors.UserError(
      "lapcvae_1 shows a painted coarse image: add --paint or --strokes."
    )
  elif figure == "lapcvae_9" and (painting or not options.mask):
    raise errors.UserError(
      "lapcvae_9 keeps the coarse image and draws a region anew: give --mask, "
      "and neither --paint nor --strokes."
    )


def _drawn_face(figure, run, options):
  data = run.config.data
  if data.name != "faces":
    raise errors.UserError(
      f"{run.run_dir.path} is of {data.name}. Give a photograph and what to "
      f"change in it: --image and {_wanted(figure)}."
    )
  face = eyewear_cases.FIRST_FACE + options.seed
  case = eyewear_cases.draw_case(face, data.size)
  region = case.region.astype(np.float64)
  if figure == "lapcvae_9":
    return job.Material(case.truth, None, region)
  paint = np.concatenate([case.painted / 255.0, region[:, :, None]], axis=-1)
  return job.Material(case.worn, paint, None)


def _wanted(figure):
  return "--mask" if figure == "lapcvae_9" else "--strokes or --paint"
