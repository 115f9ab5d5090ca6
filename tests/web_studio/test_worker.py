"""One thread, a bounded queue, newer jobs instead of older ones."""

import asyncio
import threading

import pytest

from experiments.web_studio.rooms import Rooms
from experiments.web_studio.worker import Busy, Replaced, Worker


@pytest.fixture
def worker():
  """A worker of two places."""
  worker = Worker(bound=2)
  yield worker
  worker.close()


@pytest.fixture
def hold(worker):
  """`hold(key=None)`: a job that reports until it is let go, or stopped."""
  released = threading.Event()

  def make(key=None):
    started = threading.Event()

    def work(job):
      job.report(1, 2)
      started.set()
      while not released.wait(0.01):
        job.report(1, 2)
      return "held"

    job = worker.submit(work, key)
    started.wait(5)
    return job

  yield make
  released.set()


def test_jobs_run_one_at_a_time_in_order(worker):
  """In a thread that is not the caller's."""
  first = worker.submit(lambda job: threading.current_thread().name)
  second = worker.submit(lambda job: 2)
  assert first.future.result(5) == "draws" and second.future.result(5) == 2


def test_more_than_the_bound_is_refused_with_a_remedy(worker, hold):
  """So that a crowd does not wait for ever."""
  hold()
  waiting = [worker.submit(lambda job: 1) for _ in range(2)]
  with pytest.raises(Busy, match="Try again in a few seconds"):
    worker.submit(lambda job: 1)
  assert not waiting[0].future.done()


def test_what_can_wait_is_done_when_nothing_else_is_to_do(worker, hold):
  """Such as compiling what nobody has asked for yet."""
  order = []
  holding = hold("a")
  later = worker.submit_when_idle(lambda job: order.append("later"))
  sooner = worker.submit(lambda job: order.append("sooner"))
  holding.stop()
  later.future.result(5), sooner.future.result(5)
  assert order == ["sooner", "later"]


def test_a_newer_job_of_a_key_replaces_the_older(worker, hold):
  """Whether that runs or waits; others stay."""
  running = hold("a")
  assert worker.progress("a") == ("drawing", 1, 2)
  other = worker.submit(lambda job: "other", "b")
  older = worker.submit(lambda job: "older", "a")
  newer = worker.submit(lambda job: "newer", "a")
  for job in (running, older):
    with pytest.raises(Replaced):
      job.future.result(5)
  assert newer.future.result(5) == "newer"
  assert other.future.result(5) == "other"
  assert worker.progress("a") == ("idle", 0, 0)


def test_a_job_can_be_cancelled(worker, hold):
  """Where it next reports."""
  job = hold("a")
  worker.cancel("a")
  with pytest.raises(Replaced):
    job.future.result(5)


def test_an_error_is_the_caller_s_and_the_thread_goes_on(worker):
  """Also one that ends programs elsewhere."""

  def fail(job):
    raise SystemExit(1)

  with pytest.raises(SystemExit):
    worker.submit(fail).future.result(5)
  assert worker.submit(lambda job: 1).future.result(5) == 1


def test_a_closed_worker_leaves_nobody_waiting():
  """Jobs that did not run are stopped."""
  worker = Worker()
  released = threading.Event()
  worker.submit(lambda job: released.wait(5))
  waiting = worker.submit(lambda job: 1)
  threading.Timer(0.1, released.set).start()
  worker.close()
  with pytest.raises(Replaced):
    waiting.future.result(5)


def test_a_future_that_was_given_up_disturbs_nobody(worker, hold):
  """Whoever waits may cancel it before the work, while it runs and at last."""
  running = hold()
  waiting, last = [worker.submit(lambda job: 1) for _ in range(2)]
  assert waiting.future.cancel()
  # Work that runs goes on to where it next reports.
  assert not running.future.cancel()
  running.stop()
  with pytest.raises(Replaced):
    running.future.result(5)
  assert last.future.result(5) == 1
  hold()
  waiting = worker.submit(lambda job: 1)
  assert waiting.future.cancel()
  worker.close()
  assert not worker._thread.is_alive()


def test_a_request_that_is_cancelled_stops_its_job_with_a_message(worker):
  """Servers cancel requests when they end; nothing is left running."""
  started = threading.Event()

  def work(job):
    while True:
      job.report(1, 2)
      started.wait(0.01)
      started.set()

  rooms = Rooms([], None, worker, None)

  async def ask():
    request = asyncio.create_task(rooms.worked(work))
    await asyncio.to_thread(started.wait, 5)
    request.cancel()
    with pytest.raises(Busy, match="was closed"):
      await request

  asyncio.run(ask())
  rooms.searcher.close()
  assert worker.submit(lambda job: 1).future.result(5) == 1
