"""What all routes of a studio share."""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.concurrency import run_in_threadpool

from experiments.web_studio.desks import Desks
from experiments.web_studio.models import Models
from experiments.web_studio.training_images import TrainingImages
from experiments.web_studio.worker import Busy, Job, Worker


class Rooms:
  """Models, desks, and two workers.

  Attributes:
    models: The trained runs.
    desks: What pages work on.
    worker: The thread that draws.
    searcher: The thread that reads training images, for which no drawing waits.
    training_images: What it reads.
  """

  def __init__(
    self,
    models: Models,
    desks: Desks,
    worker: Worker,
    training_images: TrainingImages,
  ):
    """Takes them, and starts the searcher."""
    self.models = models
    self.desks = desks
    self.worker = worker
    self.searcher = Worker(bound=4)
    self.training_images = training_images

  async def worked(self, work: Callable[[Job], Any], key: Any = None) -> Any:
    """Returns the result of work in the worker's thread.

    Raises:
      Busy: If too many jobs wait, or the studio ends meanwhile.
      Replaced: If a newer job of the same key took its place.
    """
    return await _result(self.worker.submit(work, key))

  async def searched(self, work: Callable[[Job], Any], key: Any) -> Any:
    """Returns the result of work in the searcher's thread, as `worked` does."""
    return await _result(self.searcher.submit(work, key))

  async def in_thread(self, function: Callable[..., Any], *arguments) -> Any:
    """Returns the result of work that needs no model."""
    return await run_in_threadpool(function, *arguments)


async def _result(job: Job) -> Any:
  try:
    return await asyncio.wrap_future(job.future)
  except asyncio.CancelledError as error:
    # A server that ends cancels what it could not answer in time, and would
    # write a traceback of it.
    job.stop()
    raise Busy("The studio was closed. Start it again.") from error
