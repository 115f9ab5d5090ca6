"""What may be asked of an edit of a photograph."""

import dataclasses

from experiments.config import choices
from experiments.config.requests import check_noise
from experiments.system import errors


@dataclasses.dataclass(frozen=True, kw_only=True)
class EditRequest:
  """What to change in a photograph, and how.

  Attributes:
    image: The path of the photograph; None for a drawn face, in figures alone.
    paint: The path of a painting with transparency, of the size of the
      photograph or of the painted level.
    strokes: The path of a JSON list of strokes in pixels of the photograph.
    mask: The path of an image that is white where the photograph may change;
      None for wherever it is painted.
    level: The coarse level that is painted or kept; None for the coarsest.
    count: How many variations to draw.
    seed: An integer in [0, 2**31) that selects the noise; equal seeds give
      equal variations, and a longer draw begins with the shorter.
    temperature: A factor on the noise; 0 gives the prior means.
    base: Which coarse image the finer levels refine, one of `choices.REFINED`.
    fit: Whether detail for a painting also has to go with the image around it.
    keep_coarse: Whether only bands finer than the level are taken of what is
      drawn.
    blend: How the region is composited, one of `choices.BLENDS`.
    onto: What it is composited into, one of `choices.BASES`.
    training_crop: Whether the model sees the window that its training data had,
      instead of the largest centred square.
    box: The left column, top row and side of the square that the model sees
      instead of either, in pixels of the photograph.
  """

  image: str | None = None
  paint: str | None = None
  strokes: str | None = None
  mask: str | None = None
  level: int | None = None
  count: int = 4
  seed: int = 0
  temperature: float = 1.0
  base: str = "given"
  fit: bool = False
  keep_coarse: bool = False
  blend: str = "poisson"
  onto: str = "original"
  training_crop: bool = False
  box: tuple[int, int, int] | None = None

  def __post_init__(self):
    """Checks what no flag has checked.

    Raises:
      UserError: If a value is out of its range, or two contradict each other.
    """
    for field, names in (
      ("base", choices.REFINED),
      ("blend", choices.BLENDS),
      ("onto", choices.BASES),
    ):
      value = getattr(self, field)
      if value not in names:
        raise errors.UserError(
          f"--{field}={value}: use one of {', '.join(names)}."
        )
    if self.count < 1:
      raise errors.UserError(f"--count={self.count}: draw at least one.")
    check_noise(self.seed, self.temperature)
    if self.box is not None and self.training_crop:
      raise errors.UserError(
        "--box and --crop=training name two windows; give one of them."
      )
    if self.paint and self.strokes:
      raise errors.UserError("Paint with --paint or with --strokes, not both.")
    if self.fit and self.image and not (self.paint or self.strokes):
      raise errors.UserError(
        "--fit draws detail for a painting: add --paint or --strokes."
      )


FILES = ("image", "paint", "strokes", "mask")
"""The fields of an `EditRequest` that are paths."""
