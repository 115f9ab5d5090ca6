"""Puts finished LapCVAE and VAE runs side by side.

  python -m experiments.compare --out=results --name=lapcvae_celeba64 \
    --paper=runs/vae,runs/no_m,runs/lapcvae \
    --rate_distortion=runs/vae,runs/vae_low_beta,runs/lapcvae

Writes NAME.json (a list of one object per run), NAME_rate_distortion.png and
NAME_faces.png (inputs, reconstructions and samples of the `paper` runs).
"""

from absl import flags

from experiments import command_line

_PAPER = flags.DEFINE_list(
  "paper", [], "Runs of the paper's comparison, the baseline first."
)
_RATE_DISTORTION = flags.DEFINE_list(
  "rate_distortion", [], "Runs of the plot of RMSE against KL."
)
_OUT = flags.DEFINE_string("out", None, "Folder to write into.", required=True)
_NAME = flags.DEFINE_string("name", None, "Of the files.", required=True)
_SHOW_INPUTS = flags.DEFINE_bool(
  "show_inputs",
  True,
  "Whether the sheet has test images and their reconstructions above the "
  "samples; switch off where the images may not be passed on.",
)
_DATA_DIR = flags.DEFINE_string(
  "data_dir", None, "Folder of prepared TFDS datasets. Default: TFDS's own."
)
_CACHE_DIR = flags.DEFINE_string(
  "cache_dir", None, "Folder for decoded images. Default: the user's cache."
)


def main(argv):
  """Flags -> one call."""
  del argv
  command_line.load_tensorflow()
  from experiments import comparison

  comparison.compare(
    paper=_PAPER.value,
    rate_distortion=_RATE_DISTORTION.value,
    out=_OUT.value,
    name=_NAME.value,
    show_inputs=_SHOW_INPUTS.value,
    data_dir=_DATA_DIR.value,
    cache_dir=_CACHE_DIR.value,
  )


if __name__ == "__main__":
  command_line.run(main)
