"""Puts finished runs of one family side by side.

  python -m experiments.compare --out=results --name=lapcvae_celeba64 \
    --paper=runs/vae,runs/no_m,runs/lapcvae \
    --rate_distortion=runs/vae,runs/vae_low_beta,runs/lapcvae

Writes NAME.json (a list of one object per run), NAME_rate_distortion.png and
NAME_faces.png (inputs, reconstructions and samples of the `paper` runs). Of
LAPGAN runs, the first of which may be a one-level GAN:

  python -m experiments.compare --out=results --name=lapgan_cifar10 \
    --swd=runs/gan,runs/lapgan,runs/cc_lapgan

writes NAME.json and NAME_samples.png.
"""

from absl import flags

from experiments.cli import data_flags, program
from experiments.system import errors

flags.adopt_module_key_flags(data_flags)

_PAPER = flags.DEFINE_list(
  "paper", [], "Runs of the paper's comparison, the baseline first."
)
_RATE_DISTORTION = flags.DEFINE_list(
  "rate_distortion", [], "Runs of the plot of RMSE against KL."
)
_SWD = flags.DEFINE_list(
  "swd", [], "LAPGAN runs of a table of sliced Wasserstein distances."
)
_OUT = flags.DEFINE_string("out", None, "Folder to write into.", required=True)
_NAME = flags.DEFINE_string("name", None, "Of the files.", required=True)
_SHOW_INPUTS = flags.DEFINE_bool(
  "show_inputs",
  True,
  "Whether the sheet has test images and their reconstructions above the "
  "samples; switch off where the images may not be passed on.",
)


def main(argv):
  """Flags -> one call."""
  del argv
  if _SWD.value and (_PAPER.value or _RATE_DISTORTION.value):
    raise errors.UserError(
      "--swd is of LAPGAN runs, --paper and --rate_distortion of LapCVAE runs; "
      "compare one family at a time."
    )
  program.load_tensorflow()
  from experiments.evaluation import rate_distortion, swd_table

  if _SWD.value:
    swd_table.compare(
      _SWD.value,
      _OUT.value,
      _NAME.value,
      data_flags.DATA_DIR.value,
      data_flags.CACHE_DIR.value,
    )
    return
  rate_distortion.compare(
    paper=_PAPER.value,
    rate_distortion=_RATE_DISTORTION.value,
    out=_OUT.value,
    name=_NAME.value,
    show_inputs=_SHOW_INPUTS.value,
    data_dir=data_flags.DATA_DIR.value,
    cache_dir=data_flags.CACHE_DIR.value,
  )


if __name__ == "__main__":
  program.run(main)
