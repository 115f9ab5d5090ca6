"""Serves a studio until it is stopped."""

import secrets
import socket
import threading
import urllib.parse
import webbrowser
from collections.abc import Sequence

import uvicorn
from absl import logging

from experiments.system import errors
from experiments.web_studio import app, worker
from experiments.web_studio.access import LOOPBACK
from experiments.web_studio.models import Models


def serve(
  paths: Sequence[str],
  host: str,
  port: int,
  token: str | None,
  open_browser: bool,
) -> None:
  """Loads runs, prints the studio's address and answers.

  Args:
    paths: Folders of runs.
    host: The name or number to listen at.
    port: The port; 0 takes a free one.
    token: What the address carries; None makes one up where others than this
      machine can ask.
    open_browser: Whether to open the address in a browser.

  Raises:
    UserError: If a run cannot be loaded, or the address is taken.
  """
  models = Models(paths)
  if token is None and host not in LOOPBACK:
    token = secrets.token_urlsafe(18)
  listening = _listening(host, port)
  draws = worker.Worker()
  for model in models:
    for work in model.warm_up():
      draws.submit_when_idle(lambda job, work=work: work())
  studio = app.make(models, token, worker=draws)
  address = _address(host, listening.getsockname()[1], token)
  print(
    f"Studio of {', '.join(model.name for model in models)}:\n\n  {address}"
  )
  print("\nCtrl+C ends it.", flush=True)
  if open_browser:
    threading.Timer(0.5, webbrowser.open, [address]).start()
  config = uvicorn.Config(
    studio, log_level="error", access_log=False, timeout_graceful_shutdown=5
  )
  try:
    uvicorn.Server(config).run(sockets=[listening])
  finally:
    draws.close()
    logging.info("The studio is closed.")


def _listening(host: str, port: int) -> socket.socket:
  family = socket.AF_INET6 if ":" in host else socket.AF_INET
  listening = socket.socket(family, socket.SOCK_STREAM)
  listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
  try:
    listening.bind((host, port))
    # From here on requests wait until they are answered.
    listening.listen(128)
  except OSError as error:
    listening.close()
    raise errors.UserError(
      f"{host}:{port} cannot be listened at: {error.strerror}. Choose another "
      "--port, or 0 for a free one."
    ) from error
  return listening


def _address(host: str, port: int, token: str | None) -> str:
  if host in ("0.0.0.0", "::"):
    host = socket.gethostname()
  name = f"[{host}]" if ":" in host else host
  query = f"?{urllib.parse.urlencode({'token': token})}" if token else ""
  return f"http://{name}:{port}/{query}"
