"""Draws images from a trained run.

python -m experiments.sample --run_dir=runs/demo --count=64 --seed=1
"""

import os

from absl import flags

from experiments import command_line

_FORMATS = ("grid", "png", "npz")

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
  "temperature", 1.0, "Scale of the noise; 0 gives prior means.", lower_bound=0
)
_BATCH_SIZE = flags.DEFINE_integer(
  "batch_size", 64, "Images drawn at a time.", lower_bound=1
)
_FORMAT = flags.DEFINE_enum(
  "format", "grid", _FORMATS, "One picture, a PNG per image, or one npz file."
)
_OUT = flags.DEFINE_string(
  "out",
  None,
  "File (grid, npz) or folder (png). Default: in the run's samples.",
)


def main(argv):
  """Loads, draws, writes."""
  del argv
  command_line.load_tensorflow()
  import tensorflow as tf

  from experiments import output_images, trained_run

  run = trained_run.load(_RUN_DIR.value)
  sample = tf.function(run.model.sample)
  pixels = output_images.in_batches(
    lambda seed, count: sample(seed, count, _TEMPERATURE.value),
    _COUNT.value,
    min(_BATCH_SIZE.value, _COUNT.value),
    _SEED.value,
  )
  ending = {"grid": ".png", "png": "", "npz": ".npz"}[_FORMAT.value]
  name = f"seed{_SEED.value}_count{_COUNT.value}{ending}"
  out = _OUT.value or os.path.join(run.run_dir.samples, name)
  output_images.write(pixels, out, _FORMAT.value)


if __name__ == "__main__":
  command_line.run(main)
