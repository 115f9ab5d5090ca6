"""How much a studio is asked to be measured."""

import dataclasses

from experiments.system import errors


@dataclasses.dataclass(frozen=True, kw_only=True)
class StudioLoad:
  """Pages and requests.

  Attributes:
    clients: How many pages ask at the same time.
    requests: How many requests all of them send together.
    variations: How many a timed drawing has.
    draws: How many drawings after the first are timed.
  """

  clients: int = 8
  requests: int = 200
  variations: int = 16
  draws: int = 5

  def __post_init__(self):
    """Checks what no flag has checked.

    Raises:
      UserError: If the clients cannot share the requests evenly.
    """
    if self.requests % self.clients:
      raise errors.UserError(
        f"--requests={self.requests} cannot be shared evenly by --clients="
        f"{self.clients}. Give a multiple of it."
      )
