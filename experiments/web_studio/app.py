"""The studio as an ASGI application: pages, routes and messages."""

import contextlib
import importlib.resources
import logging as python_logging
import mimetypes
from collections.abc import Callable

from absl import logging
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from experiments.system import errors
from experiments.web_studio import editing_routes, samples_routes
from experiments.web_studio.access import Access
from experiments.web_studio.desks import Desks, Gone
from experiments.web_studio.models import Models
from experiments.web_studio.rooms import Rooms
from experiments.web_studio.studies import Studies
from experiments.web_studio.training_images import TrainingImages
from experiments.web_studio.uploads import TooLarge
from experiments.web_studio.worker import Busy, Replaced, Worker

_PAGES = importlib.resources.files("experiments.web_studio") / "pages"
_ADDRESSES = {
  "/": "edit.html",
  "/samples": "samples.html",
  "/studies": "studies.html",
}
_KINDS = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}


def make(
  models: Models,
  token: str | None = None,
  desks: Desks | None = None,
  worker: Worker | None = None,
  training_images: TrainingImages | None = None,
  studies: Studies | None = None,
) -> Access:
  """Returns the application.

  Args:
    models: The trained runs.
    token: See `Access`.
    desks: What pages work on; None for the usual bounds.
    worker: The thread that draws; None for the usual bound.
    training_images: Where the runs' images are looked for; None for the usual
      folders.
    studies: Studies with people, which need no token; None for none.
  """
  # An empty `Desks` is false, so that None is asked for.
  desks = Desks() if desks is None else desks
  rooms = Rooms(
    models, desks, worker or Worker(), training_images or TrainingImages()
  )

  @contextlib.asynccontextmanager
  async def until_closed(app: FastAPI):
    yield
    rooms.searcher.close()

  app = FastAPI(
    openapi_url=None, docs_url=None, redoc_url=None, lifespan=until_closed
  )
  app.state.rooms = rooms
  _answer_errors(app)

  @app.get("/api/models")
  async def list_models():
    return [model.facts for model in models]

  app.include_router(editing_routes.router(rooms))
  app.include_router(samples_routes.router(rooms))
  studies = studies or Studies()

  @app.get("/api/studies")
  async def list_studies():
    return studies.facts

  studies.add_to(app)
  # Routers of further pages are included here, and their files lie in pages/.
  _add_pages(app)
  return Access(app, token, studies.addresses)


def _add_pages(app: FastAPI) -> None:
  """Adds every file of `pages/`; no request names a file on the disk."""
  files = {f"/pages/{file.name}": file for file in _PAGES.iterdir()}
  files |= {address: _PAGES / name for address, name in _ADDRESSES.items()}
  for address, file in files.items():
    ending = "." + file.name.rpartition(".")[2]
    kind = _KINDS.get(ending) or mimetypes.guess_type(file.name)[0]
    app.add_api_route(address, _page(file.read_bytes(), kind))


def _page(content: bytes, kind: str | None) -> Callable[[], Response]:
  # Without parameters, which would be read from the address.
  return lambda: Response(content, media_type=kind)


def _answer_errors(app: FastAPI) -> None:
  """Turns what goes wrong into messages of JSON: `{"error": "..."}`."""
  statuses = {
    errors.UserError: 422,
    TooLarge: 413,
    Gone: 410,
    Replaced: 409,
  }
  for kind, status in statuses.items():

    async def told(request: Request, error: Exception, status=status):
      return JSONResponse({"error": str(error)}, status)

    app.add_exception_handler(kind, told)

  @app.exception_handler(Busy)
  async def busy(request: Request, error: Busy):
    return JSONResponse({"error": str(error)}, 503, {"Retry-After": "3"})

  @app.exception_handler(RequestValidationError)
  async def wrong(request: Request, error: RequestValidationError):
    [first, *_] = error.errors()
    where = " ".join(str(part) for part in first["loc"][1:])
    message = f"{where}: {first['msg']}."
    return JSONResponse({"error": message}, 422)

  @app.exception_handler(HTTPException)
  async def refused(request: Request, error: HTTPException):
    return JSONResponse({"error": str(error.detail)}, error.status_code)

  @app.exception_handler(Exception)
  async def failed(request: Request, error: Exception):
    message = errors.hidden_in(error)
    if message is None:
      logging.error("A request failed: %r", error)
      message = (
        "The studio could not do that; the terminal that it was started in "
        "says why."
      )
    return JSONResponse({"error": message}, 500)

  # Handlers of all exceptions let the server log a traceback as well.
  python_logging.getLogger("uvicorn.error").setLevel(python_logging.ERROR)
