"""Trains a small classifier, by whose features samples are measured.

  python -m experiments.classifier --dataset=cifar10 --out=runs/classifier
  python -m experiments.evaluate --run_dirs=runs/a \\
    --classifier=runs/classifier/classifier.keras

Any labelled dataset will do: cifar10, or folder:PATH with a subfolder for each
class.
"""

from absl import flags

from experiments.cli import data_flags, program, shared_flags
from experiments.config.data_config import DataConfig
from experiments.config.requests.classifier import ClassifierRequest
from experiments.config.training_config import TrainingConfig
from experiments.system import errors

flags.adopt_module_key_flags(data_flags)

_DATASET = flags.DEFINE_string(
  "dataset", ClassifierRequest.dataset, "Labelled images."
)
_SIZE = flags.DEFINE_integer(
  "size", ClassifierRequest.size, "Pixels of the images.", lower_bound=8
)
_STEPS = flags.DEFINE_integer(
  "steps", ClassifierRequest.steps, "Steps of training.", lower_bound=1
)
_BATCH_SIZE = flags.DEFINE_integer(
  "batch_size", ClassifierRequest.batch_size, "Images a step.", lower_bound=1
)
_SEED = shared_flags.define_seed(
  ClassifierRequest.seed, "Equal seeds train equal classifiers."
)
_RESUME = flags.DEFINE_bool(
  "resume", False, "Continues a training in --out from its last checkpoint."
)
_OUT = flags.DEFINE_string("out", None, "Folder to write into.", required=True)


def main(argv):
  """Flags -> configuration -> one call."""
  del argv
  size = _SIZE.value
  cropped = _DATASET.value == "cifar10" and size == 28
  try:
    data = DataConfig(
      name=_DATASET.value,
      size=size,
      # The corner windows of the presets at 28 pixels; smaller images are
      # whole.
      corner_crops_of=32 if cropped else None,
    )
    training = TrainingConfig(
      steps=_STEPS.value,
      batch_size=_BATCH_SIZE.value,
      learning_rate=2e-3,
      warmup_steps=min(200, _STEPS.value - 1),
      seed=_SEED.value,
    )
  except ValueError as error:
    raise errors.UserError(str(error)) from error
  program.load_tensorflow()
  from experiments.evaluation import classifier_training

  classifier_training.train(
    data,
    training,
    _OUT.value,
    _RESUME.value,
    data_flags.DATA_DIR.value,
    data_flags.CACHE_DIR.value,
  )


if __name__ == "__main__":
  program.run(main)
