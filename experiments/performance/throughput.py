"""Speed of presets, each measured in a process of its own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from typing import Any

from absl import logging

from experiments.config.requests.benchmark import BenchmarkRequest
from experiments.performance import preset_speed, stopwatch
from experiments.pictures import tables
from experiments.system import errors, outputs, whole_files
from experiments.training import run_dir


def measure_all(request: BenchmarkRequest, out: str | None) -> None:
  """Measures the machine, then every preset; prints and writes the figures.

  Args:
    request: What to measure.
    out: The folder for benchmark.json; None for none.

  Raises:
    UserError: If a preset cannot be measured, or the folder not be written.
  """
  target = outputs.folder(out) if out else None
  report: dict[str, Any] = {
    "cores": len(os.sched_getaffinity(0)),
    "versions": run_dir.versions(),
    "load_before": round(os.getloadavg()[0], 2),
    "matmul_gflops": round(
      stopwatch.matmul_peak(seconds=request.seconds) / 1e9
    ),
    "convolution_gflops": round(
      stopwatch.convolution_peak(seconds=request.seconds) / 1e9
    ),
    "presets": [],
  }
  for name in request.presets:
    logging.info("Measuring %s.", name)
    report["presets"] += _in_process(name, request)
  peak = report["convolution_gflops"] * 1e9
  for entry in report["presets"]:
    rate = entry["flops_per_image"] * entry["training_images_per_second"]
    entry["share_of_convolution_peak"] = round(rate / peak, 3)
  print(markdown(report))
  if target:
    path = target / "benchmark.json"
    with outputs.explained(path):
      whole_files.write_json(path, report)
    print(f"Wrote {path}")


def _in_process(name: str, request: BenchmarkRequest) -> list[dict[str, Any]]:
  command = [sys.executable, "-m", "experiments.benchmark", f"--worker={name}"]
  command += [f"--set={assignment}" for assignment in request.assignments]
  command += [f"--seconds={request.seconds}"]
  command += [f"--long_steps={request.long_steps}"]
  if request.profile:
    command.append(f"--profile={request.profile}")
  started = {**os.environ, preset_speed.STARTED: repr(time.time())}
  done = subprocess.run(
    command, env=started, capture_output=True, text=True, check=False
  )
  mark = preset_speed.MARK
  lines = [line for line in done.stdout.splitlines() if line.startswith(mark)]
  if done.returncode or not lines:
    raise errors.UserError(
      f"{name} could not be measured: {done.stderr.strip()[-2000:]}"
    )
  return json.loads(lines[-1].removeprefix(mark))


def markdown(report: Mapping[str, Any]) -> str:
  """Returns the machine's rates in a line and the presets' in a table."""
  batches = preset_speed.SERVED_BATCHES
  table = tables.markdown(
    (
      *("preset", "training images/s", "MFLOP/image"),
      *("share of convolution peak", "input images/s", "first step (s)"),
      *("memory (MB)", "sampling images/s"),
      f"served at {', '.join(map(str, batches))} (ms)",
    ),
    [
      (
        entry["preset"],
        tables.number(entry["training_images_per_second"], 0),
        tables.number(entry["flops_per_image"] / 1e6, 0),
        tables.number(100 * entry["share_of_convolution_peak"], 0, " %"),
        str(entry["input_images_per_second"]),
        tables.number(entry["seconds_to_first_step"], 1),
        str(entry["peak_memory_mb"]),
        str(entry["sampling_images_per_second"]),
        ", ".join(
          f"{entry[f'served_ms_at_batch_{size}']:.1f}" for size in batches
        ),
      )
      for entry in report["presets"]
    ],
  )
  return (
    f"{report['cores']} cores, matrices {report['matmul_gflops']} and "
    f"convolutions {report['convolution_gflops']} GFLOP/s.\n\n{table}"
  )
