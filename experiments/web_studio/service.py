"""Serves a studio until it is stopped."""

import secrets
import socket
import threading
import urllib.parse
import webbrowser
from collections.abc import Sequence

import uvicorn
from absl import logging

from experiments.system import listening
from experiments.web_studio import app, worker
from experiments.web_studio.models import Models
from experiments.web_studio.studies import Studies
from experiments.web_studio.training_images import TrainingImages


def serve(
  paths: Sequence[str],
  host: str,
  port: int,
  token: str | None,
  open_browser: bool,
  training_images: TrainingImages | None = None,
  studies: Studies | None = None,
) -> None:
  """Loads runs, prints the studio's address and answers.

  Args:
    paths: Folders of runs.
    host: The name or number to listen at.
    port: The port; 0 takes a free one.
    token: What the address carries; None makes one up where others than this
      machine can ask.
    open_browser: Whether to open the address in a browser.
    training_images: Where the runs' images are looked for; None for the usual
      folders.
    studies: Studies with people.

  Raises:
    UserError: If a run cannot be loaded, or the address is taken.
  """
  models = Models(paths)
  if token is None and host not in listening.LOOPBACK:
    token = secrets.token_urlsafe(18)
  opened = listening.listen(host, port)
  draws = worker.Worker()
  for model in models:
    for work in model.warm_up():
      draws.submit_when_idle(lambda job, work=work: work())
  studio = app.make(
    models,
    token,
    worker=draws,
    training_images=training_images,
    studies=studies,
  )
  address = _address(host, opened.getsockname()[1], token)
  print(
    f"Studio of {', '.join(model.name for model in models)}:\n\n  {address}"
  )
  for study in studies.facts if studies else ():
    root = listening.address(_name(host), opened.getsockname()[1])
    print(f"  {study['words']} ({study['file']}): {root}{study['address']}")
  print("\nCtrl+C ends it.", flush=True)
  if open_browser:
    threading.Timer(0.5, webbrowser.open, [address]).start()
  config = uvicorn.Config(
    studio, log_level="error", access_log=False, timeout_graceful_shutdown=5
  )
  try:
    uvicorn.Server(config).run(sockets=[opened])
  finally:
    draws.close()
    logging.info("The studio is closed.")


def _address(host: str, port: int, token: str | None) -> str:
  query = f"?{urllib.parse.urlencode({'token': token})}" if token else ""
  return f"{listening.address(_name(host), port)}/{query}"


def _name(host: str) -> str:
  return socket.gethostname() if host in ("0.0.0.0", "::") else host
