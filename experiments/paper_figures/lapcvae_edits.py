"""Figures 1 and 9 of Dorta et al. (2017): edits, as rows of pictures.

They edit a photograph; or, where none is given and the model is one of drawn
faces, a face that no training has seen: its sunglasses are painted over with
skin tone (Figure 1), or its eyes are drawn anew (Figure 9).
"""

import numpy as np

from experiments.config.requests.edit import EditRequest
from experiments.data.faces import eyewear_cases
from experiments.editing import material
from experiments.editing.job import Edit
from experiments.editing.material import Material
from experiments.editing.session import EditSession
from experiments.paper_figures.figure import Figure
from experiments.runs import trained_run
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors

TITLES = {
  "lapcvae_1": "Painted coarse image, samples, composed regions (LapCVAE, "
  "Figure 1)",
  "lapcvae_9": "Selected region, samples, composed regions (LapCVAE, Figure 9)",
}

# What each figure asks for in messages.
_CHANGES = {"lapcvae_1": "--strokes or --paint", "lapcvae_9": "--mask"}


def draw(figure: str, run_path: str, request: EditRequest) -> Figure:
  """Draws a figure.

  Args:
    figure: A key of `TITLES`.
    run_path: The folder of a run whose model encodes images.
    request: What to edit; without an image a drawn face, another one for each
      seed.

  Returns:
    The steps of the edit, with all of its variations.

  Raises:
    UserError: If the files do not go with the figure or cannot be read, or the
      run does not encode images or has one level, or no image is given and the
      run is not of drawn faces.
  """
  _check_files(figure, request)
  # Files are read before the run, as this takes less time.
  edited = material.read(request) if request.image else None
  run = trained_run.load(run_path, encodes=True)
  if run.config.model.num_levels == 1:
    raise errors.UserError(
      f"{figure} needs a model of several levels; {run.run_dir.path} has one."
    )
  if edited is None:
    edited = _drawn_face(figure, run, request.seed)
  edit = Edit(EditSession(run.model, run.config.data), edited, request)
  for variation, result in edit.results():
    edit.sheet.add(variation, result)
  return Figure(edit.sheet.rows, TITLES[figure], edit.sheet.cells)


def _check_files(figure: str, request: EditRequest) -> None:
  painting = request.paint or request.strokes
  if figure == "lapcvae_9" and request.fit:
    raise errors.UserError(
      "--fit draws detail for a painting, and lapcvae_9 has none: leave it out."
    )
  if request.image is None:
    if painting or request.mask:
      raise errors.UserError(
        "A painting or a mask needs the photograph that it belongs to: add "
        "--image."
      )
  elif figure == "lapcvae_1" and not painting:
    raise errors.UserError(
      "lapcvae_1 shows a painted coarse image: add --paint or --strokes."
    )
  elif figure == "lapcvae_9" and (painting or not request.mask):
    raise errors.UserError(
      "lapcvae_9 keeps the coarse image and draws a region anew: give --mask, "
      "and neither --paint nor --strokes."
    )


def _drawn_face(figure: str, run: TrainedRun, seed: int) -> Material:
  data = run.config.data
  if data.name != "faces":
    raise errors.UserError(
      f"{run.run_dir.path} is of {data.name}. Give a photograph and what to "
      f"change in it: --image and {_CHANGES[figure]}."
    )
  case = eyewear_cases.draw_case(eyewear_cases.FIRST_FACE + seed, data.size)
  region = np.uint8(255) * case.region
  if figure == "lapcvae_9":
    return Material(case.truth, None, region, {})
  return Material(case.worn, case.paint, None, {})
