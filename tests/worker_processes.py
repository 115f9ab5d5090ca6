"""Trainings of several worker processes on this machine."""

import json
import os
import pathlib
import socket
import subprocess
import sys

import lapcvae_runs

ROOT = pathlib.Path(__file__).resolve().parents[1]

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
  sockets = [socket.socket() for _ in run_dirs]
  for listener in sockets:
    listener.bind(("localhost", 0))
  workers = [f"localhost:{s.getsockname()[1]}" for s in sockets]
  for listener in sockets:
    listener.close()
  processes = []
  for index, run_dir in enumerate(run_dirs):
    config = {
      "cluster": {"worker": workers},
      "task": {"type": "worker", "index": index},
    }
    command = [sys.executable, "-m", "experiments.train", *options]
    command += ["--config=vae_demo", "--strategy=multi_worker"]
    command += [f"--run_dir={run_dir}"]
    processes.append(
      subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "TF_CONFIG": json.dumps(config)},
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
