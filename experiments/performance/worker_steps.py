"""Steps of one of several workers, timed by the chief."""

import json
import time
from collections.abc import Sequence

import numpy as np
import tensorflow as tf

from experiments import families
from experiments.config import presets
from experiments.config.run_config import RunConfig
from experiments.data import batches
from experiments.training import devices
from experiments.training.step import TrainingStep

MARK = "SCALING "
"""What the chief's line of figures begins with."""

_WARM_UP = 3
_IMAGES = 512


def measure(preset: str, assignments: Sequence[str], steps: int) -> None:
  """Takes steps as one worker; the chief prints a line of JSON."""
  strategy = devices.make_strategy("multi_worker")
  config = presets.configured(preset, assignments)
  task = families.of(config.model).task(config)
  with strategy.scope():
    task.build()
  step = TrainingStep(strategy, task.stages()[0])
  feed = iter(_noise(strategy, config))
  times = []
  for _ in range(_WARM_UP + steps):
    batch = next(feed)
    start = time.perf_counter()
    step(batch).numpy()
    times.append(time.perf_counter() - start)
  weights = task.model.trainable_variables
  figures = {
    "workers": strategy.num_replicas_in_sync,
    "step_seconds": float(np.median(times[_WARM_UP:])),
    "all_reduce_seconds": _all_reduce_seconds(strategy, weights, steps),
    "gradient_bytes": sum(int(np.prod(w.shape)) * 4 for w in weights),
    "collectives": step.count_operations(batch, "CollectiveReduce"),
  }
  if devices.is_chief(strategy):
    print(MARK + json.dumps(figures))


def _noise(
  strategy: tf.distribute.Strategy, config: RunConfig
) -> tf.distribute.DistributedDataset:
  shape = (_IMAGES, config.data.size, config.data.size, 3)
  images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
  split = batches.Split(images)

  def dataset(context: tf.distribute.InputContext) -> tf.data.Dataset:
    return split.training_batches(
      config.training.batch_size,
      config.training.seed,
      first_replica=context.input_pipeline_id,
      num_replicas=strategy.num_replicas_in_sync,
    )

  return strategy.distribute_datasets_from_function(dataset)


def _all_reduce_seconds(
  strategy: tf.distribute.Strategy,
  weights: Sequence[tf.Variable],
  calls: int,
) -> float:
  """Times adding up as many numbers as there are weights, in one operation."""
  size = sum(int(np.prod(weight.shape)) for weight in weights)

  @tf.function(autograph=False)
  def summed() -> tf.Tensor:
    def on_replica() -> tf.Tensor:
      context = tf.distribute.get_replica_context()
      return context.all_reduce("sum", tf.ones([size]))[0]

    return strategy.reduce("sum", strategy.run(on_replica), None)

  times = []
  for _ in range(_WARM_UP + calls):
    start = time.perf_counter()
    summed().numpy()
    times.append(time.perf_counter() - start)
  return float(np.median(times[_WARM_UP:]))
