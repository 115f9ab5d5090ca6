"""What all routes of a studio share."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool

from experiments.web_studio.desks import Desks
from experiments.web_studio.models import Models
from experiments.web_studio.worker import Job, Worker


class Rooms:
  """Models, desks and the worker.

  Attributes:
    models: The trained runs.
    desks: What pages work on.
    worker: The thread that draws.
  """

  def __init__(self, models: Models, desks: Desks, worker: Worker):
    """Takes them."""
    self.models = models
    self.desks = desks
    self.worker = worker

  async def worked(self, work: Callable[[Job], Any], key: Any = None) -> Any:
    """Returns the result of work in the worker's thread.

    Raises:
      Busy: If too many jobs wait.
      Replaced: If a newer job of the same key took its place.
    """
    job = self.worker.submit(work, key)
    return await asyncio.wrap_future(job.future)

  async def in_thread(self, function: Callable[..., Any], *arguments) -> Any:
    """Returns the result of work that needs no model."""
    return await run_in_threadpool(function, *arguments)
