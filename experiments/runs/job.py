"""One training from start to end: data, loop, exports, pictures, report."""

import os
from collections.abc import Callable, Sequence

import tensorflow as tf
from absl import logging

from experiments import families
from experiments.config.environment import Environment
from experiments.config.run_config import RunConfig
from experiments.data import datasets
from experiments.runs import (
  choosers,
  description,
  exports,
  image_counts,
  report,
  sheets,
)
from experiments.runs.part_training import PartTraining
from experiments.system import errors
from experiments.training import checkpoints, devices
from experiments.training.loop import TrainingDiverged
from experiments.training.run_dir import RunDir
from experiments.training.task import Task


def train(
  preset: str,
  config: RunConfig,
  environment: Environment,
  make_task: Callable[[RunConfig], Task] | None = None,
) -> None:
  """Trains the parts of a run in order, exports and reports.

  Parts that train alone may be trained by several processes at once; whichever
  ends last joins them.

  Args:
    preset: The preset's name for config.json.
    config: The run.
    environment: Where and on what to train.
    make_task: Makes the task of a run that trains whole; None takes the
      family's.

  Raises:
    UserError: If the run directory, the data or the devices do not allow it,
      or the training diverges or is interrupted.
  """
  run_dir = RunDir(environment.run_dir)
  family = families.of(config.model)
  parts = config.parts(environment.levels)
  strategy = devices.make_strategy(environment.strategy)
  chief = devices.is_chief(strategy)
  if chief:
    run_dir.check(preset, config, environment.resume, parts)
  origin = _origin(run_dir, environment)
  if chief and origin:
    _check_weights_are_there(RunDir(origin), run_dir, parts)
  choosing = family.choosers(config, environment)
  if chief:
    choosers.check(run_dir, parts, choosing)
  tf.keras.mixed_precision.set_global_policy(config.training.precision)
  data = datasets.load(
    config.data,
    environment.data_dir,
    environment.cache_dir,
    environment.download,
  )
  data.check_batch_size(config.training.batch_size)
  logging.info(
    "%s: %d training, %d validation and %d test images of %dx%d.",
    data.name,
    data.train.num_images,
    data.validation.num_images,
    data.test.num_images,
    *data.train.image_shape[:2],
  )
  prepared, failures = None, []
  for part in parts:
    steps = config.training_of(part).steps
    if environment.resume and run_dir.is_part_finished(part, steps):
      logging.info("%s is finished.", part or run_dir.path)
      continue
    if prepared is None:
      if chief:
        image_counts.compare(run_dir, data)
      # It may read all images, which a finished run need not.
      prepared = family.prepare(config, data, strategy.num_replicas_in_sync)
    if make_task is None:
      task = family.task(config, part, prepared, environment)
    else:
      task = make_task(config)
    one_part = PartTraining(
      preset,
      config,
      environment,
      run_dir,
      part,
      strategy,
      origin,
      choosing.get(part),
    )
    try:
      one_part.train(task, data)
    except TrainingDiverged as error:
      if not environment.keep_going:
        raise
      logging.error("%s", error)
      failures.append(str(error))
  if failures:
    raise errors.UserError("Not all levels were trained. " + " ".join(failures))
  if chief:
    _finish(preset, config, run_dir, data)


def _origin(run_dir: RunDir, environment: Environment) -> str | None:
  """Returns the run whose weights this one starts, or has started, from.

  Raises:
    UserError: If another one is asked for than the run has started from.
  """
  stored = run_dir.read_json("init_from.json", default={})
  before, now = stored.get("init_from"), environment.init_from
  if now is not None:
    now = os.path.abspath(os.path.expanduser(now))
  if run_dir.is_run and now not in (None, before):
    raise errors.UserError(
      f"--init_from={now}: {run_dir.path} started from "
      f"{before or 'weights of its own'}. Leave the flag out, or choose "
      "another --run_dir."
    )
  return now or before


def _check_weights_are_there(
  source: RunDir, run_dir: RunDir, parts: Sequence[str | None]
) -> None:
  """Checks that a run has weights for all parts, before the first trains.

  Raises:
    UserError: If it has none for a part that has not begun.
  """
  for part in parts:
    folders = [run.checkpoints_of(part) for run in (run_dir, source)]
    if not any(checkpoints.newest_first(folder) for folder in folders):
      raise errors.UserError(
        f"{source.path} gives no weights to start {part or 'the run'} from: "
        f"{source.checkpoints_of(part)} holds no checkpoint. Train that first, "
        "or name another run in --init_from."
      )


def _finish(preset, config, run_dir, data) -> None:
  """Joins parts that trained alone, once all are there, and reports."""
  parts = config.parts()
  missing = [
    part
    for part in parts
    if not run_dir.is_part_finished(part, config.training_of(part).steps)
  ]
  if missing:
    print(
      f"{', '.join(missing)} of {report.shown_path(run_dir.path)} "
      f"{'is' if len(missing) == 1 else 'are'} not finished yet; whichever "
      "command finishes the last level joins them all."
    )
    return
  family = families.of(config.model)
  if parts != [None]:
    with run_dir.locked(wait=True):
      model, _ = family.load(run_dir, config)
      joined = family.join(config, model, data)
      exports.write(joined.exports, run_dir)
      for name, rows in joined.pictures.items():
        sheets.draw(run_dir, name, rows, preset)
      levels = {part: run_dir.read_metrics(part) for part in parts}
      run_dir.write_json(
        "metrics.json",
        {
          "preset": preset,
          **joined.metrics,
          "seconds": sum(level["seconds"] for level in levels.values()),
          "levels": dict(reversed(levels.items())),
        },
      )
      run_dir.finish(None)
  _, _, metrics = description.finished(run_dir)
  report.tell(run_dir, family, metrics)
