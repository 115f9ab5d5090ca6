"""Trains a preset and exports it.

  python -m experiments.train --config=lapcvae_demo --run_dir=runs/demo

Writes TensorBoard logs, checkpoints, a SavedModel per level and of the cascade,
pictures and metrics.json into the run directory.
"""

import dataclasses
import os

from absl import flags

from experiments.cli import data_flags, program, shared_flags
from experiments.config import overrides, presets, training_config
from experiments.config.run_config import RunConfig
from experiments.system import cluster, errors
from experiments.training import run_dir

flags.adopt_module_key_flags(data_flags)

_CONFIG = flags.DEFINE_string(
  "config",
  None,
  "Preset to train, such as lapcvae_demo; an unknown name, such as list, is "
  "answered with all of them.",
  required=True,
)
_RUN_DIR = flags.DEFINE_string(
  "run_dir", None, "Folder of the run; made if missing.", required=True
)
_SET = flags.DEFINE_multi_string(
  "set",
  [],
  "Changes one field of the preset, as path=value, such as training.steps=100 "
  "or model.levels.*.kl_weight=0.1. Repeatable.",
)
_DATASET = flags.DEFINE_string(
  "dataset",
  None,
  "Dataset instead of the preset's: faces, celeb_a, cifar10, stl10, "
  "lsun/<scene> or folder:PATH.",
)
_DOWNLOAD = flags.DEFINE_bool(
  "download", False, "Downloads the dataset if it is missing."
)
_SIZE = flags.DEFINE_integer(
  "size",
  None,
  "Pixels of the images instead of the preset's; the sizes of all levels go "
  "with it.",
  lower_bound=1,
)
_INIT_FROM = flags.DEFINE_string(
  "init_from",
  None,
  "Folder of another run of the same model, whose weights this run starts "
  "from.",
)
_RESUME = flags.DEFINE_bool(
  "resume",
  False,
  "Continues the run in --run_dir from its last checkpoint. With a larger "
  "--set=training.steps, a finished run goes on.",
)
_LEVELS = flags.DEFINE_multi_integer(
  "levels",
  [],
  "LAPGAN: levels to train, 0 for the finest; repeatable. Default: all, one "
  "after another. Other processes may train others in the same folder.",
)
_KEEP_GOING = flags.DEFINE_bool(
  "keep_going",
  False,
  "LAPGAN: trains the other levels if one diverges, and only reports a "
  "discriminator that is never wrong.",
)
_STRATEGY = flags.DEFINE_enum(
  "strategy",
  "auto",
  training_config.STRATEGIES,
  "Devices. auto: all GPUs of this machine, or its CPU.",
)
_PRECISION = flags.DEFINE_enum(
  "precision",
  None,
  ("auto", *training_config.PRECISIONS),
  "Short for --set=training.precision=...; auto: mixed_bfloat16 where the "
  "processor or the GPUs multiply it, float32 elsewhere.",
)
_CLASSIFIER = shared_flags.define_paths(
  "classifier",
  "LAPGAN with model.selection=classifier: files of experiments.classifier, "
  "each for the level whose pixels it reads.",
)
_XLA = flags.DEFINE_bool("xla", None, "Short for --set=training.xla=True.")


def main(argv):
  """Flags -> configuration -> one call."""
  del argv
  assignments = list(_SET.value)
  given = {assignment.partition("=")[0] for assignment in assignments}
  for flag, path, value in (
    ("dataset", "data.name", _DATASET.value),
    ("precision", "training.precision", _precision()),
    ("xla", "training.xla", _XLA.value),
  ):
    if value is None:
      continue
    if path in given:
      raise errors.UserError(
        f"--{flag} and --set={path} both say what {path} is; give one of them."
      )
    assignments.append(f"{path}={value}")
  config = presets.configured(_CONFIG.value, assignments, _SIZE.value)
  if config.data.folder:
    # So that the run can be resumed from another working directory.
    path = os.path.abspath(os.path.expanduser(config.data.folder))
    name = f"folder:{path}"
    config = dataclasses.replace(
      config, data=dataclasses.replace(config.data, name=name)
    )
  if _KEEP_GOING.value and not config.model.levels_train_alone:
    raise errors.UserError(
      "--keep_going trains the other levels if one fails; the levels of this "
      "model train together. Leave it out."
    )
  classifiers = shared_flags.paths(_CLASSIFIER.value)
  _check_classifiers(config, classifiers)
  parts = config.parts(_LEVELS.value)
  # The chief may have begun before another worker comes here.
  waits = (
    _STRATEGY.value == "multi_worker" and not cluster.read_worker().is_chief
  )
  folder = run_dir.RunDir(_RUN_DIR.value)
  if not waits:
    folder.check_free(parts)
  if not folder.is_run:
    # One that has begun goes on with what it was given.
    overrides.check_effects(config, assignments)
  folder.check(_CONFIG.value, config, _RESUME.value or waits, parts)
  if _INIT_FROM.value is not None:
    run_dir.RunDir(_INIT_FROM.value).check_gives_weights(config)
  program.load_tensorflow()
  from experiments.config.environment import Environment
  from experiments.runs import job

  job.train(
    _CONFIG.value,
    config,
    Environment(
      run_dir=_RUN_DIR.value,
      data_dir=data_flags.DATA_DIR.value,
      cache_dir=data_flags.CACHE_DIR.value,
      download=_DOWNLOAD.value,
      resume=_RESUME.value,
      init_from=_INIT_FROM.value,
      strategy=_STRATEGY.value,
      levels=tuple(_LEVELS.value),
      keep_going=_KEEP_GOING.value,
      classifiers=tuple(classifiers),
    ),
  )


def _precision() -> str | None:
  if _PRECISION.value != "auto":
    return _PRECISION.value
  program.load_tensorflow()
  from experiments.training import devices

  return devices.fast_precision()


def _check_classifiers(config: RunConfig, paths: list[str]) -> None:
  """Checks that classifiers choose weights if, and only if, they are given."""
  selects = getattr(config.model, "selection", None) == "classifier"
  if selects and not paths:
    raise errors.UserError(
      "model.selection=classifier chooses weights by a classifier. Train one "
      "with experiments.classifier, and name its file in --classifier."
    )
  if paths and not selects:
    raise errors.UserError(
      f"--classifier={paths[0]} has no effect. Add "
      "--set=model.selection=classifier, or leave the flag out."
    )
  for path in paths:
    if not os.path.isfile(os.path.expanduser(path)):
      raise errors.UserError(
        f"--classifier={path}: there is no such file. Train one with "
        "experiments.classifier."
      )


if __name__ == "__main__":
  program.run(main)
