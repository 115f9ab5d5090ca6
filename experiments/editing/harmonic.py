"""Harmonic functions on regions of any shape, by multigrid.

Poisson image editing (Perez et al., 2003) adds to a patch the function that is
harmonic inside the region and equals base minus patch just outside of it. Its
values solve `A x = b` with the five-point Laplacian A, once per colour channel.
Red cells of a checkerboard are eliminated, as their neighbours are all black;
conjugate gradients solve for the black ones, preconditioned by a V-cycle of
multigrid. Work and memory grow with the number of pixels and not faster.

A grid is stored as `[2, 2, height / 2, width / 2]`, by colour (0 is red) and by
the parity of the row. A row of parity a has its cells of colour c in columns of
parity a ^ c, and all neighbours of a cell lie in arrays of the other colour.
"""

import numpy as np

# Grids of at most so many cells are solved directly.
_DIRECT = 300
_MOST_STEPS = 60
_RED, _BLACK = 0, 1


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
    unknown = _split(inside)
    in_image = _split(np.ones(inside.shape, bool))
    self._levels = [_Level(unknown, unknown * _neighbour_sums(in_image))]
    while self._levels[-1].unknown.size > _DIRECT:
      self._levels.append(self._levels[-1].coarser())
    self._inverse = self._levels[-1].inverse()

  @property
  def arrays(self) -> list[np.ndarray]:
    """All arrays that it holds."""
    levels = [array for level in self._levels for array in level.arrays]
    return [self.inside, self._inverse, *levels]

  def extend(self, values: np.ndarray, tolerance: float) -> np.ndarray:
    """Computes the harmonic function with the given values around the region.

    Args:
      values: Floats `[height, width]`; those at pixels outside that touch the
        region count.
      tolerance: The largest error to accept, in units of `values`. The error is
        estimated by a V-cycle of the residual.

    Returns:
      float32 `[height, width]`, zero outside of the region.
    """
    level = self._levels[0]
    right = _neighbour_sums(_split(np.where(self.inside, 0.0, values)))
    right *= level.unknown
    solution = np.zeros_like(right)
    # With the best red values for zeros at black cells, the residual is black.
    level.relax(solution, right, _RED)
    residual = np.zeros_like(right)
    residual[_BLACK] = right[_BLACK] - level.times(solution, _BLACK)
    direction, slope = np.zeros_like(right), 1.0
    black = (x[_BLACK] for x in (solution, residual, direction))
    black_solution, black_residual, black_direction = black
    for step in range(_MOST_STEPS):
      correction = self._v_cycle(0, residual)[_BLACK]
      if max(correction.max(), -correction.min()) < tolerance:
        black_solution += correction
        break
      last, slope = slope, float(np.vdot(black_residual, correction))
      black_direction *= slope / last if step else 0.0
      black_direction += correction
      level.relax(direction, None, _RED)
      image = level.times(direction, _BLACK)
      length = slope / float(np.vdot(black_direction, image))
      black_solution += np.multiply(length, black_direction, out=correction)
      image *= length
      black_residual -= image
    level.relax(solution, right, _RED)
    height, width = self.inside.shape
    return _joined(solution)[:height, :width]

  def _v_cycle(self, k: int, right: np.ndarray) -> np.ndarray:
    """Solves A_k x = right roughly; symmetric and linear in `right`."""
    level = self._levels[k]
    if k == len(self._levels) - 1:
      return (self._inverse @ right.ravel()).reshape(right.shape)
    solution = np.zeros_like(right)
    np.multiply(right[_RED], level.inverse_diagonal[_RED], out=solution[_RED])
    level.relax(solution, right, _BLACK)
    # Nothing is left at black cells, so only red ones pass on what is.
    left = right[_RED] - level.times(solution, _RED)
    rest = sum(_restricted(left[a], a, a ^ _RED) for a in (0, 1))
    coarse_right = _split(rest) * self._levels[k + 1].unknown
    coarse = _joined(self._v_cycle(k + 1, coarse_right))
    coarse = coarse[: rest.shape[0], : rest.shape[1]]
    # Black cells are set from red ones next, so only these are corrected.
    for a in (0, 1):
      part = _prolonged(coarse, a, a ^ _RED)
      part *= level.unknown[_RED, a]
      solution[_RED, a] += part
    level.relax(solution, right, _BLACK)
    level.relax(solution, right, _RED)
    return solution


class _Level:
  """The Laplacian on one grid.

  Attributes:
    unknown: 1 at cells of the region, else 0.
    inverse_diagonal: That of A at these cells, else 0.
  """

  def __init__(self, unknown: np.ndarray, diagonal: np.ndarray):
    self.unknown = unknown
    self._diagonal = diagonal
    self.inverse_diagonal = np.zeros_like(unknown)
    np.divide(1.0, diagonal, out=self.inverse_diagonal, where=diagonal > 0)

  @property
  def arrays(self) -> list[np.ndarray]:
    """All arrays that it holds."""
    return [self.unknown, self._diagonal, self.inverse_diagonal]

  def coarser(self) -> "_Level":
    """The grid of cells of two by two; a cell of any of the region is in it."""
    # In two dimensions the energy of a smooth function does not change with
    # the grid, so A keeps its entries; links across the region's edge add up.
    links = self._diagonal - self.unknown * _neighbour_sums(self.unknown)
    unknown = _split(self.unknown.max((0, 1)))
    links = _split(links.sum((0, 1)))
    return _Level(unknown, unknown * (_neighbour_sums(unknown) + links))

  def times(self, x: np.ndarray, color: int) -> np.ndarray:
    """A x at the cells of one colour, for x that is zero outside."""
    result = x[color] * self._diagonal[color]
    for a in (0, 1):
      result[a] -= _neighbour_sum(x, color, a)
    result *= self.unknown[color]
    return result

  def relax(self, x: np.ndarray, right: np.ndarray | None, color: int) -> None:
    """Solves the equations A x = right of one colour for its cells, in place.

    Args:
      x: The cells, of which those of the other colour are given.
      right: The right side; None for zeros.
      color: Which cells to set.
    """
    for a in (0, 1):
      total = _neighbour_sum(x, color, a)
      if right is not None:
        total += right[color, a]
      np.multiply(total, self.inverse_diagonal[color, a], out=x[color, a])

  def inverse(self) -> np.ndarray:
    """The inverse of A, with zeros for cells outside of the region."""
    cells = np.flatnonzero(self.unknown)
    units = np.eye(self.unknown.size, dtype=np.float32)[cells]
    columns = [
      np.stack([self.times(unit, color) for color in (_RED, _BLACK)])
      for unit in units.reshape(-1, *self.unknown.shape)
    ]
    matrix = np.reshape(columns, (len(cells), -1))[:, cells]
    result = np.zeros((self.unknown.size,) * 2, np.float32)
    result[np.ix_(cells, cells)] = np.linalg.inv(np.float64(matrix))
    return result


def _split(grid: np.ndarray) -> np.ndarray:
  """A grid by colour and parity, as float32, padded by zeros to even sides."""
  height, width = ((side + 1) // 2 for side in grid.shape)
  result = np.zeros((2, 2, height, width), np.float32)
  for color in (_RED, _BLACK):
    for a in (0, 1):
      part = grid[a::2, a ^ color :: 2]
      result[color, a, : part.shape[0], : part.shape[1]] = part
  return result


def _joined(x: np.ndarray) -> np.ndarray:
  """The inverse of `_split`, but for the padding."""
  height, width = x.shape[2:]
  grid = np.empty((2 * height, 2 * width), x.dtype)
  for color in (_RED, _BLACK):
    for a in (0, 1):
      grid[a::2, a ^ color :: 2] = x[color, a]
  return grid


def _neighbour_sum(x: np.ndarray, color: int, a: int) -> np.ndarray:
  """The sum over the up to four neighbours of the cells `x[color, a]`."""
  beside, above = x[1 - color, a], x[1 - color, 1 - a]
  result = beside + above
  if a:
    result[:-1] += above[1:]
  else:
    result[1:] += above[:-1]
  if a ^ color:
    result[:, :-1] += beside[:, 1:]
  else:
    result[:, 1:] += beside[:, :-1]
  return result


def _neighbour_sums(x: np.ndarray) -> np.ndarray:
  return np.stack(
    [[_neighbour_sum(x, color, a) for a in (0, 1)] for color in (_RED, _BLACK)]
  )


def _prolonged(cells: np.ndarray, a: int, b: int) -> np.ndarray:
  """Bilinear interpolation of cells to the half-size cells of one parity.

  Args:
    cells: `[height, width]`.
    a: The parity of the row of the half-size cells.
    b: That of their column.
  """
  for axis, side in enumerate((a, b)):
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


def _restricted(cells: np.ndarray, a: int, b: int) -> np.ndarray:
  """The transpose of `_prolonged`."""
  for axis, side in enumerate((a, b)):
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
