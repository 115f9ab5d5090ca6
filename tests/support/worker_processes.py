"""Trainings of several worker processes on this machine."""

import os
import pathlib
import subprocess
import sys

from support import lapcvae_runs

from experiments.system import cluster

ROOT = pathlib.Path(__file__).resolve().parents[2]

SMALL = (
  "training.steps=6",
  "training.batch_size=8",
  "training.log_every=1",
  "training.validate_every=100",
  "training.checkpoint_every=3",
  *lapcvae_runs.SMALL_MODEL,
)


def start(
  run_dirs: list[pathlib.Path], *options: str
) -> list[subprocess.Popen]:
  """Starts `experiments.train` once for each folder, as workers of one run."""
  workers = cluster.local_addresses(len(run_dirs))
  processes = []
  for index, run_dir in enumerate(run_dirs):
    command = [sys.executable, "-m", "experiments.train", *options]
    command += ["--config=vae_demo", "--strategy=multi_worker"]
    command += [f"--run_dir={run_dir}"]
    processes.append(
      subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "TF_CONFIG": cluster.describe(workers, index)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
      )
    )
  return processes


def finish(processes: list[subprocess.Popen], seconds=280):
  """Waits for all; returns (exit status, output, messages) of each."""
  try:
    outputs = [process.communicate(timeout=seconds) for process in processes]
  finally:
    for process in processes:
      process.kill()
  return [
    (process.returncode, *output)
    for process, output in zip(processes, outputs, strict=True)
  ]
