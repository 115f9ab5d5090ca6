"""Clients count what is answered, and how long it takes."""

import http.server
import threading

import numpy as np
import pytest

from experiments.performance import clients
from experiments.performance.clients import Request, Waits


class _Answer(http.server.BaseHTTPRequestHandler):
  protocol_version = "HTTP/1.1"

  def do_POST(self):  # noqa: N802
    body = self.rfile.read(int(self.headers["Content-Length"]))
    self.server.seen.append((self.path, body))
    # Every third request is refused.
    status = 500 if len(self.server.seen) % 3 == 0 else 200
    self.send_response(status)
    self.send_header("Content-Length", "0")
    self.end_headers()

  def log_message(self, *arguments):
    pass


@pytest.fixture
def server():
  """One that notes what it was asked."""
  answering = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
  answering.seen = []
  threading.Thread(target=answering.serve_forever, daemon=True).start()
  yield answering
  answering.shutdown()


def test_all_requests_are_sent_and_refusals_counted(server):
  """By every client, over and over."""
  waits = clients.ask(server.server_port, "/x", b"body", clients=2, requests=6)
  assert server.seen == [("/x", b"body")] * 12
  assert waits.errors == 4 and len(waits.milliseconds) == 8
  assert (waits.milliseconds > 0).all()
  assert waits.seconds * 1000 >= waits.milliseconds.max()


def test_who_does_not_answer_is_an_error(server):
  """And clients end."""
  server.shutdown()
  server.server_close()
  waits = clients.ask(server.server_port, "/", b"", clients=2, requests=3)
  assert waits.errors == 6 and waits.figures()["requests_per_second"] == 0


def test_what_a_client_asks_may_follow_from_answers(server):
  """Every answer comes back to it, or None for a refusal."""
  told = []

  def talk():
    for number in range(9):
      told.append((yield Request("POST", f"/{number}", b"")))

  waits = clients.converse(server.server_port, [talk()], 4)
  assert [path for path, _ in server.seen] == ["/0", "/1", "/2", "/3"]
  assert told == [b"", b"", None, b""] and waits.errors == 1


def test_figures_are_of_all_rounds():
  """Rates of their time together, percentiles of their requests together."""
  first = Waits(1.0, np.arange(0.0, 50.0), 1)
  second = Waits(3.0, np.arange(50.0, 101.0), 2)
  assert Waits.joined([first, second]).figures() == {
    "requests": 104,
    "errors": 3,
    "requests_per_second": 25.2,
    "p50_ms": 50.0,
    "p99_ms": 99.0,
  }
