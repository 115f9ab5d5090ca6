"""The compiled step tells what is finite, and who wants to stop."""

import numpy as np
import tensorflow as tf

from experiments.training.step import TrainingStep
from experiments.training.task import Stage


def _stage():
  def step(batch):
    value = tf.reduce_sum(batch["image"])
    return {"loss": value, "inverse": 1.0 / value}

  return Stage("Training", 1, step)


def test_a_flag_for_each_scalar_and_one_for_going_on():
  """By the names that the stage gives them."""
  strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
  steps = tf.Variable(0)
  step = TrainingStep(strategy, _stage(), count=lambda: steps.assign_add(1))
  assert step({"image": tf.ones([2])}).numpy().tolist() == [1.0, 1.0, 1.0]
  assert step.names == ["loss", "inverse"]
  zeros = {"image": tf.zeros([2])}
  assert step(zeros, goes_on=False).numpy().tolist() == [1.0, 0.0, 0.0]
  assert int(steps) == 2


def test_flags_are_shares_of_the_replicas(two_replicas):
  """One bad replica is enough to show, and a step counts once."""
  steps = tf.Variable(0)
  step = TrainingStep(two_replicas, _stage(), count=lambda: steps.assign_add(1))
  images = two_replicas.experimental_distribute_values_from_function(
    lambda context: {
      "image": tf.fill([2], float(context.replica_id_in_sync_group))
    }
  )
  np.testing.assert_array_equal(step(images), [1.0, 0.5, 1.0])
  assert int(steps) == 1


def test_operations_are_counted_in_functions_too():
  """Those of the replicas' part."""
  strategy = tf.distribute.OneDeviceStrategy("/cpu:0")
  step = TrainingStep(strategy, _stage())
  batch = {"image": tf.ones([2])}
  assert step.count_operations(batch, "Sum") == 1
  assert step.count_operations(batch, "CollectiveReduce") == 0
