"""Ending a training in good order when the process is asked to stop."""

import contextlib
import os
import signal
import sys

from experiments.system import errors


class Interrupted(errors.UserError):  # noqa: N818
  """The run was asked to stop; its checkpoint is saved."""


@contextlib.contextmanager
def stop_requests(signals=(signal.SIGTERM, signal.SIGINT)):
  """Collects stop signals while the block runs instead of dying of them.

  A second signal acts as it did before, so an impatient user gets through.

  Yields:
    A function without arguments: the name of the signal received, or None.
  """
  received = []
  previous = {}

  def note(number, frame):
    del frame
    received.append(signal.Signals(number).name)
    # The step at work may still be compiling, which takes a while.
    os.write(
      sys.stderr.fileno(),
      b"\nStopping after the step at work, with a checkpoint. A second signal "
      b"stops at once, without.\n",
    )
    signal.signal(number, previous[number])

  for number in signals:
    previous[number] = signal.signal(number, note)
  try:
    yield lambda: received[0] if received else None
  finally:
    for number, handler in previous.items():
      signal.signal(number, handler)
