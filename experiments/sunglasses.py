"""Measures an edit whose truth is known: sunglasses taken off drawn faces.

  python -m experiments.sunglasses --run_dir=runs/demo --vae_run_dir=runs/vae \
    --out=results

The drawn faces can be drawn again without sunglasses. Their region is painted
with the tone of the skin below it, as in Figure 1 of LapCVAE, on the coarse
image of --level, finer detail is drawn, and the region composited into the
original. RMSE to the true face inside the region stands beside that of the
painted image, of a plain VAE, and of OpenCV inpainting, if it is installed.
"""

from absl import flags

from experiments.cli import program
from experiments.runs import named_runs

_RUN_DIR = flags.DEFINE_string(
  "run_dir", None, "Run of a LapCVAE on faces.", required=True
)
_VAE_RUN_DIR = flags.DEFINE_string(
  "vae_run_dir", None, "Run of a VAE on faces of the same size.", required=True
)
_COUNT = flags.DEFINE_integer("count", 100, "Faces to edit.", lower_bound=1)
_DRAWS = flags.DEFINE_integer(
  "draws", 8, "Variations of each, besides the prior mean.", lower_bound=1
)
_LEVEL = flags.DEFINE_integer(
  "level", None, "Coarse level that is painted. Default: the coarsest."
)
_OUT = flags.DEFINE_string("out", None, "Folder to write into.", required=True)


def main(argv):
  """Flags -> one call."""
  del argv
  named_runs.read([_RUN_DIR.value, _VAE_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.evaluation import eyewear_edits

  eyewear_edits.measure(
    _RUN_DIR.value,
    _VAE_RUN_DIR.value,
    _COUNT.value,
    _DRAWS.value,
    _LEVEL.value,
    _OUT.value,
  )


if __name__ == "__main__":
  program.run(main)
