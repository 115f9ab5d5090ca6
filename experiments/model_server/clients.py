"""Clients that ask a server over and over, and how long they wait."""

import http.client
import threading
import time
from collections.abc import Mapping, Sequence
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
  waits: list[list[float]] = [[] for _ in range(clients)]
  ready = threading.Barrier(clients + 1)

  def run(own: list[float]) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    ready.wait()
    for _ in range(requests):
      begin = time.perf_counter()
      try:
        connection.request("POST", path, body, dict(headers))
        answer = connection.getresponse()
        answer.read()
      except (OSError, http.client.HTTPException):
        connection.close()
        continue
      if answer.status == 200:
        own.append(1000 * (time.perf_counter() - begin))
    connection.close()

  threads = [threading.Thread(target=run, args=(own,)) for own in waits]
  for thread in threads:
    thread.start()
  ready.wait()
  begin = time.perf_counter()
  for thread in threads:
    thread.join()
  seconds = time.perf_counter() - begin
  answered = np.concatenate([np.array(own) for own in waits])
  return Waits(seconds, answered, clients * requests - len(answered))
