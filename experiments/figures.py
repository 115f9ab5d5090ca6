"""Draws the papers' figures from trained runs and human studies.

  python -m experiments.figures --figure=lapcvae_8 --run_dirs=runs/lapcvae
  python -m experiments.figures --figure=lapcvae_4 \
    --run_dirs=runs/vae,runs/lapcvae
  python -m experiments.figures --figure=lapcvae_1 --run_dirs=runs/lapcvae \
    --image=face.png --strokes=strokes.json
  python -m experiments.figures --figure=lapgan_6 --study=study.sqlite

lapcvae_1  an edit by painting the coarse image
lapcvae_4  test images and their reconstructions by several runs
lapcvae_5  samples of several runs
lapcvae_6  samples with their nearest training images
lapcvae_7  samples before and after retraining M: the run, the retrained run
lapcvae_8  partial sampling, with the base that the fixed levels make
lapcvae_9  an edit of a selected region
lapgan_3   samples of several runs, by class, with nearest training images
lapgan_4   samples, and the coarse-to-fine chain
lapgan_5   samples of several runs, such as one per scene
lapgan_supp  many samples from one coarsest image, for several of these
lapgan_6   how many images people believed real, by presentation time
lapcvae_table2  which of two runs' reconstructions people preferred
curves     losses, KL and active dimensions of every level from the logs

Figures 1 and 9 take the flags of experiments.edit that say what to edit and
how. Unless --base and --onto say otherwise, finer levels refine a
reconstruction and the region is composited into one, as in the paper. With a
model of drawn faces and no --image they edit a drawn face, another one for each
--seed. Each figure is written into the samples of the first run, beside the
study, or to --out.
"""

from absl import flags

from experiments.cli import (
  crop_flag,
  data_flags,
  edit_flags,
  program,
  shared_flags,
)
from experiments.config.requests.edit import EditRequest
from experiments.config.requests.figures import (
  EDITS,
  FIGURES,
  STUDIES,
  FigureRequest,
)
from experiments.system import errors

flags.adopt_module_key_flags(data_flags)
flags.adopt_module_key_flags(edit_flags)
flags.adopt_module_key_flags(crop_flag)

_FIGURE = flags.DEFINE_enum(
  "figure", None, [*FIGURES, *STUDIES], "Which figure.", required=True
)
_RUN_DIRS = shared_flags.define_paths(
  "run_dirs", f"Folders of trainings. {shared_flags.BUNDLES_TOO}"
)
_STUDY = flags.DEFINE_string(
  "study", None, f"File of experiments.study, for {' and '.join(STUDIES)}."
)
_COUNT = flags.DEFINE_integer(
  "count",
  FigureRequest.count,
  "Images in a row.",
  lower_bound=1,
  upper_bound=32,
)
_SEED = shared_flags.define_seed(
  FigureRequest.seed, "Equal seeds give equal figures."
)
_OUT = flags.DEFINE_string(
  "out", None, "PNG to write, or Markdown for lapcvae_table2."
)

# What has no row to be so long, and what no noise takes part in.
_WITHOUT = (
  (_COUNT, (*STUDIES, "curves")),
  (_SEED, (*STUDIES, "curves", "lapcvae_4")),
)

_PAPERS_WAY = {"base": "reconstructed", "onto": "reconstruction"}


def main(argv):
  """Flags -> one call."""
  del argv
  from experiments.runs import named_runs

  changes, given = edit_flags.values(), edit_flags.given()
  # The papers' figures show the papers' way, unless they are asked otherwise.
  for flag, papers_way in _PAPERS_WAY.items():
    if f"--{flag}" not in given:
      changes[flag] = papers_way
  if given and _FIGURE.value not in EDITS:
    raise errors.UserError(
      f"{', '.join(given)}: only {' and '.join(EDITS)} edit an image; "
      f"{_FIGURE.value} does not."
    )
  for flag, figures in _WITHOUT:
    if flag.present and _FIGURE.value in figures:
      raise errors.UserError(
        f"--{flag.name}={flag.value} has no effect on {_FIGURE.value}. Leave "
        "it out."
      )
  run_dirs = shared_flags.paths(_RUN_DIRS.value)
  if _FIGURE.value in STUDIES:
    if run_dirs or _STUDY.value is None:
      raise errors.UserError(
        f"{_FIGURE.value} is made of a study's answers: give --study, and no "
        "--run_dirs."
      )
    from experiments.paper_figures import study_results

    study_results.draw(_FIGURE.value, _STUDY.value, _OUT.value)
    return
  if _STUDY.value is not None:
    raise errors.UserError(
      f"--study: {_FIGURE.value} is drawn from --run_dirs; only "
      f"{' and '.join(STUDIES)} are made of a study."
    )
  named_runs.read(run_dirs)
  program.load_tensorflow()
  from experiments.paper_figures import figure_files

  figure_files.draw(
    run_dirs,
    FigureRequest(figure=_FIGURE.value, count=_COUNT.value, seed=_SEED.value),
    EditRequest(**changes),
    _OUT.value,
    data_flags.DATA_DIR.value,
    data_flags.CACHE_DIR.value,
  )


if __name__ == "__main__":
  program.run(main)
