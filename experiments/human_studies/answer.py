"""What a participant answers."""

import dataclasses

CHOICES = {
  "real_or_generated": ("real", "generated"),
  "which_is_better": ("left", "right"),
}
"""What may be answered in each kind of study."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Answer:
  """What a participant answered, and how the image was shown.

  Attributes:
    choice: One of `CHOICES` of the study's kind.
    reaction_ms: Milliseconds from the onset of the image to the answer.
    hidden: Whether the page was out of sight meanwhile.
    measured_ms: How long the image was shown; None if until the answer.
    frames: The same in frames of the display.
    frame_ms: The measured length of a frame.
  """

  choice: str
  reaction_ms: float
  hidden: bool
  measured_ms: float | None = None
  frames: int | None = None
  frame_ms: float | None = None

  def marked(self, requested_ms: int | None) -> str:
    """Returns why an answer should not count; empty if it should."""
    if requested_ms is None:
      return ""
    if self.hidden:
      return "hidden"
    error = abs(self.measured_ms - requested_ms)
    return "timing" if error > self.frame_ms else ""
