"""Harmonic functions on regions of any shape, by multigrid.

Poisson image editing (Perez et al., 2003) adds to a patch the function that is
harmonic inside the region and equals base minus patch just outside of it. Its
values solve `A x = b` with the five-point Laplacian A, once per colour channel.
Conjugate gradients solve that, preconditioned by a V-cycle of multigrid, so the
work and the memory grow with the number of pixels and not faster.

A grid is stored as `[2, 2, height / 2, width / 2]`, its cells by the parity of
their row and column: neighbours then lie in other planes, and the cells of one
colour of the checkerboard can be updated at once.
"""

import numpy as np

# Grids of at most so many cells are solved directly.
_DIRECT = 300
_MOST_STEPS = 60

_Plane = tuple[int, int]
_RED: tuple[_Plane, ...] = ((0, 0), (1, 1))
_BLACK: tuple[_Plane, ...] = ((0, 1), (1, 0))


class Region:
  """A region of an image, prepared for any number of harmonic functions.

  Attributes:
    inside: bool `[height, width]`, True at the pixels to solve for.
  """

  def __init__(self, inside: np.ndarray):
    """Makes the grids of the V-cycle, finest first.

    Args:
      inside: bool `[height, width]`; it may touch the borders of the image,
        across which the solution is flat. At least one pixel is outside.

    Raises:
      ValueError: If every pixel is inside, so that nothing fixes the values.
    """
    if inside.all():
      raise ValueError("A harmonic function needs a pixel outside the region.")
    self.inside = inside
    unknown = _planes(inside)
    in_image = _planes(np.ones(inside.shape))
    self._levels = [_Level(unknown, unknown * _neighbour_sums(in_image))]
    while self._levels[-1].unknown.size > _DIRECT:
      self._levels.append(self._levels[-1].coarser())
    self._inverse = self._levels[-1].inverse()

  def extend(self, values: np.ndarray, tolerance: float) -> np.ndarray:
    """The harmonic function with the given values around the region.

    Args:
      values: Floats `[height, width]`; those at pixels outside that touch the
        region count.
      tolerance: The largest error to accept, in units of `values`. The error is
        estimated by a V-cycle of the residual.

    Returns:
      float32 `[height, width]`, zero outside of the region.
    """
    finest = self._levels[0]
    residual = _neighbour_sums(_planes(np.where(self.inside, 0.0, values)))
    residual *= finest.unknown
    solution = np.zeros_like(residual)
    direction, slope = np.zeros_like(residual), 1.0
    for step in range(_MOST_STEPS):
      correction = self._v_cycle(0, residual)
      if max(correction.max(), -correction.min()) < tolerance:
        solution += correction
        break
      last, slope = slope, float(np.vdot(residual, correction))
      direction *= slope / last if step else 0.0
      direction += correction
      image = finest.times(direction)
      length = slope / float(np.vdot(direction, image))
      solution += length * direction
      image *= length
      residual -= image
    height, width = self.inside.shape
    return _grid(solution)[:height, :width]

  def _v_cycle(self, k: int, right: np.ndarray) -> np.ndarray:
    """An approximate solution of A_k x = right; symmetric and linear in it."""
    level = self._levels[k]
    if k == len(self._levels) - 1:
      return (self._inverse @ right.ravel()).reshape(right.shape)
    solution = np.zeros_like(right)
    for plane in _RED:
      np.multiply(right[plane], level.inverse_diagonal[plane], solution[plane])
    level.relax(solution, right, _BLACK)
    # Nothing is left at black cells, so only red ones pass on what is.
    rest = sum(
      _restricted(right[plane] - level.times_at(solution, plane), plane)
      for plane in _RED
    )
    coarser = self._levels[k + 1].unknown
    coarse = _grid(self._v_cycle(k + 1, _planes(rest) * coarser))
    coarse = coarse[: rest.shape[0], : rest.shape[1]]
    for plane in (*_RED, *_BLACK):
      solution[plane] += level.unknown[plane] * _prolonged(coarse, plane)
    level.relax(solution, right, _BLACK)
    level.relax(solution, right, _RED)
    return solution


class _Level:
  """The Laplacian on one grid.

  Attributes:
    unknown: 1 at cells of the region, else 0; planes.
    inverse_diagonal: That of A at these cells, else 0; planes.
  """

  def __init__(self, unknown: np.ndarray, diagonal: np.ndarray):
    self.unknown = unknown
    self._diagonal = diagonal
    self.inverse_diagonal = np.zeros_like(unknown)
    np.divide(1.0, diagonal, out=self.inverse_diagonal, where=diagonal > 0)

  def coarser(self) -> "_Level":
    """The grid of cells of two by two; a cell of any of the region is in it."""
    # In two dimensions the energy of a smooth function does not change with
    # the grid, so A keeps its entries; links across the region's edge add up.
    links = self._diagonal - self.unknown * _neighbour_sums(self.unknown)
    unknown = _planes(self.unknown.max((0, 1)))
    links = _planes(links.sum((0, 1)))
    return _Level(unknown, unknown * (_neighbour_sums(unknown) + links))

  def times(self, x: np.ndarray) -> np.ndarray:
    """A x, zero outside of the region, as x is."""
    out = np.empty_like(x)
    for plane in (*_RED, *_BLACK):
      out[plane] = self.times_at(x, plane)
    return out

  def times_at(self, x: np.ndarray, plane: _Plane) -> np.ndarray:
    """A x at the cells of one plane."""
    result = x[plane] * self._diagonal[plane]
    result -= _neighbour_sum(x, plane)
    result *= self.unknown[plane]
    return result

  def relax(
    self, x: np.ndarray, right: np.ndarray, color: tuple[_Plane, ...]
  ) -> None:
    """Solves the equations of the cells of one colour for them, in place."""
    for plane in color:
      neighbours = _neighbour_sum(x, plane)
      neighbours += right[plane]
      np.multiply(neighbours, self.inverse_diagonal[plane], out=x[plane])

  def inverse(self) -> np.ndarray:
    """The inverse of A, with zeros for cells outside of the region."""
    shape = self.unknown.shape
    cells = np.flatnonzero(self.unknown)
    units = np.eye(self.unknown.size, dtype=np.float32)[cells]
    matrix = [self.times(unit.reshape(shape)).ravel()[cells] for unit in units]
    result = np.zeros((self.unknown.size,) * 2, np.float32)
    result[np.ix_(cells, cells)] = np.linalg.inv(np.float64(matrix))
    return result


def _planes(grid: np.ndarray) -> np.ndarray:
  """A grid by parity, as float32, padded by zeros to even sides."""
  height, width = ((side + 1) // 2 for side in grid.shape)
  result = np.zeros((2, 2, height, width), np.float32)
  for a, b in (*_RED, *_BLACK):
    part = grid[a::2, b::2]
    result[a, b, : part.shape[0], : part.shape[1]] = part
  return result


def _grid(planes: np.ndarray) -> np.ndarray:
  """The inverse of `_planes`, but for the padding."""
  height, width = planes.shape[2:]
  return planes.transpose(2, 0, 3, 1).reshape(2 * height, 2 * width)


def _neighbour_sum(x: np.ndarray, plane: _Plane) -> np.ndarray:
  """The sum over the up to four neighbours of the cells of a plane."""
  a, b = plane
  beside, above = x[a, 1 - b], x[1 - a, b]
  result = beside + above
  if a:
    result[:-1] += above[1:]
  else:
    result[1:] += above[:-1]
  if b:
    result[:, :-1] += beside[:, 1:]
  else:
    result[:, 1:] += beside[:, :-1]
  return result


def _neighbour_sums(x: np.ndarray) -> np.ndarray:
  return np.stack([[_neighbour_sum(x, (a, b)) for b in (0, 1)] for a in (0, 1)])


def _prolonged(cells: np.ndarray, plane: _Plane) -> np.ndarray:
  """Bilinear interpolation of cells to a plane of the grid twice as fine."""
  for axis, side in enumerate(plane):
    x = np.moveaxis(cells, axis, 0)
    result = np.float32(0.75) * x
    quarter = np.float32(0.25) * x
    if side:
      result[:-1] += quarter[1:]
      result[-1] += quarter[-1]
    else:
      result[1:] += quarter[:-1]
      result[0] += quarter[0]
    cells = np.moveaxis(result, 0, axis)
  return cells


def _restricted(cells: np.ndarray, plane: _Plane) -> np.ndarray:
  """The transpose of `_prolonged`."""
  for axis, side in enumerate(plane):
    x = np.moveaxis(cells, axis, 0)
    result = np.float32(0.75) * x
    quarter = np.float32(0.25) * x
    if side:
      result[1:] += quarter[:-1]
      result[-1] += quarter[-1]
    else:
      result[:-1] += quarter[1:]
      result[0] += quarter[0]
    cells = np.moveaxis(result, 0, axis)
  return cells
