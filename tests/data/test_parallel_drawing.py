"""Faces that several processes draw are those that one draws."""

import itertools
import subprocess

import numpy as np
import pytest

from experiments.data.faces import parallel_drawing


def test_faces_are_the_same_whoever_draws_them(monkeypatch):
  """In the order of their indices, with a last part that is shorter."""
  alone = list(parallel_drawing.draw(3, 5, 12, 16))
  monkeypatch.setattr(parallel_drawing, "_PART", 3)
  together = list(parallel_drawing.draw(3, 5, 12, 16))
  assert len(alone) == len(together) == 7
  for (face, image), (other, drawn) in zip(alone, together, strict=True):
    assert face == other
    np.testing.assert_array_equal(image, drawn)


def test_a_process_that_fails_is_not_passed_over(monkeypatch):
  """Faces would be missing otherwise."""
  monkeypatch.setattr(parallel_drawing, "_PART", 3)
  faces = parallel_drawing.draw(3, 0, 6, -1)
  with pytest.raises(subprocess.CalledProcessError):
    list(itertools.islice(faces, 1))
