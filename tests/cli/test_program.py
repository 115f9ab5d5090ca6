"""How every command ends."""

import pathlib
import subprocess
import sys

import pytest

_ROOT = pathlib.Path(__file__).resolve().parents[2]

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
  {end}

program.run(main)
"""


@pytest.mark.parametrize(
  "end, status, said",
  [
    ("raise errors.UserError('no images')", 1, "Error: no images\n"),
    ("raise RuntimeError('a bug')", 1, "RuntimeError: a bug\n"),
    ("raise KeyboardInterrupt", 130, "Stopped.\n"),
  ],
)
def test_a_command_ends_while_images_are_being_read(end, status, said):
  """At whatever it stops; readers that Python's end cut off would hang it."""
  done = subprocess.run(
    [sys.executable, "-c", _PROGRAM.format(end=end)],
    cwd=_ROOT,
    capture_output=True,
    text=True,
    timeout=40,
  )
  assert done.returncode == status
  assert said in done.stderr
  assert ("Traceback" in done.stderr) == ("a bug" in end)
