"""Makes a bundle of a finished run: a folder to load, ship or publish.

  python -m experiments.bundle --run_dir=runs/demo --out=demo_bundle

The folder holds config.json, model.weights.h5, a model card README.md and
samples.png. `LapCVAE.from_bundle` and `LAPGAN.from_bundle` load it, and every
command that takes a run takes it. A LAPGAN's holds the generators alone.
"""

from absl import flags

from experiments.cli import program, shared_flags
from experiments.runs import named_runs
from experiments.system import model_hub
from pyramid_tf import bundle_files

_RUN_DIR = shared_flags.define_run_dir()
_OUT = flags.DEFINE_string(
  "out", None, "Folder to write, new or empty.", required=True
)
_DTYPE = flags.DEFINE_enum(
  "dtype",
  "float32",
  bundle_files.DTYPES,
  "How kernels are stored: float16 halves the file, float32 keeps the model "
  "bit for bit.",
)
_DATA_LICENCE = flags.DEFINE_string(
  "data_licence",
  None,
  "A sentence for the card on the licence of the images. Default: what is "
  "known of the dataset.",
)
_PUSH = flags.DEFINE_string(
  "push",
  None,
  "USER/NAME on the Hugging Face hub to send the bundle to; a new one is "
  "private. Default: nowhere.",
)


def main(argv):
  """Flags -> one call."""
  del argv
  if _PUSH.value is not None:
    model_hub.check_name(_PUSH.value)
  named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.bundles import writing

  writing.write(
    _RUN_DIR.value,
    _OUT.value,
    _DTYPE.value,
    _DATA_LICENCE.value,
    _PUSH.value,
  )


if __name__ == "__main__":
  program.run(main)
