"""The errors that are messages to the user."""

import re


class UserError(Exception):
  """A mistake or a lack that the user can mend; the message says how.

  Commands print the message and exit with a non-zero status, without a
  traceback.
  """


def hidden_in(error: Exception) -> str | None:
  """The message of a `UserError` raised inside a dataset; None without one.

  TensorFlow passes on what Python functions in its graphs raise as an error of
  its own, with class, message and traceback in the text.
  """
  names = "|".join(cls.__name__ for cls in _descendants(UserError))
  found = re.search(rf"\b(?:{names}): (.*?)\nTraceback", str(error), re.DOTALL)
  return found and found[1]


def reason_of(error: Exception) -> str:
  """The first line of TensorFlow's message, without its words on the graph."""
  return re.sub(r"\{\{.*?\}\} *| *\[Op:.*", "", str(error).partition("\n")[0])


def _descendants(cls):
  yield cls
  for child in cls.__subclasses__():
    yield from _descendants(child)
