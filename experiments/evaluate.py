"""Measures trained runs: both papers' tables, and more.

  python -m experiments.evaluate --run_dirs=runs/vae,runs/lapcvae

Of a LapCVAE: RMSE (Table 1), PSNR, SSIM and MS-SSIM of reconstructions. Of the
samples of every run: sliced Wasserstein distance, similarity of pairs, Parzen
window log-likelihood, and FID and KID if there are weights for them. Of a
LAPGAN also the multi-scale Parzen window (its Table 1). Writes scores.json
into each run and prints Markdown tables with the papers' numbers and with the
baselines that give likelihoods a meaning.
"""

from absl import flags

from experiments.cli import data_flags, program

flags.adopt_module_key_flags(data_flags)

_RUN_DIRS = flags.DEFINE_list(
  "run_dirs", None, "Folders of trainings.", required=True
)
_IMAGES = flags.DEFINE_integer(
  "images", 1000, "Test images whose likelihood is estimated.", lower_bound=2
)
_SAMPLES = flags.DEFINE_integer(
  "samples", 5000, "Samples for distances and diversity.", lower_bound=2
)
_PARZEN_SAMPLES = flags.DEFINE_integer(
  "parzen_samples",
  10_000,
  "Samples of a Parzen window; the paper has 50,000.",
  lower_bound=1,
)
_PARZEN_DRAWS = flags.DEFINE_integer(
  "parzen_draws",
  50,
  "Bands drawn for an image and level of the multi-scale window.",
  lower_bound=1,
)
_HELD_OUT = flags.DEFINE_bool(
  "held_out",
  False,
  "Tunes windows on one half of the images and reports the other; the paper "
  "tunes on those that it reports.",
)
_AUTHOR_DRAWS = flags.DEFINE_integer(
  "author_draws",
  0,
  "Also the RMSE of the LapCVAE author's protocol, with so many drawn "
  "reconstructions of each image (25); 0 for none.",
  lower_bound=0,
)
_INCEPTION_WEIGHTS = flags.DEFINE_string(
  "inception_weights",
  None,
  "Weights of Keras' InceptionV3 without its top, for FID and KID.",
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
  program.load_tensorflow()
  from experiments.evaluation import scores

  scores.evaluate(
    _RUN_DIRS.value,
    scores.Options(
      images=_IMAGES.value,
      samples=_SAMPLES.value,
      parzen_samples=_PARZEN_SAMPLES.value,
      parzen_draws=_PARZEN_DRAWS.value,
      held_out=_HELD_OUT.value,
      author_draws=_AUTHOR_DRAWS.value,
      inception_weights=_INCEPTION_WEIGHTS.value,
    ),
    data_flags.DATA_DIR.value,
    data_flags.CACHE_DIR.value,
    _OUT.value,
    _NAME.value,
  )


if __name__ == "__main__":
  program.run(main)
