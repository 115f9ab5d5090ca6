"""Serves models until it is stopped."""

import asyncio
import concurrent.futures
import gc
import pathlib
import secrets
import socket
import tempfile
import warnings

import uvicorn
from absl import logging

from experiments.config.requests.serve import ServeRequest
from experiments.model_server import (
  app,
  concurrent_calls,
  grpc_endpoint,
  sources,
)
from experiments.model_server.repository import Repository
from experiments.system import listening


def serve(request: ServeRequest) -> None:
  """Loads models, says where they are, and answers.

  A signal ends it when the requests that it has have been answered.

  Raises:
    UserError: If a model cannot be loaded, or an address is taken.
  """
  # KServe answers with a class that FastAPI is going to leave out.
  warnings.filterwarnings("ignore", "ORJSONResponse is deprecated")
  token = request.token
  if token is None and request.host not in listening.LOOPBACK:
    token = secrets.token_urlsafe(18)
  opened = listening.listen(request.host, request.port)
  _search_less_for_cycles()
  concurrent_calls.compute_sums_apart()
  threads = concurrent.futures.ThreadPoolExecutor(request.threads, "answers")
  with tempfile.TemporaryDirectory(prefix="exports_") as scratch:
    found = sources.find(request.models, pathlib.Path(scratch))
    repository = Repository(found, threads, request.versions)
    repository.watch(request.poll_seconds)
    try:
      asyncio.run(_answer(request, opened, repository, token))
    finally:
      repository.close()
      threads.shutdown(cancel_futures=True)
  logging.info("The server is closed.")


def _search_less_for_cycles() -> None:
  """Keeps Python's search for cycles off what imports have made.

  Numbers in JSON are lists of lists, thousands in an image, and every few
  hundred of them start a search. Among all of TensorFlow's objects these took
  nine tenths of a request's time.
  """
  gc.collect()
  gc.freeze()
  gc.set_threshold(100_000, 20, 20)


async def _answer(
  request: ServeRequest,
  opened: socket.socket,
  repository: Repository,
  token: str | None,
) -> None:
  plane = app.CheckedDataPlane(repository)
  max_bytes = request.max_megabytes * 2**20
  application = app.make(repository, plane, token, max_bytes)
  told = [f"Models: {', '.join(repository.get_models())}", ""]
  told.append(f"  {listening.address(request.host, opened.getsockname()[1])}")
  calls = None
  if request.grpc_port is not None:
    calls, port = grpc_endpoint.make(
      plane, request.host, request.grpc_port, token, max_bytes
    )
    told.append(f"  gRPC: {request.host}:{port}")
    await calls.start()
  if token != request.token:
    # One that a file holds stays out of logs.
    told += ["", f"Authorization: Bearer {token}"]
  print("\n".join([*told, "", "Ctrl+C ends it."]), flush=True)
  config = uvicorn.Config(
    application,
    log_level="error",
    access_log=False,
    limit_concurrency=request.connections,
    timeout_graceful_shutdown=30,
  )
  try:
    await uvicorn.Server(config).serve(sockets=[opened])
  finally:
    if calls is not None:
      await calls.stop(grace=30)
