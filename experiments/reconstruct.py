"""Encodes image files with a trained run and decodes them again.

  python -m experiments.reconstruct --run_dir=runs/demo --images=a.jpg,photos

With --fixed_from, levels finer than it are drawn instead (partial sampling).
"""

from absl import flags

from experiments.cli import crop_flag, program, shared_flags
from experiments.config.requests.reconstruct import ReconstructionRequest
from experiments.runs import named_runs

flags.adopt_module_key_flags(crop_flag)

_RUN_DIR = shared_flags.define_run_dir()
_IMAGES = shared_flags.define_paths(
  "images", "Image files, or folders of them.", required=True
)
_FIXED_FROM = flags.DEFINE_integer(
  "fixed_from",
  ReconstructionRequest.fixed_from,
  "Levels from this one to the coarsest keep what the image shows, finer ones "
  "are drawn. 0 keeps all.",
  lower_bound=0,
)
_SEED = shared_flags.define_seed(
  ReconstructionRequest.seed, "Selects the noise of drawn levels."
)
_TEMPERATURE = shared_flags.define_temperature(
  ReconstructionRequest.temperature, "A factor on the noise of drawn levels."
)
_BATCH_SIZE = flags.DEFINE_integer(
  "batch_size",
  ReconstructionRequest.batch_size,
  "Images at a time.",
  lower_bound=1,
)
_OUT = flags.DEFINE_string(
  "out",
  None,
  "Folder for one PNG per image and a sheet of inputs above results. Default: "
  "in the run's reconstructions, under a name that says what was done.",
)


def main(argv):
  """Flags -> one call."""
  del argv
  request = ReconstructionRequest(
    training_crop=crop_flag.is_training_crop(),
    fixed_from=_FIXED_FROM.value,
    seed=_SEED.value,
    temperature=_TEMPERATURE.value,
    batch_size=_BATCH_SIZE.value,
  )
  named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.drawing import reconstructions

  reconstructions.reconstruct_files(
    _RUN_DIR.value,
    shared_flags.paths(_IMAGES.value),
    request,
    _OUT.value,
  )


if __name__ == "__main__":
  program.run(main)
