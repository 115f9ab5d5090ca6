"""Files that cannot be written, in words."""

import errno

import pytest
import tensorflow as tf

from experiments.training import write_errors

_TEXT = (
  "{{function_node __wrapped__SaveV2_device_/CPU:0}} "
  "/runs/a/ckpt-2_temp/part-0; No space left on device [Op:SaveV2] name: "
)


@pytest.mark.parametrize(
  "error",
  [
    OSError(errno.ENOSPC, "No space left on device"),
    tf.errors.ResourceExhaustedError(None, None, _TEXT),
    tf.errors.ResourceExhaustedError(None, None, _TEXT + "\n\tmore"),
  ],
)
def test_the_reason_is_that_of_the_system(error):
  """Whoever tried to write."""
  assert write_errors.reason(error) == "No space left on device"
  message = (
    "^Cannot write a file: No space left on device. The old one is whole. "
    "Free space .* --resume.$"
  )
  with (
    pytest.raises(write_errors.WriteError, match=message),
    write_errors.explained("a file", "The old one is whole."),
  ):
    raise error


def test_what_is_no_failure_to_write_passes():
  """A mistake of the program keeps its traceback."""
  for error in (tf.errors.InvalidArgumentError(None, None, ""), KeyError()):
    with (
      pytest.raises(type(error)),
      write_errors.explained("a file", "It is whole."),
    ):
      raise error
