"""Draws images from a trained run.

  python -m experiments.sample --run_dir=runs/demo --count=64 --seed=1

With --chain the images of every level. A LAPGAN also draws images of chosen
classes (--labels=airplane,dog) and many refinements of one coarsest image
(--fixed_coarsest).
"""

from absl import flags

from experiments.cli import program, shared_flags
from experiments.config import choices
from experiments.config.requests.sample import SampleRequest
from experiments.runs import named_runs

_RUN_DIR = shared_flags.define_run_dir()
_COUNT = flags.DEFINE_integer(
  "count", SampleRequest.count, "Images to draw.", lower_bound=1
)
_SEED = shared_flags.define_seed(
  SampleRequest.seed, "Equal seeds and batch sizes give equal images."
)
_TEMPERATURE = shared_flags.define_temperature(
  SampleRequest.temperature,
  "LapCVAE: a factor on the noise; 0 gives prior means.",
)
_LABELS = flags.DEFINE_list(
  "labels",
  [],
  "Class-conditional LAPGAN: classes by name or number, in turns; all if none "
  "is named.",
)
_CHAIN = flags.DEFINE_bool(
  "chain", False, "The image of every level, coarse to fine."
)
_FIXED_COARSEST = flags.DEFINE_bool(
  "fixed_coarsest",
  SampleRequest.fixed_coarsest,
  "LAPGAN: all images refine one coarsest image, of the class in --labels or "
  "of the first one.",
)
_PIXELS = flags.DEFINE_bool(
  "pixels",
  SampleRequest.pixels,
  "LapCVAE with output=pixelcnn: pixels drawn one after the other, which takes "
  "minutes, instead of mean bands.",
)
_BATCH_SIZE = flags.DEFINE_integer(
  "batch_size",
  SampleRequest.batch_size,
  "Images drawn at a time.",
  lower_bound=1,
)
_FORMAT = flags.DEFINE_enum(
  "format",
  "grid",
  list(choices.ENDINGS),
  "One labelled sheet, a PNG per image, or one npz file.",
)
_OUT = flags.DEFINE_string(
  "out",
  None,
  "File (grid, npz) or folder (png). Default: in the run's samples, under a "
  "name that says what was drawn.",
)


def main(argv):
  """Flags -> one call."""
  del argv
  named_runs.read([_RUN_DIR.value])
  program.load_tensorflow()
  from experiments.drawing import samples

  samples.sample_run(
    _RUN_DIR.value,
    SampleRequest(
      count=_COUNT.value,
      seed=_SEED.value,
      temperature=_TEMPERATURE.value,
      labels=tuple(_LABELS.value),
      fixed_coarsest=_FIXED_COARSEST.value,
      pixels=_PIXELS.value,
      batch_size=_BATCH_SIZE.value,
    ),
    _FORMAT.value,
    _CHAIN.value,
    _OUT.value,
  )


if __name__ == "__main__":
  program.run(main)
