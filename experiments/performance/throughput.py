"""Speed of presets, each measured in a process of its own."""

import dataclasses
import itertools
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.config import presets
from experiments.data import batches
from experiments.families.lapcvae_task import LapCVAEExperiment
from experiments.families.lapgan_task import LAPGANLevelExperiment
from experiments.performance import flops, op_times, stopwatch
from experiments.runs import description, exports
from experiments.system import errors, whole_files
from experiments.training import devices, run_dir
from experiments.training.step import TrainingStep
from lapgan_tf.configs import LAPGANConfig
from lapgan_tf.model import LAPGAN
from pyramid_tf import saved_models

_STARTED = "LAPLACIAN_BENCHMARK_STARTED"
_MARK = "BENCHMARK "
_LATENCY_BATCHES = (1, 16, 256)
_IMAGES = 2048


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
  """How to measure; see the flags of `experiments.benchmark`."""

  assignments: tuple[str, ...] = ()
  seconds: float = 5.0
  long_steps: int = 0
  profile: str | None = None


def measure_all(names: Sequence[str], options: Options, out: str | None):
  """Measures the machine, then every preset; prints and writes the figures.

  Raises:
    UserError: If a preset cannot be measured.
  """
  target = description.output_folder(out) if out else None
  report: dict[str, Any] = {
    "cores": len(os.sched_getaffinity(0)),
    "versions": run_dir.versions(),
    "load_before": round(os.getloadavg()[0], 2),
    "matmul_gflops": round(
      stopwatch.matmul_peak(seconds=options.seconds) / 1e9
    ),
    "convolution_gflops": round(
      stopwatch.convolution_peak(seconds=options.seconds) / 1e9
    ),
    "presets": [],
  }
  for name in names:
    logging.info("Measuring %s.", name)
    report["presets"] += _in_process(name, options)
  peak = report["convolution_gflops"] * 1e9
  for entry in report["presets"]:
    rate = entry["flops_per_image"] * entry["training_images_per_second"]
    entry["share_of_convolution_peak"] = round(rate / peak, 3)
  print(markdown(report))
  if target:
    path = target / "benchmark.json"
    whole_files.write_json(path, report)
    print(f"Wrote {path}")


def _in_process(name, options):
  command = [sys.executable, "-m", "experiments.benchmark", f"--worker={name}"]
  command += [f"--set={assignment}" for assignment in options.assignments]
  command += [f"--seconds={options.seconds}"]
  command += [f"--long_steps={options.long_steps}"]
  if options.profile:
    command.append(f"--profile={options.profile}")
  started = {**os.environ, _STARTED: repr(time.time())}
  found = subprocess.run(
    command, env=started, capture_output=True, text=True, check=False
  )
  lines = [x for x in found.stdout.splitlines() if x.startswith(_MARK)]
  if found.returncode or not lines:
    raise errors.UserError(
      f"{name} could not be measured: {found.stderr.strip()[-2000:]}"
    )
  return json.loads(lines[-1].removeprefix(_MARK))


def measure_preset(name: str, options: Options) -> None:
  """Measures a preset in this process and prints JSON for `measure_all`."""
  config = presets.configured(name, options.assignments)
  tf.keras.mixed_precision.set_global_policy(config.training.precision)
  strategy = devices.make_strategy("auto")
  split = _noise_images(config)
  entries = []
  is_gan = isinstance(config.model, LAPGANConfig)
  parts = range(config.model.num_levels) if is_gan else [None]
  levels = []
  for k in parts:
    if is_gan:
      shape = (1, 1, 3)
      if config.model.standardisation == "per_pixel":
        shape = (*split.image_shape[:2], 3)
      statistics = np.zeros(shape), np.full(shape, 0.5)
      experiment = LAPGANLevelExperiment(config, k, statistics)
    else:
      experiment = LapCVAEExperiment(config)
    with strategy.scope():
      experiment.build()
    levels.append(experiment.model)
    entry = {"preset": name if k is None else f"{name} level {k}"}
    entry |= _training(experiment, config, strategy, split, options)
    entries.append(entry)
  model = LAPGAN(config.model, levels) if is_gan else levels[0]
  use = _use(model, split, options)
  memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
  for entry in entries:
    entry |= use
    entry["peak_memory_mb"] = round(memory)
  print(_MARK + json.dumps(entries))


def _noise_images(config):
  random = np.random.default_rng(0)
  shape = (_IMAGES, config.data.size, config.data.size, 3)
  labels = None
  if isinstance(config.model, LAPGANConfig) and config.model.num_classes:
    labels = random.integers(0, config.model.num_classes, _IMAGES)
  images = random.integers(0, 256, shape, dtype=np.uint8)
  return batches.Split(images, labels, config.data.horizontal_flip)


def _training(experiment, config, strategy, split, options):
  training = config.training
  stream = split.training_batches(training.batch_size, training.seed)
  stage = experiment.stages()[0]

  step = TrainingStep(strategy, stage, training.xla)
  batch = next(iter(stream))
  start = time.time()
  step(batch).numpy()
  first = time.time() - start
  since_start = time.time() - float(os.environ.get(_STARTED, start))
  seconds = stopwatch.seconds_per_call(lambda: step(batch), options.seconds)
  feed = iter(stream)
  input_seconds = stopwatch.seconds_per_call(
    lambda: next(feed)["image"][0, 0, 0, 0], min(options.seconds, 2.0)
  )
  concrete = tf.function(stage.step).get_concrete_function(
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
  }
  entry["time_by_operation"] = _profile(step, batch, stage.name, options)
  if options.long_steps:
    entry["long_run"] = _long_run(step, stream, options.long_steps)
  return entry


def _profile(step, batch, name, options):
  """Shares of the time of ten steps, by kind of operation, the largest six."""
  with tempfile.TemporaryDirectory() as temporary:
    folder = os.path.join(options.profile or temporary, name.replace(" ", "_"))
    with tf.profiler.experimental.Profile(folder):
      for _ in range(10):
        step(batch).numpy()
    shares = op_times.shares(folder)
  return {kind: round(shares[kind], 3) for kind in list(shares)[:6]}


def _long_run(step, stream, steps):
  """Whether steps get slower or memory grows, input included."""
  times, memory = [], []
  for batch in itertools.islice(stream, steps + 20):
    start = time.perf_counter()
    step(batch).numpy()
    times.append(time.perf_counter() - start)
    if len(times) % max(1, steps // 10) == 0:
      memory.append(_resident_mb())
  times = times[20:]
  tenth = max(1, steps // 10)
  first, last = np.median(times[:tenth]), np.median(times[-tenth:])
  return {
    "steps": steps,
    "last_tenth_over_first": round(float(last / first), 3),
    "resident_mb": [round(value) for value in memory],
  }


def _resident_mb():
  with open("/proc/self/statm", encoding="ascii") as file:
    return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20


def _use(model, split, options):
  """Sampling, reconstruction and the latency of the exported cascade."""
  brief = min(options.seconds, 2.0)
  seed, count = tf.constant([0, 1]), 64
  is_gan = isinstance(model, LAPGAN)
  label = None
  if is_gan and model.config.num_classes:
    label = tf.zeros([count], tf.int32)
  sample = tf.function(
    (lambda: model.sample(seed, count, label))
    if is_gan
    else (lambda: model.sample(seed, count))
  )
  found = {
    "sampling_images_per_second": round(
      count / stopwatch.seconds_per_call(sample, brief)
    )
  }
  if not is_gan:
    image = tf.zeros([count, *split.image_shape])
    reconstruct = tf.function(model.reconstruct)
    found["reconstruction_images_per_second"] = round(
      count / stopwatch.seconds_per_call(lambda: reconstruct(image), brief)
    )
  with tempfile.TemporaryDirectory() as folder:
    exports.export_all(model, run_dir.RunDir(folder))
    served = saved_models.load(run_dir.RunDir(folder).saved_model("cascade"))
    for size in _LATENCY_BATCHES:
      call = _served_call(served, model, split, size)
      seconds = stopwatch.seconds_per_call(call, brief)
      found[f"served_ms_at_batch_{size}"] = round(1000 * seconds, 2)
  return found


def _served_call(served, model, split, size):
  if not isinstance(model, LAPGAN):
    image = tf.zeros([size, *split.image_shape])
    return lambda: served["reconstruct"](images=image)
  inputs = {"seed": tf.constant([0, 1]), "count": tf.constant(size)}
  if model.config.num_classes:
    inputs["labels"] = tf.constant([0])
  return lambda: served["sample"](**inputs)


def markdown(report: dict[str, Any]) -> str:
  """The report as a Markdown table."""
  lines = [
    f"{report['cores']} cores, matrices {report['matmul_gflops']} and "
    f"convolutions {report['convolution_gflops']} GFLOP/s.",
    "",
    "| preset | training images/s | MFLOP/image | share of convolution peak |"
    " input images/s | first step (s) | memory (MB) | sampling images/s |"
    " served at 1, 16, 256 (ms) |",
    "|---|---|---|---|---|---|---|---|---|",
  ]
  for entry in report["presets"]:
    latency = ", ".join(
      f"{entry[f'served_ms_at_batch_{size}']:.1f}" for size in _LATENCY_BATCHES
    )
    cells = [
      entry["preset"],
      f"{entry['training_images_per_second']:.0f}",
      f"{entry['flops_per_image'] / 1e6:.0f}",
      f"{100 * entry['share_of_convolution_peak']:.0f} %",
      f"{entry['input_images_per_second']}",
      f"{entry['seconds_to_first_step']:.1f}",
      f"{entry['peak_memory_mb']}",
      f"{entry['sampling_images_per_second']}",
      latency,
    ]
    lines.append(f"| {' | '.join(cells)} |")
  return "\n".join(lines)
