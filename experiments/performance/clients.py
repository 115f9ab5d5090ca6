"""Clients that ask a server over and over, and how long they wait."""

import http.client
import threading
import time
from collections.abc import Generator, Mapping, Sequence
from typing import NamedTuple

import numpy as np

JSON = {"Content-Type": "application/json"}


class Waits(NamedTuple):
  """What clients saw.

  Attributes:
    seconds: How long the slowest client took for all its requests.
    milliseconds: How long each answered request took, all clients together.
    errors: How many were not answered with 200.
  """

  seconds: float
  milliseconds: np.ndarray
  errors: int

  @classmethod
  def joined(cls, parts: Sequence["Waits"]) -> "Waits":
    """Returns several rounds as one."""
    seconds, milliseconds, errors = zip(*parts, strict=True)
    return cls(sum(seconds), np.concatenate(milliseconds), sum(errors))

  def figures(self) -> dict[str, float]:
    """Returns requests per second, medians and tails, and errors."""
    answered = len(self.milliseconds)
    figures = {
      "requests": answered + self.errors,
      "errors": self.errors,
      "requests_per_second": round(answered / self.seconds, 1),
    }
    if answered:
      for share in (50, 99):
        value = np.percentile(self.milliseconds, share)
        figures[f"p{share}_ms"] = round(float(value), 1)
    return figures


class Request(NamedTuple):
  """What a client asks.

  Attributes:
    method: `GET` or `POST`.
    path: Where to.
    body: What is sent.
    headers: What is sent before the body.
  """

  method: str
  path: str
  body: bytes | None = None
  headers: Mapping[str, str] = JSON


Talk = Generator[Request, bytes | None, None]
"""What a client asks, one request after another without an end; each yields the
body of its answer, or None if it was not answered with 200."""


def ask(
  port: int,
  path: str,
  body: bytes,
  clients: int,
  requests: int,
  headers: Mapping[str, str] = JSON,
) -> Waits:
  """Lets clients ask the same at the same time, each over one connection.

  Args:
    port: The port on this machine.
    path: Where to.
    body: What each sends.
    clients: How many there are.
    requests: How many requests each sends, one after another.
    headers: What is sent before the body.
  """

  def again() -> Talk:
    while True:
      yield Request("POST", path, body, headers)

  return converse(port, [again() for _ in range(clients)], requests)


def converse(port: int, talks: Sequence[Talk], requests: int) -> Waits:
  """Lets clients ask at the same time, each over one connection.

  Args:
    port: The port on this machine.
    talks: What each client asks.
    requests: How many requests each sends, one after another.
  """
  waits: list[list[float]] = [[] for _ in talks]
  ready = threading.Barrier(len(talks) + 1)

  def run(talk: Talk, own: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    ready.wait()
    request = next(talk)
    for _ in range(requests):
      begin = time.perf_counter()
      content = _answer(connection, request)
      if content is not None:
        own.append(1000 * (time.perf_counter() - begin))
      request = talk.send(content)
    connection.close()

  threads = [
    threading.Thread(target=run, args=pair)
    for pair in zip(talks, waits, strict=True)
  ]
  for thread in threads:
    thread.start()
  ready.wait()
  begin = time.perf_counter()
  for thread in threads:
    thread.join()
  seconds = time.perf_counter() - begin
  answered = np.concatenate([np.array(own) for own in waits])
  return Waits(seconds, answered, len(talks) * requests - len(answered))


def _answer(
  connection: http.client.HTTPConnection, request: Request
) -> bytes | None:
  try:
    connection.request(
      request.method, request.path, request.body, dict(request.headers)
    )
    answer = connection.getresponse()
    content = answer.read()
  except (OSError, http.client.HTTPException):
    connection.close()
    return None
  return content if answer.status == 200 else None
