"""Mixes two faces in the latent space of a LapCVAE.

  python -m experiments.interpolate --run_dir=runs/demo --images=a.png,b.png

Draws the way from one to the other in all levels, in the coarse ones and in the
fine ones alone, and swaps: coarse levels of one image, fine ones of the other.
"""

import pathlib

from absl import flags

from experiments.cli import crop_flag, program, shared_flags
from experiments.runs import named_runs
from experiments.system import errors

flags.adopt_module_key_flags(crop_flag)

_RUN_DIR = shared_flags.define_run_dir("Folder of a training of a LapCVAE.")
_IMAGES = shared_flags.define_paths(
  "images", "Two image files, or a folder.", required=True
)
_STEPS = flags.DEFINE_integer(
  "steps", 8, "Images from one to the other.", lower_bound=2, upper_bound=64
)
_OUT = flags.DEFINE_string(
  "out", None, "PNG to write. Default: in the samples of the run."
)


def main(argv):
  """Flags -> one call."""
  del argv
  [run] = named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.drawing import mixtures

  images = shared_flags.paths(_IMAGES.value)
  if len(images) > 2:
    raise errors.UserError(
      f"--images takes two files or a folder, got {len(images)}."
    )
  stems = "_".join(pathlib.Path(image).stem for image in images)
  file = f"interpolation_{stems}_steps{_STEPS.value}.png"
  mixtures.interpolate(
    _RUN_DIR.value,
    images,
    _STEPS.value,
    crop_flag.is_training_crop(),
    _OUT.value or str(run.run_dir.samples / file),
  )


if __name__ == "__main__":
  program.run(main)
