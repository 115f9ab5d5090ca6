"""What the configurations of both families have in common."""

import dataclasses
from typing import Self


class LevelSizes:
  """A base of configurations whose `levels`, finest first, have a `size`."""

  @property
  def sizes(self) -> tuple[int, ...]:
    """Sides of the levels in pixels, finest first."""
    return tuple(level.size for level in self.levels)

  @property
  def num_levels(self) -> int:
    """n, the number of levels; the coarsest is K = n - 1."""
    return len(self.levels)

  @property
  def players_wait(self) -> bool:
    """Whether training makes a generator or a discriminator wait at times."""
    return False

  @property
  def smallest_batch(self) -> int:
    """The images that each replica needs in a step."""
    return 1

  @property
  def draws_pixels(self) -> bool:
    """Whether a level draws its pixels one after the other."""
    return False

  def idle_fields(self) -> dict[str, str]:
    """Returns what fields without effect would need, by their paths."""
    return {}

  def sizes_scaled_to(self, size: int) -> tuple[int, ...]:
    """Sides of the levels, finest first, if the finest had `size` pixels.

    Each keeps its ratio to the finest, rounded up.
    """
    return tuple(-(-size * side // self.sizes[0]) for side in self.sizes)

  def resized(self, size: int) -> Self:
    """Returns the same pyramid for images of another size."""
    sides = self.sizes_scaled_to(size)
    levels = tuple(
      level.resized(side)
      for level, side in zip(self.levels, sides, strict=True)
    )
    return dataclasses.replace(self, levels=levels)
