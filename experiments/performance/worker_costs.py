"""Steps of several worker processes on one machine, and what they cost."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf
from absl import logging

from experiments.config import presets
from experiments.config.run_config import RunConfig
from experiments.data import batches
from experiments.families.lapcvae_task import LapCVAEExperiment
from experiments.performance import ring_model
from experiments.runs import description
from experiments.system import cluster, errors, whole_files
from experiments.training import devices, run_dir
from experiments.training.step import TrainingStep
from lapgan_tf.configs import LAPGANConfig

_MARK = "SCALING "
_WARM_UP = 3
_MANY = (8, 64, 512)
_SECONDS = 1200


def measure(
  preset: str,
  assignments: Sequence[str],
  worker_counts: Sequence[int],
  steps: int,
  out: str | None,
) -> None:
  """Times each number of workers in turn; prints and writes the figures.

  Raises:
    UserError: If the preset is none of a model trained as a whole, or a worker
      fails.
  """
  target = description.output_folder(out) if out else None
  config = presets.configured(preset, assignments)
  _check(preset, config, worker_counts)
  report: dict[str, Any] = {
    "preset": preset,
    "set": list(assignments),
    "batch_size": config.training.batch_size,
    "cores": len(os.sched_getaffinity(0)),
    "versions": run_dir.versions(),
    "workers": [],
  }
  for count in worker_counts:
    logging.info("Timing %d worker(s).", count)
    report["workers"].append(_time(preset, assignments, count, steps))
  print(markdown(report))
  if target:
    path = target / "scaling.json"
    whole_files.write_json(path, report)
    print(f"Wrote {path}")


def _check(preset, config: RunConfig, worker_counts):
  if isinstance(config.model, LAPGANConfig):
    raise errors.UserError(
      f"{preset} trains each level on its own, which scales without any "
      "communication: give each machine --levels=K of experiments.train. "
      "Choose a LapCVAE preset."
    )
  for count in worker_counts:
    if config.training.batch_size % count:
      raise errors.UserError(
        f"{count} workers cannot share {preset}'s batch of "
        f"{config.training.batch_size}; set training.batch_size to a multiple."
      )


def _time(preset, assignments, count, steps):
  """Starts the workers of one cluster; returns what its chief measured."""
  command = [sys.executable, "-m", "experiments.scale", "--worker"]
  command += [f"--preset={preset}", f"--steps={steps}"]
  command += [f"--set={assignment}" for assignment in assignments]
  addresses = cluster.local_addresses(count)
  processes = [
    subprocess.Popen(
      command,
      env={**os.environ, "TF_CONFIG": cluster.describe(addresses, index)},
      stdout=subprocess.PIPE,
      stderr=subprocess.PIPE,
      text=True,
    )
    for index in range(count)
  ]
  end = time.monotonic() + _SECONDS
  # The others would wait for one that has failed.
  while any(process.poll() is None for process in processes):
    if any(process.poll() for process in processes) or time.monotonic() > end:
      break
    time.sleep(0.1)
  unfinished = [process for process in processes if process.poll() is None]
  failed = [process for process in processes if process.poll()]
  for process in processes:
    process.kill()
  outputs = [process.communicate() for process in processes]
  if failed:
    messages = outputs[processes.index(failed[0])][1]
    raise errors.UserError(f"A worker failed: {messages.strip()[-2000:]}")
  if unfinished:
    raise errors.UserError(
      f"{count} workers took more than {_SECONDS} seconds; time fewer --steps, "
      "or a smaller preset."
    )
  [line] = [x for x in outputs[0][0].splitlines() if x.startswith(_MARK)]
  return json.loads(line.removeprefix(_MARK))


def measure_worker(preset: str, assignments: Sequence[str], steps: int) -> None:
  """Takes steps as one worker; the chief prints JSON for `measure`."""
  strategy = devices.make_strategy("multi_worker")
  config = presets.configured(preset, assignments)
  experiment = LapCVAEExperiment(config)
  with strategy.scope():
    experiment.build()
  step = TrainingStep(strategy, experiment.stages()[0])
  feed = iter(_noise(strategy, config))
  times = []
  for _ in range(_WARM_UP + steps):
    batch = next(feed)
    start = time.perf_counter()
    step(batch).numpy()
    times.append(time.perf_counter() - start)
  weights = experiment.model.trainable_variables
  found = {
    "workers": strategy.num_replicas_in_sync,
    "step_seconds": float(np.median(times[_WARM_UP:])),
    "all_reduce_seconds": _all_reduce_seconds(strategy, weights, steps),
    "gradient_bytes": sum(int(np.prod(w.shape)) * 4 for w in weights),
    "collectives": step.count_operations(batch, "CollectiveReduce"),
  }
  if devices.is_chief(strategy):
    print(_MARK + json.dumps(found))


def _noise(strategy, config):
  shape = (512, config.data.size, config.data.size, 3)
  images = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
  split = batches.Split(images)

  def dataset(context):
    return split.training_batches(
      config.training.batch_size,
      config.training.seed,
      first_replica=context.input_pipeline_id,
      num_replicas=strategy.num_replicas_in_sync,
    )

  return strategy.distribute_datasets_from_function(dataset)


def _all_reduce_seconds(strategy, weights, calls):
  """Time to add up as many numbers as there are weights, in one operation."""
  size = sum(int(np.prod(weight.shape)) for weight in weights)

  @tf.function
  def summed():
    def on_replica():
      context = tf.distribute.get_replica_context()
      return context.all_reduce("sum", tf.ones([size]))[0]

    return strategy.reduce("sum", strategy.run(on_replica), None)

  times = []
  for _ in range(_WARM_UP + calls):
    start = time.perf_counter()
    summed().numpy()
    times.append(time.perf_counter() - start)
  return float(np.median(times[_WARM_UP:]))


def markdown(report: dict[str, Any]) -> str:
  """The measured times, and the efficiency to expect of many workers."""
  alone = report["workers"][0]
  lines = [
    f"{report['preset']}, {report['batch_size']} images a step in all, "
    f"{report['cores']} cores.",
    "",
    "| workers | step (ms) | more than the first (ms) | "
    "adding up all gradients (ms) | collectives a step |",
    "|---|---|---|---|---|",
  ]
  for entry in report["workers"]:
    more = entry["step_seconds"] - alone["step_seconds"]
    lines.append(
      f"| {entry['workers']} | {1e3 * entry['step_seconds']:.0f} | "
      f"{1e3 * more:.0f} | {1e3 * entry['all_reduce_seconds']:.1f} | "
      f"{entry['collectives']} |"
    )
  most = max(entry["collectives"] for entry in report["workers"])
  lines += [
    "",
    f"Expected of {alone['gradient_bytes'] / 1e6:.1f} MB of gradients and "
    f"steps of {1e3 * alone['step_seconds']:.0f} ms on each machine:",
    "",
    f"| network | {' | '.join(f'{n} workers' for n in _MANY)} |",
    f"|---|{'---|' * len(_MANY)}",
  ]
  for network in ring_model.NETWORKS:
    shares = [
      ring_model.efficiency(
        alone["step_seconds"], alone["gradient_bytes"], most, count, network
      )
      for count in _MANY
    ]
    cells = " | ".join(f"{100 * share:.0f} %" for share in shares)
    lines.append(f"| {network.name} | {cells} |")
  return "\n".join(lines)
