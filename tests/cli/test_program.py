"""How every command ends."""

import errno
import subprocess
import sys

import pytest
from support import commands

from experiments.cli import program
from experiments.system import errors

_PROGRAM = """
import time
from experiments.cli import program
from experiments.system import errors

def slow(i):
  time.sleep(1.0 if i else 0.0)
  return i

def main(argv):
  program.load_tensorflow()
  import tensorflow as tf
  read = lambda i: tf.numpy_function(slow, [i], tf.int64)
  images = iter(tf.data.Dataset.range(9).map(read, num_parallel_calls=2))
  next(images)
  raise errors.UserError("no images")

program.run(main)
"""


def test_a_command_ends_while_images_are_being_read():
  """Readers that Python's end cut off would hang it."""
  done = subprocess.run(
    [sys.executable, "-c", _PROGRAM],
    cwd=commands.ROOT,
    capture_output=True,
    text=True,
    timeout=60,
  )
  assert done.returncode == 1
  assert done.stderr == "Error: no images\n"


@pytest.mark.parametrize(
  "raised, status, said",
  [
    (errors.UserError("no images"), 1, "Error: no images\n"),
    (KeyboardInterrupt(), 130, "Stopped.\n"),
    (OSError(errno.ENOSPC, "No space", "a.png"), 1, "Error: a.png: No space."),
    (OSError(errno.EIO, "Broken"), 1, "Traceback"),
    (RuntimeError("a bug"), 1, "RuntimeError: a bug\n"),
    (RuntimeError("UserError: cut short\nTraceback"), 1, "Error: cut short\n"),
    (None, 0, ""),
  ],
)
def test_every_end_has_its_status(raised, status, said, capsys):
  """A mistake of the user is a message; one of the program has a traceback."""

  def main(argv):
    assert argv == ["x"]
    if raised is not None:
      raise raised

  assert program.status_of(main, ["x"]) == status
  actual = capsys.readouterr().err
  assert said in actual
  is_message = actual.startswith(("Error: ", "Stopped.")) or not actual
  assert is_message != ("Traceback (most" in actual)
