"""How much a model server is asked to be measured."""

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServingLoad:
  """Clients and requests.

  Attributes:
    clients: How many ask at the same time.
    requests: How many requests of one image each sends; a fifth of 16 images,
      a tenth of edits.
    callers: More clients, which each send half as many requests of one image,
      and threads that call a signature without a server.
    calls: How often each of them does.
    batch_rows: The rows of a batch, where calls run together.
    batch_microseconds: How long calls wait for others there.
  """

  clients: int = 8
  requests: int = 250
  callers: int = 16
  calls: int = 100
  batch_rows: int = 32
  batch_microseconds: int = 0
