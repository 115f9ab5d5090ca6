"""Harmonic functions by multigrid against a direct solution."""

import numpy as np
import pytest
import scipy.sparse
import scipy.sparse.linalg

from experiments.editing import composite, harmonic


def _direct(inside, values):
  """Solves the same equations with a sparse factorisation."""
  height, width = inside.shape
  pixels = np.arange(inside.size).reshape(height, width)
  first = np.concatenate([pixels[1:].ravel(), pixels[:, 1:].ravel()])
  second = np.concatenate([pixels[:-1].ravel(), pixels[:, :-1].ravel()])
  adjacency = scipy.sparse.coo_matrix(
    (np.ones(len(first)), (first, second)), shape=(inside.size,) * 2
  ).tocsr()
  adjacency = adjacency + adjacency.T
  degrees = np.asarray(adjacency.sum(1)).ravel()
  laplacian = scipy.sparse.diags(degrees) - adjacency
  unknown = inside.ravel()
  right = adjacency[unknown][:, ~unknown] @ values.ravel()[~unknown]
  result = np.zeros(inside.size)
  result[unknown] = scipy.sparse.linalg.spsolve(
    laplacian[unknown][:, unknown].tocsc(), right
  )
  return result.reshape(inside.shape)


def _regions():
  generator = np.random.default_rng(0)
  y, x = np.indices((90, 110)) - np.array([45, 50])[:, None, None]
  radius, angle = np.hypot(y, x), np.arctan2(y, x)
  line, hole, thin, pair = (
    np.zeros((40, 90), bool),
    np.ones((60, 50), bool),
    np.ones((3, 300), bool),
    np.zeros((61, 64), bool),
  )
  line[20, 3:85] = True
  hole[30, 20] = False
  thin[0, 0] = False
  pair[3:30, 2:60], pair[31:58, 2:60] = True, True
  return {
    "disc": radius < 40,
    "beyond the border": radius < 60,
    "spiral": (np.sin(radius / 3 + angle) > 0.3) & (radius < 42),
    "half of all pixels": generator.random((70, 90)) < 0.5,
    "all but a few pixels": generator.random((90, 80)) < 0.98,
    "all but one pixel": hole,
    "a line": line,
    "three rows but for a corner": thin,
    "two, a pixel apart": pair,
    "one pixel": np.eye(2, 5, dtype=bool)[::-1] & (np.arange(5) == 1),
  }


@pytest.mark.parametrize("name", _regions())
def test_the_error_is_below_the_tolerance(name):
  """In regions of any shape, also where multigrid is at its worst."""
  inside = _regions()[name]
  values = np.random.default_rng(1).uniform(-255, 255, inside.shape)
  result = harmonic.Region(inside).extend(values, composite.TOLERANCE)
  assert result.shape == inside.shape
  np.testing.assert_array_equal(result[~inside], 0.0)
  np.testing.assert_allclose(
    result, _direct(inside, values), atol=composite.TOLERANCE
  )


def test_work_grows_no_faster_than_pixels(monkeypatch):
  """As many V-cycles as for a region with sixteen times fewer pixels."""
  cycles = []
  for side in (100, 400):
    steps = []
    original = harmonic.Region._v_cycle

    def counted(self, k, right, steps=steps, original=original):
      steps.append(k)
      return original(self, k, right)

    with monkeypatch.context() as patch:
      patch.setattr(harmonic.Region, "_v_cycle", counted)
      y, x = np.indices((side, side)) - side / 2
      values = 100 * np.sin(9 * x / side) + 50 * np.cos(7 * y / side)
      harmonic.Region(np.hypot(y, x) < 0.45 * side).extend(values, 0.01)
    cycles.append(steps.count(0))
  assert cycles[1] <= cycles[0] + 2 and cycles[1] <= 12


def test_all_of_an_image_has_no_harmonic_function():
  """Nothing would fix its values."""
  with pytest.raises(ValueError, match="outside"):
    harmonic.Region(np.ones((4, 5), bool))
