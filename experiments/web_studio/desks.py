"""All desks, bounded in number, memory and age."""

import collections
import secrets
import threading
import time
from collections.abc import Callable

from experiments.system import errors
from experiments.web_studio.desk import Desk
from experiments.web_studio.models import Model

_REMEMBERED = 1000


class Gone(errors.UserError):
  """A desk was put away; the message says why."""


class Desks:
  """Desks by unguessable names; the least recently used goes first."""

  def __init__(
    self,
    most: int = 32,
    most_bytes: int = 2**30,
    seconds: float = 4 * 3600.0,
    clock: Callable[[], float] = time.monotonic,
  ):
    """Makes an empty room.

    Args:
      most: The most desks.
      most_bytes: The most memory of all together.
      seconds: How long one may rest.
      clock: Returns seconds.
    """
    self._most = most
    self._most_bytes = most_bytes
    self._seconds = seconds
    self._clock = clock
    self._desks: collections.OrderedDict[str, tuple[Desk, float]] = (
      collections.OrderedDict()
    )
    self._reasons: collections.OrderedDict[str, str] = collections.OrderedDict()
    self._lock = threading.Lock()

  def __len__(self) -> int:
    return len(self._desks)

  def new(self, model: Model) -> tuple[str, Desk]:
    """Returns a new desk and its name."""
    desk, name = Desk(model), secrets.token_urlsafe(18)
    with self._lock:
      self._desks[name] = (desk, self._clock())
    self.tidy(name)
    return name, desk

  def get(self, name: str) -> Desk:
    """Returns a desk, which becomes the most recently used.

    Raises:
      Gone: If there is none of that name, with the reason if it was put away.
    """
    self.tidy(name)
    with self._lock:
      if name in self._desks:
        desk, _ = self._desks[name]
        self._desks[name] = (desk, self._clock())
        self._desks.move_to_end(name)
        return desk
      reason = self._reasons.get(name, "The studio was started anew.")
    raise Gone(f"{reason} Open the photograph, or a saved edit, again.")

  def close(self, name: str) -> None:
    """Puts a desk away that its owner has left."""
    with self._lock:
      self._desks.pop(name, None)

  def tidy(self, name: str | None = None) -> None:
    """Puts away what is too old, too many or too large.

    Args:
      name: The desk at work, which stays whatever its size.
    """
    with self._lock:
      now = self._clock()
      for other, (_, used) in list(self._desks.items()):
        if now - used > self._seconds:
          hours = self._seconds / 3600
          self._put_away(other, f"It rested for more than {hours:g} hours.")
      held = sum(desk.bytes for desk, _ in self._desks.values())
      for other, (desk, _) in list(self._desks.items()):
        full = len(self._desks) > self._most or held > self._most_bytes
        if full and other != name:
          held -= desk.bytes
          self._put_away(other, "It was put away to make room for others.")

  def _put_away(self, name: str, reason: str) -> None:
    del self._desks[name]
    self._reasons[name] = reason
    while len(self._reasons) > _REMEMBERED:
      self._reasons.popitem(last=False)
