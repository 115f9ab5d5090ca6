"""Puts finished runs of one family side by side.

  python -m experiments.compare --out=results --name=lapcvae_celeba64 \
    --paper=runs/vae,runs/no_m,runs/lapcvae \
    --rate_distortion=runs/vae,runs/vae_low_beta,runs/lapcvae

writes NAME.json (a list of one object per run), NAME_rate_distortion.png and
NAME_faces.png (inputs, reconstructions and samples of the `paper` runs). Runs
of LAPGAN, the first of which may be a one-level GAN, are compared by

  python -m experiments.compare --out=results --name=lapgan_cifar10 \
    --swd=runs/gan,runs/lapgan,runs/cc_lapgan

which writes NAME.json and NAME_samples.png.
"""

from absl import flags

from experiments.cli import data_flags, program, shared_flags
from experiments.config.requests.compare import ComparisonRequest

flags.adopt_module_key_flags(data_flags)

_PAPER = shared_flags.define_paths(
  "paper", "Runs of the paper's comparison, the baseline first."
)
_RATE_DISTORTION = shared_flags.define_paths(
  "rate_distortion", "Runs of the plot of RMSE against KL."
)
_SWD = shared_flags.define_paths(
  "swd", "LAPGAN runs of a table of sliced Wasserstein distances."
)
_OUT = flags.DEFINE_string("out", None, "Folder to write into.", required=True)
_NAME = flags.DEFINE_string(
  "name", None, "Beginning of the names of the files.", required=True
)
_SHOW_INPUTS = flags.DEFINE_bool(
  "show_inputs",
  ComparisonRequest.show_inputs,
  "Whether the sheet has test images and their reconstructions above the "
  "samples; switch off where the images may not be passed on.",
)


def main(argv):
  """Flags -> one call."""
  del argv
  from experiments.runs import named_runs

  request = ComparisonRequest(
    paper=tuple(shared_flags.paths(_PAPER.value)),
    rate_distortion=tuple(shared_flags.paths(_RATE_DISTORTION.value)),
    swd=tuple(shared_flags.paths(_SWD.value)),
    out=_OUT.value,
    name=_NAME.value,
    show_inputs=_SHOW_INPUTS.value,
  )
  named_runs.read([*request.paper, *request.rate_distortion, *request.swd])
  program.load_tensorflow()
  from experiments.evaluation import rate_distortion, swd_table

  table = swd_table if request.swd else rate_distortion
  table.compare(request, data_flags.DATA_DIR.value, data_flags.CACHE_DIR.value)


if __name__ == "__main__":
  program.run(main)
