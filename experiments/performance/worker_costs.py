"""Steps of several worker processes on one machine, and what they cost."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from absl import logging

from experiments.config import presets
from experiments.config.run_config import RunConfig
from experiments.performance import ring_model, worker_steps
from experiments.pictures import tables
from experiments.system import cluster, errors, outputs, whole_files
from experiments.training import run_dir

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

  Args:
    preset: The name of a preset whose levels train together.
    assignments: Changes of a field of the preset, as `path=value`.
    worker_counts: The numbers of processes.
    steps: How many steps are timed.
    out: The folder for scaling.json; None for none.

  Raises:
    UserError: If the preset's levels train alone, the workers cannot share its
      batch, or a worker fails.
  """
  config = presets.configured(preset, assignments)
  _check(preset, config, worker_counts)
  target = outputs.folder(out) if out else None
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
    with outputs.explained(path):
      whole_files.write_json(path, report)
    print(f"Wrote {path}")


def _check(
  preset: str, config: RunConfig, worker_counts: Sequence[int]
) -> None:
  if config.model.levels_train_alone:
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


def _time(
  preset: str, assignments: Sequence[str], count: int, steps: int
) -> dict[str, Any]:
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
  streams = [process.communicate() for process in processes]
  if failed:
    messages = streams[processes.index(failed[0])][1]
    raise errors.UserError(f"A worker failed: {messages.strip()[-2000:]}")
  if unfinished:
    raise errors.UserError(
      f"{count} workers took more than {_SECONDS} seconds; time fewer --steps, "
      "or a smaller preset."
    )
  [line] = [
    line
    for line in streams[0][0].splitlines()
    if line.startswith(worker_steps.MARK)
  ]
  return json.loads(line.removeprefix(worker_steps.MARK))


def markdown(report: Mapping[str, Any]) -> str:
  """Returns the measured times, and the efficiency to expect of many."""
  alone = report["workers"][0]
  measured = tables.markdown(
    (
      *("workers", "step (ms)", "more than the first (ms)"),
      *("adding up all gradients (ms)", "collectives a step"),
    ),
    [
      (
        str(entry["workers"]),
        _milliseconds(entry["step_seconds"], 0),
        _milliseconds(entry["step_seconds"] - alone["step_seconds"], 0),
        _milliseconds(entry["all_reduce_seconds"], 1),
        str(entry["collectives"]),
      )
      for entry in report["workers"]
    ],
  )
  most = max(entry["collectives"] for entry in report["workers"])

  def share(count: int, network: ring_model.Network) -> str:
    efficiency = ring_model.efficiency(
      alone["step_seconds"], alone["gradient_bytes"], most, count, network
    )
    return tables.number(100 * efficiency, 0, " %")

  expected = tables.markdown(
    ("network", *(f"{count} workers" for count in _MANY)),
    [
      (network.name, *(share(count, network) for count in _MANY))
      for network in ring_model.NETWORKS
    ],
  )
  return "\n\n".join(
    (
      f"{report['preset']}, {report['batch_size']} images a step in all, "
      f"{report['cores']} cores.",
      measured,
      f"Expected of {alone['gradient_bytes'] / 1e6:.1f} MB of gradients and "
      f"steps of {_milliseconds(alone['step_seconds'], 0)} ms on each machine:",
      expected,
    )
  )


def _milliseconds(seconds: float, digits: int) -> str:
  return tables.number(1e3 * seconds, digits)
