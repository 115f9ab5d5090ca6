"""The server as an ASGI application, put together of KServe's parts.

KServe's own `ModelServer` listens on all addresses and has neither versions nor
a limit of a request's size; its protocols, data plane and metrics are used here
behind `gate.Gate`.
"""

import asyncio
import concurrent.futures
from collections.abc import Mapping
from typing import Any

import fastapi
import kserve.errors
from absl import logging
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from kserve.protocol.dataplane import DataPlane
from kserve.protocol.model_repository_extension import ModelRepositoryExtension
from kserve.protocol.rest import server as kserve_rest
from kserve.protocol.rest.v1_endpoints import register_v1_endpoints
from kserve.protocol.rest.v2_endpoints import register_v2_endpoints
from starlette.exceptions import HTTPException

from experiments.model_server.edits import Edits
from experiments.model_server.gate import Gate
from experiments.model_server.repository import Repository
from experiments.model_server.tensors import RefusedError

_STATUSES = {
  RefusedError: 400,
  kserve.errors.InvalidInput: 400,
  kserve.errors.ModelNotFound: 404,
  kserve.errors.ModelNotReady: 503,
  kserve.errors.UnsupportedProtocol: 400,
  kserve.errors.InferenceError: 500,
  NotImplementedError: 400,
}


class CheckedDataPlane(DataPlane):
  """KServe's data plane, where what cannot be read is the sender's mistake."""

  def decode(
    self, body: Any, headers: Mapping[str, str], *args, **kwargs
  ) -> tuple[Any, dict[str, Any]]:
    """Reads a request.

    Raises:
      InvalidInput: If it cannot be read, whatever KServe raises of it, or is an
        event: answers in the form of events cannot hold arrays.
    """
    kind = headers.get("content-type", "")
    if "ce-specversion" in headers or kind.startswith(
      "application/cloudevents"
    ):
      raise kserve.errors.InvalidInput(
        "CloudEvents are not answered; send plain JSON."
      )
    try:
      return super().decode(body, headers, *args, **kwargs)
    except kserve.errors.InvalidInput:
      raise
    except Exception as error:
      raise kserve.errors.InvalidInput(
        f"The request cannot be read: {error}."
      ) from error


def make(
  repository: Repository,
  plane: DataPlane,
  token: str | None = None,
  max_bytes: int = 32 * 2**20,
) -> Gate:
  """Returns the application.

  Args:
    repository: The models.
    plane: What answers for them.
    token: See `Gate`.
    max_bytes: The most bytes of a request.
  """
  app = fastapi.FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
  edits = Edits()
  # One at a time: compositing a photograph takes much memory, and drawing all
  # cores. A queue of edits keeps no other request waiting.
  one_thread = concurrent.futures.ThreadPoolExecutor(1, "edits")

  @app.post("/v1/models/{name}:edit")
  async def edit(name: str, request: fastapi.Request):
    source = plane.get_model_from_registry(name).source
    content = await request.body()
    loop = asyncio.get_running_loop()
    work = loop.run_in_executor(one_thread, edits.draw, source, content)
    return JSONResponse(await work)

  app.add_api_route("/", plane.live)
  app.add_api_route("/metrics", kserve_rest.metrics_handler)
  extension = ModelRepositoryExtension(repository)
  register_v1_endpoints(app, plane, extension)
  register_v2_endpoints(app, plane, extension)
  _answer_errors(app)
  return Gate(app, token, max_bytes)


def _answer_errors(app: fastapi.FastAPI) -> None:
  """Turns what goes wrong into `{"error": "..."}`."""
  for kind, status in _STATUSES.items():

    async def told(request, error, status=status):
      return JSONResponse({"error": str(error)}, status)

    app.add_exception_handler(kind, told)

  @app.exception_handler(RequestValidationError)
  async def wrong(request, error: RequestValidationError):
    [first, *_] = error.errors()
    where = ".".join(str(part) for part in first["loc"])
    return JSONResponse({"error": f"{where}: {first['msg']}."}, 400)

  @app.exception_handler(HTTPException)
  async def refused(request, error: HTTPException):
    return JSONResponse({"error": str(error.detail)}, error.status_code)

  @app.exception_handler(Exception)
  async def failed(request, error: Exception):
    logging.error("A request failed: %r", error)
    return JSONResponse(
      {"error": "This failed; the server's log says why."}, 500
    )
