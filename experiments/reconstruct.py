"""Encodes image files with a trained run and decodes them again.

  python -m experiments.reconstruct --run_dir=runs/demo --images=a.jpg,photos

With --fixed_from, levels finer than it are drawn instead (partial sampling).
"""

import os

from absl import flags

from experiments.cli import crop_flag, program

flags.adopt_module_key_flags(crop_flag)

_RUN_DIR = flags.DEFINE_string(
  "run_dir", None, "Folder of a training.", required=True
)
_IMAGES = flags.DEFINE_list(
  "images", None, "Image files, or folders of them.", required=True
)
_FIXED_FROM = flags.DEFINE_integer(
  "fixed_from",
  0,
  "Levels from this one to the coarsest keep what the image shows, finer ones "
  "are drawn. 0 keeps all.",
  lower_bound=0,
)
_SEED = flags.DEFINE_integer(
  "seed", 0, "Of drawn levels.", lower_bound=0, upper_bound=2**31 - 1
)
_TEMPERATURE = flags.DEFINE_float(
  "temperature", 1.0, "Scale of the noise of drawn levels.", lower_bound=0
)
_BATCH_SIZE = flags.DEFINE_integer(
  "batch_size", 64, "Images at a time.", lower_bound=1
)
_OUT = flags.DEFINE_string(
  "out",
  None,
  "Folder for one PNG per image and a sheet of inputs above results. Default: "
  "reconstructions in the run's folder.",
)


def main(argv):
  """Loads, reconstructs, writes."""
  del argv
  program.load_tensorflow()
  from experiments.drawing import reconstructions

  reconstructions.reconstruct_files(
    _RUN_DIR.value,
    _IMAGES.value,
    _OUT.value or os.path.join(_RUN_DIR.value, "reconstructions"),
    reconstructions.Options(
      training_crop=crop_flag.is_training_crop(),
      fixed_from=_FIXED_FROM.value,
      seed=_SEED.value,
      temperature=_TEMPERATURE.value,
      batch_size=_BATCH_SIZE.value,
    ),
  )


if __name__ == "__main__":
  program.run(main)
