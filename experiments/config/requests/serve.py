"""What may be asked of a model server."""

import dataclasses

from experiments.system import errors


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServeRequest:
  """What to serve, and where.

  Attributes:
    models: Runs, bundles, and folders of exported models.
    host: The name or number to listen at.
    port: The port of REST; 0 takes a free one.
    grpc_port: The port of gRPC; 0 takes a free one, None serves none.
    token: What requests carry; None makes one up where others than this machine
      can ask.
    versions: How many versions of each model are loaded at a time.
    poll_seconds: How often to look for new versions.
    max_megabytes: The most of a request's body.
    threads: How many requests are worked on at a time.
    connections: How many are open at a time; more are answered 503.
  """

  models: tuple[str, ...]
  host: str = "127.0.0.1"
  port: int = 8080
  grpc_port: int | None = None
  token: str | None = None
  versions: int = 1
  poll_seconds: float = 2.0
  max_megabytes: int = 32
  threads: int = 16
  connections: int = 256

  def __post_init__(self):
    """Checks what no flag has checked.

    Raises:
      UserError: If a value is out of its range.
    """
    if not self.models:
      raise errors.UserError(
        "No model is named. Name the folder of a training or of "
        "experiments.export in --models, or pretrained:NAME."
      )
    if self.token is not None and len(self.token) < 8:
      raise errors.UserError("The token needs at least 8 characters.")
