"""Ending a training in good order when the process is asked to stop."""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator

from experiments.system import errors


class Interrupted(errors.UserError):  # noqa: N818
  """The run was asked to stop; its checkpoint is saved."""


_SIGNALS = (signal.SIGTERM, signal.SIGINT)

# Seconds in which a second signal may end the process in good order.
_PATIENCE = 1.0

_ANSWER = (
  b"\nStopping after the step at work, with a checkpoint. A second signal "
  b"stops at once, without.\n"
)


@contextlib.contextmanager
def stop_requests() -> Iterator[Callable[[], str | None]]:
  """Collects stop signals while the block runs instead of dying of them.

  A second signal acts as it did before, so an impatient user gets through.

  Yields:
    A function without arguments: the name of the signal received, or None.
  """
  received: list[str] = []
  previous = {}

  def note(number, frame):
    del frame
    received.append(signal.Signals(number).name)
    signal.signal(number, previous[number])

  with _answering():
    for number in _SIGNALS:
      previous[number] = signal.signal(number, note)
    try:
      yield lambda: received[0] if received else None
    finally:
      for number, handler in previous.items():
        signal.signal(number, handler)


@contextlib.contextmanager
def _answering() -> Iterator[None]:
  """Answers stop signals at once: the first in words, the second by ending.

  A handler in Python runs when the main thread is back in Python, and a step
  that compiles is not for a while; a thread that waits for the signal's number
  needs nobody.
  """
  readable, writable = os.pipe()
  os.set_blocking(writable, False)

  def answer():
    signals = 0
    while number := os.read(readable, 1):
      if number[0] not in _SIGNALS:
        continue
      signals += 1
      if signals == 1:
        with contextlib.suppress(OSError):
          os.write(2, _ANSWER)
        continue
      # The handler of Python comes first where it can, and then raises.
      if not ended.wait(_PATIENCE):
        os._exit(128 + number[0])

  ended = threading.Event()
  thread = threading.Thread(target=answer, daemon=True)
  thread.start()
  before = signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
  try:
    yield
  finally:
    ended.set()
    signal.set_wakeup_fd(before)
    os.close(writable)
    thread.join()
    os.close(readable)
