"""Serves models over REST and gRPC, on KServe's model server.

  python -m experiments.serve --models=runs/demo

Needs `pip install -e '.[serve]'`. Only this machine can reach it, unless --host
says otherwise; requests then carry a token.
"""

import importlib.util
import pathlib

from absl import flags

from experiments.cli import program, shared_flags
from experiments.config.requests.serve import ServeRequest
from experiments.system import errors

_MODELS = shared_flags.define_paths(
  "models",
  "Folders of trainings, of experiments.export or of versions, or folders of "
  f"these. {shared_flags.BUNDLES_TOO}",
)
_HOST = flags.DEFINE_string(
  "host",
  ServeRequest.host,
  "Name or number to listen at. Default: reached from this machine alone.",
)
_PORT = flags.DEFINE_integer(
  "port",
  ServeRequest.port,
  "Port of REST; 0 takes a free one.",
  lower_bound=0,
  upper_bound=65535,
)
_GRPC_PORT = flags.DEFINE_integer(
  "grpc_port",
  ServeRequest.grpc_port,
  "Port of gRPC; 0 takes a free one. Default: no gRPC.",
  lower_bound=0,
  upper_bound=65535,
)
_TOKEN_FILE = flags.DEFINE_string(
  "token_file",
  None,
  "File of the token that requests carry. Default: none on this machine, a new "
  "one with another --host.",
)
_VERSIONS = flags.DEFINE_integer(
  "versions",
  ServeRequest.versions,
  "Versions of each model that are loaded at a time, the newest ones.",
  lower_bound=1,
)
_POLL_SECONDS = flags.DEFINE_float(
  "poll_seconds",
  ServeRequest.poll_seconds,
  "How often to look for new versions.",
  lower_bound=0.1,
)
_MAX_MEGABYTES = flags.DEFINE_integer(
  "max_megabytes",
  ServeRequest.max_megabytes,
  "The most of a request's body.",
  lower_bound=1,
  upper_bound=1024,
)
_THREADS = flags.DEFINE_integer(
  "threads",
  ServeRequest.threads,
  "Requests that are worked on at a time.",
  lower_bound=1,
)
_CONNECTIONS = flags.DEFINE_integer(
  "connections",
  ServeRequest.connections,
  "Connections at a time; more are answered 503.",
  lower_bound=1,
)


def main(argv):
  """Flags -> one call."""
  del argv
  request = ServeRequest(
    models=tuple(shared_flags.paths(_MODELS.value)),
    host=_HOST.value,
    port=_PORT.value,
    grpc_port=_GRPC_PORT.value,
    token=_token(),
    versions=_VERSIONS.value,
    poll_seconds=_POLL_SECONDS.value,
    max_megabytes=_MAX_MEGABYTES.value,
    threads=_THREADS.value,
    connections=_CONNECTIONS.value,
  )
  if importlib.util.find_spec("kserve") is None:
    raise errors.UserError(
      "Serving needs kserve, which is not installed. Run pip install -e "
      "'.[serve]'."
    )
  program.load_tensorflow()
  from experiments.model_server import service

  service.serve(request)


def _token() -> str | None:
  if _TOKEN_FILE.value is None:
    return None
  try:
    text = pathlib.Path(_TOKEN_FILE.value).expanduser().read_text("utf-8")
  except (OSError, ValueError) as error:
    raise errors.UserError(
      f"--token_file={_TOKEN_FILE.value} cannot be read: {error}."
    ) from error
  return text.strip()


if __name__ == "__main__":
  program.run(main)
