"""One thread that computes, behind a bounded queue.

A model's functions gain nothing from running side by side on the same cores,
and a photograph's compositing takes memory, so that one job runs at a time.
"""

import collections
import concurrent.futures
import threading
from collections.abc import Callable
from typing import Any


class Busy(Exception):  # noqa: N818
  """The queue is full; the message says what to do."""


class Replaced(Exception):  # noqa: N818
  """A newer job took the place of this one, or its owner cancelled it."""


class Job:
  """One job, as the work in it sees it.

  Attributes:
    key: Whose job it is, and of what kind; a newer one of an equal key
      replaces it. None for jobs that nothing replaces.
    done: How much of it is done.
    total: How much there is to do; 0 as long as that is unknown.
    future: Its result.
  """

  def __init__(self, work: Callable[["Job"], Any], key: Any):
    """Takes what `Worker.submit` was given."""
    self.key = key
    self.done = self.total = 0
    self.future: concurrent.futures.Future = concurrent.futures.Future()
    self._work = work
    self._stopped = threading.Event()

  def stop(self) -> None:
    """Ends it where it next reports."""
    self._stopped.set()

  def report(self, done: int, total: int) -> None:
    """Notes how far it is.

    Raises:
      Replaced: If it was stopped meanwhile.
    """
    self.done, self.total = done, total
    if self._stopped.is_set():
      raise Replaced("A newer request took its place, or it was cancelled.")

  def run(self) -> None:
    """Works, unless it was stopped before, and sets the future."""
    # From here on nobody who waits can cancel the future; before, they may
    # have, and then nobody wants the work.
    if not self.future.set_running_or_notify_cancel():
      return
    try:
      self.report(0, 0)
      result = self._work(self)
    except BaseException as error:
      self.future.set_exception(error)
    else:
      self.future.set_result(result)


class Worker:
  """Runs jobs one after another in a thread of its own."""

  def __init__(self, bound: int = 32):
    """Starts the thread.

    Args:
      bound: The most jobs that wait.
    """
    self._bound = bound
    self._waiting: collections.deque[Job] = collections.deque()
    self._idle: collections.deque[Job] = collections.deque()
    self._running: Job | None = None
    self._changed = threading.Condition()
    self._ended = False
    self._thread = threading.Thread(target=self._run, name="draws", daemon=True)
    self._thread.start()

  def submit(self, work: Callable[[Job], Any], key: Any = None) -> Job:
    """Queues a job; one of an equal key that waits or runs is stopped.

    Raises:
      Busy: If too many jobs wait.
    """
    job = Job(work, key)
    with self._changed:
      if key is not None:
        self._stop(key)
      if len(self._waiting) >= self._bound:
        raise Busy(
          f"{self._bound} drawings wait already. Try again in a few seconds."
        )
      self._waiting.append(job)
      self._changed.notify_all()
    return job

  def submit_when_idle(self, work: Callable[[Job], Any]) -> Job:
    """Queues a job behind all others, those that come later as well."""
    job = Job(work, None)
    with self._changed:
      self._idle.append(job)
      self._changed.notify_all()
    return job

  def cancel(self, key: Any) -> None:
    """Stops jobs of a key."""
    with self._changed:
      self._stop(key)

  def progress(self, key: Any) -> tuple[str, int, int]:
    """Returns the state of a key's newest job, what is done and the total."""
    with self._changed:
      if self._running is not None and self._running.key == key:
        return "drawing", self._running.done, self._running.total
      if any(job.key == key for job in self._waiting):
        return "waiting", 0, 0
    return "idle", 0, 0

  def close(self) -> None:
    """Ends the thread after the job that runs; those that wait are stopped."""
    with self._changed:
      self._ended = True
      stopped = [*self._waiting, *self._idle]
      self._waiting.clear()
      self._idle.clear()
      if self._running is not None:
        self._running.stop()
      self._changed.notify_all()
    for job in stopped:
      job.stop()
      job.run()
    self._thread.join(timeout=30)

  def _stop(self, key: Any) -> None:
    if self._running is not None and self._running.key == key:
      self._running.stop()
    for job in [job for job in self._waiting if job.key == key]:
      self._waiting.remove(job)
      job.stop()
      job.run()

  def _run(self) -> None:
    while True:
      with self._changed:
        while not (self._waiting or self._idle or self._ended):
          self._changed.wait()
        if self._ended:
          return
        job = (self._waiting or self._idle).popleft()
        self._running = job
      job.run()
      with self._changed:
        self._running = None
      # A result may be large; it belongs to whoever waits for it.
      del job
