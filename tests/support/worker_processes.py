"""Trainings of several worker processes on this machine."""

import pathlib
import subprocess

from support import commands, small_runs

from experiments.system import cluster

SMALL = (
  "training.steps=6",
  "training.batch_size=8",
  "training.log_every=1",
  "training.validate_every=100",
  "training.checkpoint_every=3",
  *small_runs.SMALL_MODEL,
)


def start(
  run_dirs: list[pathlib.Path], *options: str
) -> list[subprocess.Popen]:
  """Starts `experiments.train` once for each folder, as workers of one run."""
  workers = cluster.local_addresses(len(run_dirs))
  options += ("--config=vae_demo", "--strategy=multi_worker")
  return [
    commands.start(
      "train",
      *options,
      f"--run_dir={run_dir}",
      TF_CONFIG=cluster.describe(workers, index),
    )
    for index, run_dir in enumerate(run_dirs)
  ]
