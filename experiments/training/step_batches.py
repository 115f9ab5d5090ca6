"""The batches of a training's steps, shared out over its replicas."""

import tensorflow as tf

from experiments.config.training_config import TrainingConfig
from experiments.data import read_errors
from experiments.data.batches import Split
from experiments.training import devices


class StepBatches:
  """An endless iterator of a strategy's distributed batches."""

  def __init__(
    self,
    train: Split,
    config: TrainingConfig,
    strategy: tf.distribute.Strategy,
    start_step: int,
  ):
    """Opens the stream.

    Args:
      train: The images to train on.
      config: How many of them a step takes, and the seed of their order.
      strategy: The replicas that share them.
      start_step: The step that the first batch is for.
    """

    def dataset(context):
      replicas = strategy.num_replicas_in_sync
      local = replicas // context.num_input_pipelines
      return train.training_batches(
        config.batch_size,
        config.seed,
        start_step=start_step,
        first_replica=context.input_pipeline_id * local,
        local_replicas=local,
        num_replicas=replicas,
      )

    # Another worker's end is no fault of the images.
    has_workers = devices.has_workers(strategy)
    self._lost = devices.WORKER_ERRORS if has_workers else ()
    self._batches = iter(strategy.distribute_datasets_from_function(dataset))

  def __next__(self):
    """Returns the batch of the next step.

    Raises:
      DatasetUnavailable: If its images cannot be read.
    """
    with read_errors.explained("The training images", self._lost):
      return next(self._batches)
