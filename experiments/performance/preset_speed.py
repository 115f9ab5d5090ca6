"""The speed of one preset, measured in this process on images of noise."""

import functools
import itertools
import json
import os
import resource
import tempfile
import time
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from experiments import families
from experiments.config import presets
from experiments.config.requests.benchmark import BenchmarkRequest
from experiments.config.run_config import RunConfig
from experiments.data.batches import Split
from experiments.performance import flops, op_times, stopwatch
from experiments.runs import exports
from experiments.system import resident_memory
from experiments.training import devices
from experiments.training.checkpoints import Checkpoints
from experiments.training.run_dir import RunDir
from experiments.training.step import TrainingStep
from experiments.training.task import Task
from pyramid_tf import saved_models

STARTED = "LAPLACIAN_BENCHMARK_STARTED"
"""The environment variable that tells when the process was started."""

MARK = "BENCHMARK "
"""What the line of figures begins with."""

SERVED_BATCHES = (1, 16, 256)
"""The sizes of requests to an exported model."""

_IMAGES = 2048
_SAMPLES = 64
_PROFILED_STEPS = 10
_KINDS = 6
_WARM_UP = 20


def measure(name: str, request: BenchmarkRequest) -> None:
  """Measures a preset and prints its figures as a line of JSON."""
  config = presets.configured(name, request.assignments)
  tf.keras.mixed_precision.set_global_policy(config.training.precision)
  family = families.of(config.model)
  strategy = devices.make_strategy("auto")
  split = _noise_images(config)
  entries = []
  with tempfile.TemporaryDirectory() as folder:
    run_dir = RunDir(folder)
    for part in reversed(config.parts()):
      task = family.task(config, part)
      with strategy.scope():
        task.build()
      label = name if part is None else f"{name} {part.replace('_', ' ')}"
      figures = _training(task, config, strategy, split, request)
      entries.append({"preset": label, **figures})
      checkpoints = run_dir.checkpoints_of(part)
      Checkpoints(checkpoints, {"model": task.model}).save()
    model, _ = family.load(run_dir, config)
    exports.write(family.exports(model), run_dir)
    served = saved_models.load(run_dir.saved_model("cascade"))
    use = _use(model, served, split, request)
  memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
  for entry in entries:
    entry |= {**use, "peak_memory_mb": round(memory)}
  print(MARK + json.dumps(entries))


def _num_classes(config: RunConfig) -> int:
  return getattr(config.model, "num_classes", 0)


def _noise_images(config: RunConfig) -> Split:
  random = np.random.default_rng(0)
  shape = (_IMAGES, config.data.size, config.data.size, 3)
  labels = None
  if _num_classes(config):
    labels = random.integers(0, _num_classes(config), _IMAGES)
  images = random.integers(0, 256, shape, dtype=np.uint8)
  return Split(images, labels, config.data.horizontal_flip)


def _training(
  task: Task,
  config: RunConfig,
  strategy: tf.distribute.Strategy,
  split: Split,
  request: BenchmarkRequest,
) -> dict[str, Any]:
  """Times the first stage of a part's training."""
  training = config.training
  stream = split.training_batches(training.batch_size, training.seed)
  stage = task.stages()[0]
  step = TrainingStep(strategy, stage, training.xla)
  batch = next(iter(stream))
  start = time.time()
  step(batch).numpy()
  first = time.time() - start
  since_start = time.time() - float(os.environ.get(STARTED, start))
  seconds = stopwatch.seconds_per_call(lambda: step(batch), request.seconds)
  feed = iter(stream)
  input_seconds = stopwatch.seconds_per_call(
    lambda: next(feed)["image"][0, 0, 0, 0], min(request.seconds, 2.0)
  )
  concrete = tf.function(stage.step, autograph=False).get_concrete_function(
    {name: tf.TensorSpec(x.shape, x.dtype) for name, x in batch.items()}
  )
  entry = {
    "batch_size": training.batch_size,
    "training_images_per_second": round(training.batch_size / seconds, 1),
    "step_seconds": round(seconds, 5),
    "flops_per_image": flops.count(concrete) / training.batch_size,
    "compile_seconds": round(first, 1),
    "seconds_to_first_step": round(since_start, 1),
    "input_images_per_second": round(training.batch_size / input_seconds),
    "time_by_operation": _profile(step, batch, stage.name, request.profile),
  }
  if request.long_steps:
    entry["long_run"] = _long_run(step, stream, request.long_steps)
  return entry


def _profile(
  step: TrainingStep,
  batch: Mapping[str, tf.Tensor],
  name: str,
  kept: str | None,
) -> dict[str, float]:
  """Shares the time of some steps out to the kinds of their operations."""
  with tempfile.TemporaryDirectory() as temporary:
    folder = os.path.join(kept or temporary, name.replace(" ", "_"))
    with tf.profiler.experimental.Profile(folder):
      for _ in range(_PROFILED_STEPS):
        step(batch).numpy()
    shares = op_times.shares(folder)
  return {kind: round(shares[kind], 3) for kind in list(shares)[:_KINDS]}


def _long_run(
  step: TrainingStep, stream: tf.data.Dataset, steps: int
) -> dict[str, Any]:
  """Tells whether steps get slower or memory grows, input included."""
  times, memory = [], []
  tenth = max(1, steps // 10)
  for batch in itertools.islice(stream, steps + _WARM_UP):
    start = time.perf_counter()
    step(batch).numpy()
    times.append(time.perf_counter() - start)
    if len(times) % tenth == 0:
      memory.append(resident_memory.megabytes())
  times = times[_WARM_UP:]
  first, last = np.median(times[:tenth]), np.median(times[-tenth:])
  return {
    "steps": steps,
    "last_tenth_over_first": round(float(last / first), 3),
    "resident_mb": [round(value) for value in memory if value is not None],
  }


def _use(
  model: tf.keras.Model,
  served: Mapping[str, Callable],
  split: Split,
  request: BenchmarkRequest,
) -> dict[str, float]:
  """Times sampling, reconstruction and requests to the exported cascade."""
  brief = min(request.seconds, 2.0)

  def rate(call: Callable[[], tf.Tensor]) -> int:
    return round(_SAMPLES / stopwatch.seconds_per_call(call, brief))

  has_classes = split.labels is not None
  label = {"label": tf.zeros([_SAMPLES], tf.int32)} if has_classes else {}
  sample = tf.function(
    lambda: model.sample(tf.constant([0, 1]), _SAMPLES, **label),
    autograph=False,
  )
  figures = {"sampling_images_per_second": rate(sample)}
  encodes = "reconstruct" in served
  if encodes:
    image = tf.zeros([_SAMPLES, *split.image_shape])
    reconstruct = tf.function(model.reconstruct, autograph=False)
    figures["reconstruction_images_per_second"] = rate(
      lambda: reconstruct(image)
    )
  for size in SERVED_BATCHES:
    if encodes:
      name = "reconstruct"
      inputs = {"images": tf.zeros([size, *split.image_shape])}
    else:
      name = "sample"
      inputs = {"seed": tf.constant([0, 1]), "count": tf.constant(size)}
      inputs |= {"labels": tf.constant([0])} if has_classes else {}
    call = functools.partial(served[name], **inputs)
    seconds = stopwatch.seconds_per_call(call, brief)
    figures[f"served_ms_at_batch_{size}"] = round(1000 * seconds, 2)
  return figures
