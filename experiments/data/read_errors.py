"""Files of images that cannot be read: damaged, removed, out of reach."""

import contextlib

import tensorflow as tf

from experiments.config.data_config import DatasetUnavailable
from experiments.system import errors


@contextlib.contextmanager
def explained(what: str, other: tuple[type[Exception], ...] = ()):
  """Raises what TensorFlow says of files as one message.

  Args:
    what: What is being read, as the beginning of a sentence.
    other: Errors that are of something else, and pass as they are, as a lack
      of memory does.

  Raises:
    DatasetUnavailable: If a file cannot be read.
  """
  try:
    yield
  except (tf.errors.ResourceExhaustedError, *other):
    raise
  except tf.errors.OpError as error:
    reason = errors.reason_of(error)
    raise DatasetUnavailable(
      errors.hidden_in(error)
      or f"{what} cannot be read ({reason}). The files are damaged or not all "
      "there. Copy or prepare them again, and repeat the command."
    ) from error
