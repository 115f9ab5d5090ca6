"""A part of many faces, drawn here or by a process that runs this module.

python -m experiments.data.faces.part SEED START STOP SIZE
"""

import pickle
import sys
from collections.abc import Sequence

import numpy as np

from experiments.data.faces import attributes, population, renderer

Drawn = tuple[attributes.Face, np.ndarray]


def drawn(seed: int, start: int, stop: int, size: int) -> list[Drawn]:
  """Returns the faces `start` to `stop` - 1 of a population, with pictures."""
  faces = [population.sample_face(seed, index) for index in range(start, stop)]
  return [(face, renderer.render(face, size)) for face in faces]


def write(arguments: Sequence[str]) -> None:
  """Pickles to the standard output what `drawn` returns for `arguments`."""
  pickle.dump(drawn(*map(int, arguments)), sys.stdout.buffer)
