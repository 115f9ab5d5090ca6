"""Many pages at once: answered, bounded and fair."""

import concurrent.futures
import pathlib
import resource
import threading
import time

from experiments.web_studio.worker import Worker


def test_two_hundred_requests_of_eight_clients_have_no_error(
  make_client, new_page, pixels, painting
):
  """Pages open, draw, choose and accept; memory stays as it is."""
  client = make_client()
  pages = [new_page(client, pixels) for _ in range(8)]
  # What is compiled at first is not counted.
  pages[0].post("draw", json=painting)
  before = _resident()

  def work(page):
    for turn in range(6):
      drawn = page.post("draw", json={**painting, "seed": turn})
      number = drawn["drawing"]
      page.picture(f"variations/{number}/previews.png")
      page.picture(f"composites/{number}/1.png")
      state = page.post(f"accept?drawing={number}&chosen=1")
      assert state["position"] == turn + 1
    return page.picture("photograph.png").tobytes()

  with concurrent.futures.ThreadPoolExecutor(8) as pool:
    results = list(pool.map(work, pages))
  # All have done the same, and none has seen another's work.
  assert len(set(results)) == 1
  if before:
    assert _resident() - before < 64 * 2**20


def _resident():
  """The memory of this process in bytes; 0 where the system does not say."""
  try:
    pages = pathlib.Path("/proc/self/statm").read_text().split()[1]
  except OSError:
    return 0
  return int(pages) * resource.getpagesize()


def test_a_full_queue_is_answered_at_once(
  make_client, new_page, pixels, painting
):
  """With 503, a remedy, and pages as quick as ever."""
  worker = Worker(bound=1)
  client = make_client(worker=worker)
  page = new_page(client, pixels)
  release = threading.Event()
  started = threading.Event()

  def hold(job):
    started.set()
    release.wait(30)

  worker.submit(hold)
  started.wait(5)
  worker.submit(lambda job: None)
  answer = page.ask("POST", "draw", json=painting)
  assert answer.status_code == 503
  assert "Try again" in answer.json()["error"]
  assert answer.headers["retry-after"]
  before = time.monotonic()
  assert client.get("/").status_code == 200
  assert page.ask("GET", "").json()["open"]
  assert time.monotonic() - before < 5
  release.set()


def test_a_newer_drawing_of_a_page_replaces_the_older(
  make_client, new_page, pixels, painting
):
  """The older one is told so, and only the newer one is there."""
  worker = Worker()
  client = make_client(worker=worker)
  page = new_page(client, pixels)
  release, started = threading.Event(), threading.Event()

  def hold(job):
    started.set()
    release.wait(30)

  worker.submit(hold)
  started.wait(5)
  with concurrent.futures.ThreadPoolExecutor(1) as pool:
    older = pool.submit(page.ask, "POST", "draw", json=painting)
    while page.ask("GET", "progress").json()["state"] != "waiting":
      time.sleep(0.01)
    threading.Timer(0.3, release.set).start()
    newer = page.ask("POST", "draw", json={**painting, "count": 2})
    assert older.result(10).status_code == 409
  assert newer.json()["count"] == 2
