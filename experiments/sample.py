"""Draws images from a trained run.

  python -m experiments.sample --run_dir=runs/demo --count=64 --seed=1

Of a LAPGAN also the images of every level (--chain), images of chosen classes
(--labels=airplane,dog), and many refinements of one coarsest image
(--fixed_coarsest).
"""

from absl import flags

from experiments.cli import program
from experiments.config import choices

_RUN_DIR = flags.DEFINE_string(
  "run_dir", None, "Folder of a training.", required=True
)
_COUNT = flags.DEFINE_integer("count", 64, "Images to draw.", lower_bound=1)
_SEED = flags.DEFINE_integer(
  "seed",
  0,
  "Equal seeds and batch sizes give equal images.",
  lower_bound=0,
  upper_bound=2**31 - 1,
)
_TEMPERATURE = flags.DEFINE_float(
  "temperature",
  1.0,
  "LapCVAE: scale of the noise; 0 gives prior means.",
  lower_bound=0,
)
_LABELS = flags.DEFINE_list(
  "labels",
  [],
  "Class-conditional LAPGAN: classes by name or number, in turns; all if none "
  "is named.",
)
_CHAIN = flags.DEFINE_bool(
  "chain", False, "LAPGAN: the image of every level, coarse to fine."
)
_FIXED_COARSEST = flags.DEFINE_bool(
  "fixed_coarsest", False, "LAPGAN: all images refine one coarsest image."
)
_BATCH_SIZE = flags.DEFINE_integer(
  "batch_size", 64, "Images drawn at a time.", lower_bound=1
)
_FORMAT = flags.DEFINE_enum(
  "format",
  "grid",
  list(choices.ENDINGS),
  "One picture, a PNG per image, or one npz file.",
)
_OUT = flags.DEFINE_string(
  "out",
  None,
  "File (grid, npz) or folder (png). Default: in the run's samples.",
)


def main(argv):
  """Flags -> one call."""
  del argv
  program.load_tensorflow()
  from experiments.drawing import samples

  samples.sample_run(
    _RUN_DIR.value,
    samples.Options(
      count=_COUNT.value,
      seed=_SEED.value,
      temperature=_TEMPERATURE.value,
      labels=tuple(_LABELS.value),
      chain=_CHAIN.value,
      fixed_coarsest=_FIXED_COARSEST.value,
      batch_size=_BATCH_SIZE.value,
    ),
    _FORMAT.value,
    _OUT.value,
  )


if __name__ == "__main__":
  program.run(main)
