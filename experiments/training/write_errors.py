"""Files that cannot be written: a full disk, a quota, lost permission."""

import contextlib

import tensorflow as tf

from experiments.system import errors

# What TensorFlow makes of an errno, and Python's own.
KINDS = (
  OSError,
  tf.errors.AbortedError,
  tf.errors.DataLossError,
  tf.errors.FailedPreconditionError,
  tf.errors.NotFoundError,
  tf.errors.OutOfRangeError,
  tf.errors.PermissionDeniedError,
  tf.errors.ResourceExhaustedError,
  tf.errors.UnavailableError,
  tf.errors.UnknownError,
)


class WriteError(errors.UserError):
  """A file cannot be written; the message says why and what is still there."""


@contextlib.contextmanager
def explained(what: str, remains: str):
  """Raises what goes wrong while writing as one message.

  Args:
    what: What is being written, and where.
    remains: A sentence on what is left untouched.

  Raises:
    WriteError: If a file cannot be written.
  """
  try:
    yield
  except KINDS as error:
    raise WriteError(
      f"Cannot write {what}: {reason(error)}. {remains} Free space or mend "
      "the permissions, then repeat the command; a training goes on with "
      "--resume."
    ) from error


def reason(error: Exception) -> str:
  """The system's reason, without what TensorFlow puts around it."""
  if isinstance(error, OSError):
    return error.strerror or str(error)
  return errors.reason_of(error).rpartition("; ")[2]
