"""The progress line of a training: step, losses, images/s, time left."""

import sys
import time
from typing import TextIO


class ProgressLine:
  """Rewrites one line on a terminal, writes a line now and then elsewhere."""

  def __init__(
    self,
    total_steps: int,
    batch_size: int,
    out: TextIO | None = None,
    seconds_between_lines: float = 10.0,
    clock=time.monotonic,
  ):
    """Initializes the line.

    Args:
      total_steps: Steps of the whole run.
      batch_size: Images per step.
      out: Where to write; None takes the standard output.
      seconds_between_lines: Least time between lines where `out` is no
        terminal; a terminal's line moves twice a second.
      clock: Seconds, rising.
    """
    self._total = total_steps
    self._batch_size = batch_size
    self._out = sys.stdout if out is None else out
    self._terminal = self._out.isatty()
    self._interval = 0.5 if self._terminal else seconds_between_lines
    self._clock = clock
    # The first step compiles, and would spoil rate and time left.
    self._first_step: int | None = None
    self._first_time = 0.0
    self._paused = 0.0
    self._last_shown = float("-inf")
    self._line_is_open = False

  def images_per_second(self, step: int) -> float | None:
    """The mean rate since the first step, pauses left out; None at first."""
    if self._first_step is None or step <= self._first_step:
      return None
    seconds = self._clock() - self._first_time - self._paused
    return (step - self._first_step) * self._batch_size / max(seconds, 1e-9)

  def update(self, step: int, headline: str, last: bool = False) -> None:
    """Shows `step`, if it is time to.

    Args:
      step: Steps taken.
      headline: The losses in a few words.
      last: Whether to show it in any case and end the line.
    """
    now = self._clock()
    if self._first_step is None:
      self._first_step, self._first_time = step, now
    if not last and now - self._last_shown < self._interval:
      return
    self._last_shown = now
    rate = self.images_per_second(step)
    pieces = [f"step {step:{len(str(self._total))}d}/{self._total}"]
    if headline:
      pieces.append(headline)
    if rate:
      left = (self._total - step) * self._batch_size / rate
      pieces += [f"{rate:.0f} images/s", f"ETA {_clock_time(left)}"]
    self._write("  ".join(pieces), last)

  def paused(self, seconds: float) -> None:
    """Leaves `seconds` of other work out of the rate."""
    if self._first_step is not None:
      self._paused += seconds

  def end_line(self) -> None:
    """Leaves the present line standing, so that others may write."""
    if self._line_is_open:
      self._out.write("\n")
      self._out.flush()
      self._line_is_open = False

  def _write(self, text, last):
    if self._terminal:
      # Return to the start of the line and clear what was there.
      self._out.write("\r\x1b[K" + text + ("\n" if last else ""))
    else:
      self._out.write(text + "\n")
    self._out.flush()
    self._line_is_open = self._terminal and not last


def _clock_time(seconds):
  minutes, seconds = divmod(round(seconds), 60)
  hours, minutes = divmod(minutes, 60)
  if hours:
    return f"{hours}:{minutes:02d}:{seconds:02d}"
  return f"{minutes}:{seconds:02d}"
