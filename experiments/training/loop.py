"""The training loop, the same for every family and every strategy.

Keras' `fit` is not used because it is unsound with several workers and does not
resume bit for bit; the step it would run is the one that runs here.
"""

import dataclasses
import time

import tensorflow as tf
from absl import logging

from experiments.config.data_config import DatasetUnavailable
from experiments.config.training_config import TrainingConfig
from experiments.data.batches import Split
from experiments.system import errors
from experiments.system.interruption import Interrupted, stop_requests
from experiments.training import devices
from experiments.training.checkpoints import Checkpoints
from experiments.training.logs import Summaries
from experiments.training.progress import ProgressLine
from experiments.training.run_dir import RunDir
from experiments.training.step import TrainingStep
from experiments.training.step_batches import StepBatches
from experiments.training.task import Scalars, Task


class TrainingDiverged(errors.UserError):  # noqa: N818
  """A loss is not finite; the message names the step and the level."""


@dataclasses.dataclass(frozen=True)
class TrainingResult:
  """The figures of a training that has ended.

  Attributes:
    validation: What the task's `validate` returned after the last step.
    images_per_second: The mean rate of this start, None if it took no step.
    seconds: The wall time of all starts without their validation.
  """

  validation: Scalars
  images_per_second: float | None
  seconds: float


class Trainer:
  """One start of a run: from its last checkpoint, if any, to its last step."""

  def __init__(
    self,
    task: Task,
    config: TrainingConfig,
    run_dir: RunDir,
    strategy: tf.distribute.Strategy,
    part: str | None = None,
  ):
    """Builds the task and restores the newest checkpoint.

    Args:
      task: What trains.
      config: How to train.
      run_dir: The folder of the run, which need not have started.
      strategy: Where to train.
      part: Name of the part of the run that this trains, such as `level_0`;
        None for the whole.

    Raises:
      CheckpointError: If no checkpoint of the run can be restored.
      DeviceError: If the batch cannot be shared out over the replicas, or
        workers have restored different steps.
    """
    self._task = task
    self._config = config
    self._strategy = strategy
    self._chief = devices.is_chief(strategy)
    self._has_workers = devices.has_workers(strategy)
    self._name = part or "cascade"
    self._summaries = Summaries(run_dir, task.descriptions)
    replicas = strategy.num_replicas_in_sync
    if config.batch_size % replicas:
      raise devices.DeviceError(
        f"A batch of {config.batch_size} cannot be shared out over {replicas} "
        "replicas; set training.batch_size to a multiple."
      )
    with strategy.scope():
      task.build()
      self._checkpoints = Checkpoints(
        run_dir.checkpoints_of(part),
        task.checkpointed(),
        config.keep_checkpoints,
      )
    self._checkpoints.restore()
    self.step = self._checkpoints.steps_taken
    steps = devices.values_of_workers(strategy, self.step)
    if len(steps) > 1:
      raise devices.DeviceError(
        f"The workers restored different steps, {min(steps)} and {max(steps)}. "
        "--run_dir must be a folder that they all see; copy the checkpoints to "
        "one and start all workers with --resume."
      )
    self._run_dir, self._part = run_dir, part
    self._seconds_before = run_dir.read_progress(part) if self.step else 0.0

  def run(self, train: Split, test: Split) -> TrainingResult:
    """Trains to the last step.

    Args:
      train: Images to train on.
      test: Images to validate on.

    Raises:
      TrainingDiverged: If a loss is not finite. The last checkpoint was written
        before that.
      DatasetUnavailable: If the images cannot be read on; a checkpoint of the
        steps that were taken, if any, was written.
      Interrupted: If a signal asked to stop; a checkpoint was written.
      WorkerLost: If another worker of the run is gone.
    """
    self._begin, self._paused = time.monotonic(), 0.0
    config = self._config
    progress = ProgressLine(config.steps, config.batch_size)
    start = self.step
    batches = None
    if start < config.steps:
      batches = StepBatches(train, config, self._strategy, start)
    end = 0
    if self._chief and start < config.steps:
      self._summaries.configuration(
        self._name, self._run_dir.read_json("config.json", default={})
      )
    try:
      with stop_requests() as stop_requested:
        for stage in self._task.stages():
          end += stage.steps
          if self.step < end:
            logging.info("%s: steps %d to %d.", stage.name, self.step, end)
            self._run_stage(stage, end, batches, test, progress, stop_requested)
      rate = progress.images_per_second(self.step)
      seconds = self._seconds(took_steps=self.step > start)
      validation = self._validate(test, None)
      # Validation may have chosen weights.
      self._save(seconds)
    except devices.WORKER_ERRORS as error:
      if not self._has_workers:
        raise
      raise devices.WorkerLost(
        f"Step {self.step + 1}: another worker of the run was lost, or stopped "
        f"with a message of its own. {self._kept()} Start all workers again "
        "with --resume."
      ) from error
    finally:
      progress.end_line()
      self._summaries.close()
    return TrainingResult(validation, rate, seconds)

  def _seconds(self, took_steps=True):
    """Time of all starts up to now."""
    here = time.monotonic() - self._begin - self._paused
    return self._seconds_before + (here if took_steps else 0.0)

  def _run_stage(self, stage, end, batches, test, progress, stop_requested):
    config = self._config
    step = TrainingStep(
      self._strategy,
      stage,
      config.xla,
      lambda: self._checkpoints.step.assign_add(1),
    )
    headline, unchecked = "", None
    while self.step < end:
      try:
        batch = next(batches)
      except DatasetUnavailable as error:
        # What was learned is kept, whichever image comes next.
        self._check(unchecked, step.names)
        if self.step:
          self._save(self._seconds())
        raise DatasetUnavailable(
          f"Step {self.step + 1}: {error} {self._kept()} A training goes on "
          "with --resume."
        ) from error
      flags = step(batch, goes_on=stop_requested() is None)
      # The step before is checked while this one is still being computed.
      self._check(unchecked, step.names)
      stop = self._stop(unchecked, stop_requested)
      self.step += 1
      unchecked = (self.step, flags)
      if stop or self._due(config.log_every):
        self._check(unchecked, step.names)
        headline = self._log_scalars(progress)
      progress.update(self.step, headline, last=self.step == config.steps)
      if self.step < config.steps and self.step % config.validate_every == 0:
        self._check(unchecked, step.names)
        pause = time.monotonic()
        self._validate(test, config.validation_images)
        pause = time.monotonic() - pause
        self._paused += pause
        progress.paused(pause)
      if stop or self._due(config.checkpoint_every):
        self._check(unchecked, step.names)
        self._save(self._seconds())
      if stop:
        raise Interrupted(
          f"Stopped by {stop} at step {self.step}; a checkpoint is saved. Add "
          "--resume to go on."
        )
    self._check(unchecked, step.names)

  def _check(self, unchecked, names):
    if unchecked is None:
      return
    step, flags = unchecked
    finite = flags.numpy()[:-1]
    bad = [n for n, ok in zip(names, finite, strict=True) if ok < 1]
    if bad:
      self._raise_diverged(", ".join(bad), step)

  def _stop(self, last, stop_requested):
    """Who asks to stop. All workers are told by the step before, together."""
    if not self._has_workers:
      return stop_requested()
    if last is None or last[1].numpy()[-1] >= 1:
      return None
    return stop_requested() or "a signal to another worker"

  def _raise_diverged(self, what, step=None):
    raise TrainingDiverged(
      f"Step {step or self.step}: {what} not finite. {self._kept()} In a new "
      f"--run_dir, {self._task.remedy}."
    )

  def _kept(self):
    kept = self._checkpoints.newest
    if kept:
      return f"The last good checkpoint is {kept}."
    return "There is no checkpoint yet."

  def _due(self, every):
    return self.step % every == 0 or self.step == self._config.steps

  def _save(self, seconds):
    """Writes a checkpoint, of weights that can be gone on from.

    A loss is that of the weights before its step, so it cannot tell.
    """
    bad = sorted(
      name
      for name, owner in self._task.checkpointed().items()
      if isinstance(owner, tf.keras.layers.Layer)
      and not all(
        bool(tf.reduce_all(tf.math.is_finite(weight)))
        for weight in owner.trainable_variables
      )
    )
    if bad:
      self._raise_diverged(f"{self._name} weights of {', '.join(bad)}")
    if self._chief:
      self._checkpoints.save()
      self._run_dir.write_progress(self._part, seconds)

  def _log_scalars(self, progress) -> str:
    scalars = self._task.training_scalars()
    if self._chief:
      self._summaries.scalars(scalars, self.step, "train/")
      rate = progress.images_per_second(self.step)
      if rate:
        speed = {self._name: {"images_per_second": rate}}
        self._summaries.scalars(speed, self.step, "train/")
    return self._task.headline(scalars)

  def _validate(self, test, count) -> Scalars:
    if not self._chief:
      return {}
    scalars = self._task.validate(test, count)
    self._summaries.scalars(scalars, self.step, "validation/")
    self._summaries.pictures(self._task.pictures(test), self.step)
    self._summaries.flush()
    return scalars
