"""The training loop, driving a dense layer: resuming, stopping, logging."""

import dataclasses
import os
import signal
import types

import numpy as np
import pytest
import tensorflow as tf
from support import small_runs
from support.dense_task import DenseTask

from experiments.config.data_config import DatasetUnavailable
from experiments.config.training_config import TrainingConfig
from experiments.data.batches import Split
from experiments.system.interruption import Interrupted
from experiments.training import devices, loop
from experiments.training.run_dir import RunDir


def _split(num_images):
  generator = np.random.default_rng(num_images)
  return Split(generator.integers(0, 256, (num_images, 4, 4, 3), np.uint8))


_TRAIN, _TEST = _split(10), _split(3)
_CONFIG = TrainingConfig(
  steps=8,
  batch_size=4,
  log_every=1,
  validate_every=3,
  checkpoint_every=3,
  validation_images=2,
)


def _trainer(folder, experiment, strategy=None, config=_CONFIG):
  strategy = strategy or tf.distribute.OneDeviceStrategy("/cpu:0")
  return loop.Trainer(experiment, config, RunDir(folder), strategy)


def _train(folder, experiment, *args, **options):
  trainer = _trainer(folder, experiment, *args, **options)
  return trainer.run(_TRAIN, _TEST)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
  """A run that nothing interrupts: folder, experiment and result."""
  folder = tmp_path_factory.mktemp("whole")
  experiment = DenseTask()
  result = _train(folder, experiment)
  return types.SimpleNamespace(folder=folder, result=result)


def _assert_same_end(folder, whole):
  small_runs.assert_equal_checkpoints(folder, whole.folder, 8)


def test_a_stopped_run_resumes_bit_for_bit(tmp_path, whole):
  """A stop signal saves a checkpoint at once, here off the schedule."""

  def stop(step):
    if step == 4:
      os.kill(os.getpid(), signal.SIGTERM)

  stopped = "SIGTERM at step 5; a checkpoint is saved. Add --resume"
  with pytest.raises(Interrupted, match=stopped):
    _train(tmp_path, DenseTask(at_log=stop))
  resumed = _trainer(tmp_path, DenseTask())
  assert resumed.step == 5
  result = resumed.run(_TRAIN, _TEST)
  _assert_same_end(tmp_path, whole)
  assert result.validation == whole.result.validation


class _Damaged(Split):
  """Images of which so many batches can be read."""

  readable = 5

  def training_batches(self, *args, **options):
    def whole(n, batch):
      left = np.int64(self.readable)
      with tf.control_dependencies([tf.debugging.assert_less(n, left)]):
        return tf.nest.map_structure(tf.identity, batch)

    return super().training_batches(*args, **options).enumerate().map(whole)


def test_images_that_cannot_be_read_lose_no_step(tmp_path, whole):
  trainer = _trainer(tmp_path, DenseTask())
  cannot = r"Step 6: The training images cannot be read \(.*ckpt-5.*--resume"
  with pytest.raises(DatasetUnavailable, match=cannot):
    trainer.run(_Damaged(_TRAIN.images()), _TEST)
  resumed = _trainer(tmp_path, DenseTask())
  assert resumed.step == 5
  resumed.run(_TRAIN, _TEST)
  _assert_same_end(tmp_path, whole)


def test_images_that_cannot_be_read_at_all_leave_no_checkpoint(tmp_path):
  """Its weights would be those of a model that has learned nothing."""
  damaged = _Damaged(_TRAIN.images())
  damaged.readable = 0
  with pytest.raises(DatasetUnavailable, match="Step 1: .*no checkpoint yet"):
    _trainer(tmp_path, DenseTask()).run(damaged, _TEST)
  assert not RunDir(tmp_path).checkpoints.exists()


class Killed(BaseException):
  """The process ends here."""


def test_a_killed_run_resumes_bit_for_bit(tmp_path, whole):
  """From the last checkpoint of the schedule; steps since are taken again."""

  def kill(step):
    if step == 5:
      raise Killed

  with pytest.raises(Killed):
    _train(tmp_path, DenseTask(at_log=kill))
  resumed = _trainer(tmp_path, DenseTask())
  assert resumed.step == 3
  resumed.run(_TRAIN, _TEST)
  _assert_same_end(tmp_path, whole)


def test_a_finished_run_takes_no_step(whole):
  """It is validated again, with the same figures."""
  result = _train(whole.folder, DenseTask())
  assert result.images_per_second is None
  assert result.validation == whole.result.validation


def test_weights_that_are_not_finite_are_not_saved(tmp_path):
  """The loss of a step is finite where its update is not."""
  experiment = DenseTask()

  def spoil(step):
    if step == 6:
      bias = experiment.model.trainable_variables[1]
      bias.assign(float("nan") * bias)

  experiment._at_log = spoil
  with pytest.raises(loop.TrainingDiverged, match="model.* not finite"):
    _train(tmp_path, experiment)
  checkpoints = sorted(tmp_path.glob("checkpoints/*.index"))
  assert [path.stem for path in checkpoints] == ["ckpt-3"]


@pytest.mark.parametrize("nan_at, kept", [(1, None), (5, 3), (6, 3), (8, 6)])
def test_a_loss_that_is_not_finite_stops_the_run(tmp_path, nan_at, kept):
  """The message names step and scalar; no checkpoint has seen the NaN."""
  with pytest.raises(loop.TrainingDiverged) as caught:
    _train(tmp_path, DenseTask(nan_at=nan_at))
  message = str(caught.value)
  assert message.startswith(f"Step {nan_at}: level_0 loss not finite. ")
  assert "lower training.learning_rate" in message
  checkpoints = sorted(tmp_path.glob("checkpoints/*.index"))
  if kept is None:
    assert not checkpoints and "There is no checkpoint yet" in message
    return
  assert checkpoints[-1].stem == f"ckpt-{kept}"
  assert f"last good checkpoint is {checkpoints[-1].with_suffix('')}" in message
  for name, value in small_runs.stored(tmp_path, kept).items():
    assert np.all(np.isfinite(value)), name


def test_two_replicas_take_the_steps_of_one(two_replicas, tmp_path):
  """The gradient is a mean over the global batch, however it is split."""
  weights = []
  for strategy in (
    tf.distribute.OneDeviceStrategy("/cpu:0"),
    two_replicas,
  ):
    experiment = DenseTask(noise=0.0)
    folder = tmp_path / str(strategy.num_replicas_in_sync)
    _train(folder, experiment, strategy)
    weights.append(experiment.model.get_weights())
  for one, two in zip(*weights, strict=True):
    np.testing.assert_allclose(one, two, atol=1e-6)


def test_a_batch_that_cannot_be_shared_out_is_refused(tmp_path):
  """Before anything is built."""
  strategy = types.SimpleNamespace(
    num_replicas_in_sync=3, cluster_resolver=None
  )
  with pytest.raises(
    devices.DeviceError, match="batch of 4 .* 3 replicas; set training.bat"
  ):
    _trainer(tmp_path, DenseTask(), strategy)
  assert not list(tmp_path.iterdir())


def test_xla_takes_the_same_steps(tmp_path):
  """Without noise: XLA draws other numbers from the same seed."""
  weights = []
  for xla in (False, True):
    experiment = DenseTask(noise=0.0)
    config = dataclasses.replace(_CONFIG, xla=xla)
    _train(tmp_path / str(xla), experiment, config=config)
    weights.append(experiment.model.get_weights())
  for plain, compiled in zip(*weights, strict=True):
    np.testing.assert_allclose(plain, compiled, atol=1e-6)


def test_figures_and_pictures_land_in_the_run_of_their_level(tmp_path):
  """Training at every log, validation on its schedule and at the end."""
  experiment = DenseTask()
  _train(tmp_path, experiment)
  run = RunDir(tmp_path)

  def steps(name, tag):
    return [event.step for event in small_runs.events(run, name).Tensors(tag)]

  assert steps("level_0", "train/weight") == list(range(1, 9))
  assert steps("level_0", "validation/error") == [3, 6, 8]
  assert steps("level_0", "bands") == [3, 6, 8]
  assert steps("cascade", "validation/rmse") == [3, 6, 8]
  assert steps("cascade", "train/images_per_second") == list(range(2, 9))
  assert experiment.counts == [2, 2, None]
