"""A study on this machine, at an address of its own."""

import contextlib
import importlib.util
import socket
from collections.abc import Sequence

from experiments.human_studies.study_file import StudyFile
from experiments.system import errors

_HOST = "127.0.0.1"


def check_installed() -> None:
  """Makes sure, before anything slow, that pages can be served.

  Raises:
    UserError: If an optional package is missing.
  """
  for package in ("fastapi", "uvicorn"):
    if importlib.util.find_spec(package) is None:
      raise errors.UserError(
        f"Studies are served with {package}, which is not installed. Run pip "
        "install -e '.[studio]'."
      )


def application(study: StudyFile, hosts: Sequence[str] = (_HOST, "localhost")):
  """Returns a FastAPI application of one study, at its root.

  Args:
    study: The study.
    hosts: Names that it answers to; `("*",)` where an application around it
      checks them.
  """
  import fastapi
  from starlette.middleware.trustedhost import TrustedHostMiddleware

  from experiments.human_studies import routes

  app = fastapi.FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
  # A name of another site that leads to this machine is refused.
  app.add_middleware(TrustedHostMiddleware, allowed_hosts=list(hosts))
  app.include_router(routes.router(study))
  return app


def serve(path: str, port: int) -> None:
  """Serves a study until it is interrupted, and says where.

  Args:
    path: The file of the study.
    port: The port, 0 for any that is free. Browsers keep a participant's place
      by address, so a study that goes on needs the port it had.

  Raises:
    UserError: If the file holds no study or the port is taken.
  """
  import uvicorn

  study = StudyFile(path)
  with contextlib.closing(_listening(port)) as listener:
    address = f"http://{_HOST}:{listener.getsockname()[1]}/"
    print(f"Study of {', '.join(study.sources)}: {address}", flush=True)
    if study.request.simulated:
      print("SIMULATED: the page answers by itself.", flush=True)
    config = uvicorn.Config(
      application(study), log_level="warning", access_log=False
    )
    uvicorn.Server(config).run(sockets=[listener])


def _listening(port: int) -> socket.socket:
  listener = socket.socket()
  listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
  try:
    listener.bind((_HOST, port))
    # From here on who connects waits, and is not refused.
    listener.listen()
  except OSError as error:
    listener.close()
    raise errors.UserError(
      f"--port={port}: {error.strerror}. Give another port, or 0 for any."
    ) from error
  return listener
