"""The errors that are messages to the user."""

import contextlib
import os
import re
from collections.abc import Iterator


class UserError(Exception):
  """A mistake or a lack that the user can mend; the message says how.

  Commands print the message and exit with a non-zero status, without a
  traceback.
  """


@contextlib.contextmanager
def of_output(target: str | os.PathLike) -> Iterator[None]:
  """Turns a failure to write into one that the user can mend.

  Args:
    target: What is written: a file, or "into" and a folder.

  Raises:
    UserError: In place of OSError.
  """
  try:
    yield
  except OSError as error:
    raise UserError(
      f"Cannot write {target}: {error.strerror}. Choose another --out."
    ) from error


def hidden_in(error: Exception) -> str | None:
  """The message of a `UserError` raised inside a dataset; None without one.

  TensorFlow passes on what Python functions in its graphs raise as an error of
  its own, with class, message and traceback in the text.
  """
  names = "|".join(cls.__name__ for cls in _descendants(UserError))
  found = re.search(rf"\b(?:{names}): (.*?)\nTraceback", str(error), re.DOTALL)
  return found and found[1]


def _descendants(cls):
  yield cls
  for child in cls.__subclasses__():
    yield from _descendants(child)
