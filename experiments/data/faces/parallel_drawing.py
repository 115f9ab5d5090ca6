"""Draws many faces on all cores.

Each part is drawn by a process of its own, which needs NumPy alone. A fork
would take TensorFlow's threads along, and the processes of `multiprocessing`
would run the caller's script again.
"""

import concurrent.futures
import itertools
import os
import pickle
import subprocess
import sys
from collections.abc import Iterator

from experiments.data.faces import part

_PROGRAM = f"""
import sys
import {part.__name__} as part
part.write(sys.argv[1:])
"""

# Faces that a process draws; a single part is drawn here.
_PART = 250


def draw(seed: int, start: int, stop: int, size: int) -> Iterator[part.Drawn]:
  """Yields the faces `start` to `stop` - 1 of a population, in that order.

  Args:
    seed: The population.
    start: Index of the first face.
    stop: Index after the last face.
    size: Side of the pictures in pixels.

  Yields:
    The face, and its picture, uint8 `[size, size, 3]`.

  Raises:
    subprocess.CalledProcessError: If a process ends before its faces are drawn.
  """
  parts = [
    (seed, first, min(first + _PART, stop), size)
    for first in range(start, stop, _PART)
  ]
  if len(parts) == 1:
    yield from part.drawn(*parts[0])
    return
  with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
    yield from itertools.chain.from_iterable(pool.map(_elsewhere, parts))


def _elsewhere(arguments: tuple[int, int, int, int]) -> list[part.Drawn]:
  command = (sys.executable, "-c", _PROGRAM, *map(str, arguments))
  # One thread each: the processes are as many as the cores.
  environment = {**os.environ, "OMP_NUM_THREADS": "1"}
  done = subprocess.run(
    command, stdout=subprocess.PIPE, env=environment, check=True
  )
  return pickle.loads(done.stdout)
