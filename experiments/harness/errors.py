"""The errors that are messages to the user."""

import contextlib
import os
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
