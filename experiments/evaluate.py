"""Measures trained runs: both papers' tables, and more.

  python -m experiments.evaluate --run_dirs=runs/vae,runs/lapcvae

Runs of LapCVAE have the RMSE (Table 1), PSNR, SSIM and MS-SSIM of their
reconstructions measured. The samples of every run have their sliced Wasserstein
distance, similarity of pairs and Parzen window log-likelihood measured, and FID
and KID if there are weights for them; those of LAPGAN also the multi-scale
Parzen window (its Table 1). Each run gets an evaluation.json. Markdown tables
show the papers' numbers, and the baselines that give likelihoods a meaning.
"""

from absl import flags

from experiments.cli import data_flags, program, shared_flags
from experiments.config.requests.evaluate import EvaluationRequest
from experiments.system import errors

flags.adopt_module_key_flags(data_flags)

_RUN_DIRS = shared_flags.define_paths(
  "run_dirs",
  f"Folders of trainings. {shared_flags.BUNDLES_TOO}",
  required=True,
)
_IMAGES = flags.DEFINE_integer(
  "images",
  EvaluationRequest.images,
  "Test images whose likelihood is estimated.",
  lower_bound=2,
)
_SAMPLES = flags.DEFINE_integer(
  "samples",
  EvaluationRequest.samples,
  "Samples for distances and diversity.",
  lower_bound=2,
)
_PARZEN_SAMPLES = flags.DEFINE_integer(
  "parzen_samples",
  EvaluationRequest.parzen_samples,
  "Samples of a Parzen window; the paper has 50,000.",
  lower_bound=1,
)
_PARZEN_DRAWS = flags.DEFINE_integer(
  "parzen_draws",
  EvaluationRequest.parzen_draws,
  "Bands drawn for an image and level of the multi-scale window.",
  lower_bound=1,
)
_CLASSIFIER = flags.DEFINE_string(
  "classifier",
  EvaluationRequest.classifier,
  "classifier.keras of experiments.classifier, for distances, coverage and "
  "classes that see objects.",
)
_HELD_OUT = flags.DEFINE_bool(
  "held_out",
  EvaluationRequest.held_out,
  "Tunes windows on one half of the images and reports the other; the paper "
  "tunes on those that it reports.",
)
_AUTHOR_DRAWS = flags.DEFINE_integer(
  "author_draws",
  EvaluationRequest.author_draws,
  "Also measures RMSE by the protocol of LapCVAE's author, with so many drawn "
  "reconstructions of each image (25); 0 leaves it out.",
  lower_bound=0,
)
_INCEPTION_WEIGHTS = flags.DEFINE_string(
  "inception_weights",
  EvaluationRequest.inception_weights,
  "Weights of Keras' InceptionV3 without its top, for FID and KID.",
)
_GIVEN = flags.DEFINE_bool(
  "given",
  EvaluationRequest.given,
  "Measures what finer levels make of true coarse images.",
)
_OUT = flags.DEFINE_string(
  "out", None, "Folder for a file of all figures. Default: none."
)
_NAME = flags.DEFINE_string(
  "name", "evaluation", "Name of that file, without its suffix."
)


def main(argv):
  """Flags -> one call."""
  del argv
  from experiments.runs import named_runs

  if _NAME.present and _OUT.value is None:
    raise errors.UserError(
      f"--name={_NAME.value} names a file in --out, which is not given. Add "
      "--out, or leave this out."
    )
  run_dirs = shared_flags.paths(_RUN_DIRS.value)
  named_runs.read(run_dirs)
  program.load_tensorflow()
  from experiments.evaluation import scores

  scores.evaluate(
    run_dirs,
    EvaluationRequest(
      images=_IMAGES.value,
      samples=_SAMPLES.value,
      parzen_samples=_PARZEN_SAMPLES.value,
      parzen_draws=_PARZEN_DRAWS.value,
      held_out=_HELD_OUT.value,
      author_draws=_AUTHOR_DRAWS.value,
      inception_weights=_INCEPTION_WEIGHTS.value,
      classifier=_CLASSIFIER.value,
      given=_GIVEN.value,
    ),
    data_flags.DATA_DIR.value,
    data_flags.CACHE_DIR.value,
    _OUT.value,
    _NAME.value,
  )


if __name__ == "__main__":
  program.run(main)
