"""Commands of the project, called as a user calls them."""

import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


def call(
  command: str, *options: str, seconds: float = 300
) -> subprocess.CompletedProcess:
  """Runs `python -m experiments.COMMAND` to its end; its output is text."""
  return subprocess.run(
    [sys.executable, "-m", f"experiments.{command}", *options],
    cwd=ROOT,
    capture_output=True,
    text=True,
    timeout=seconds,
  )
