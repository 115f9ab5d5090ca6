"""A server in a process of its own, to be measured."""

import contextlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

from experiments.system import errors


@contextlib.contextmanager
def started(command: str, *options: str) -> Iterator[tuple[int, int]]:
  """Serves as long as it is used; gives port and process number.

  Args:
    command: A command of `experiments` that prints its address on 127.0.0.1.
    *options: Its options.

  Raises:
    UserError: If the server does not start.
  """
  process = subprocess.Popen(
    [
      *(sys.executable, "-m", f"experiments.{command}"),
      *options,
    ],
    stdout=subprocess.PIPE,
    text=True,
    env={**os.environ, "PYTHONUNBUFFERED": "1"},
  )
  try:
    yield _port(process), process.pid
  finally:
    process.terminate()
    process.wait(60)


def _port(process: subprocess.Popen) -> int:
  for line in process.stdout:
    if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
      # What it says next is of no use, and must not fill the pipe.
      threading.Thread(target=process.stdout.read, daemon=True).start()
      return int(found[1])
  raise errors.UserError("The server did not start; it says why above.")
