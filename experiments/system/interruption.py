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
  """Answers the first stop signal on the error stream, at once.

  A handler in Python runs when the main thread is back in Python, and a step
  that compiles is not for a while; a thread that waits for the signal's number
  needs nobody.
  """
  readable, writable = os.pipe()
  os.set_blocking(writable, False)

  def answer():
    while number := os.read(readable, 1):
      if number[0] in _SIGNALS:
        with contextlib.suppress(OSError):
          os.write(2, _ANSWER)
        return

  thread = threading.Thread(target=answer, daemon=True)
  thread.start()
  before = signal.set_wakeup_fd(writable, warn_on_full_buffer=False)
  try:
    yield
  finally:
    signal.set_wakeup_fd(before)
    os.close(writable)
    thread.join()
    os.close(readable)
