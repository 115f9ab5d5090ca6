"""What all commands share: quiet start, user errors without a traceback."""

import contextlib
import errno
import gc
import os
import pathlib
import sys
import tempfile
import traceback
from collections.abc import Callable, Sequence

from absl import app, logging

from experiments.system import errors

_PROJECT = pathlib.Path(__file__).resolve().parents[2]
_PACKAGES = ("experiments", "lapcvae_tf", "lapgan_tf", "pyramid_tf")

_REFUSED_BY_THE_SYSTEM = (
  errno.ENAMETOOLONG,
  errno.ENOSPC,
  errno.EDQUOT,
  errno.EFBIG,
  errno.EROFS,
  errno.EACCES,
  errno.EPERM,
)

# The level of errors in Python's logging, which absl builds on.
_ERROR = 40


def run(main: Callable[[Sequence[str]], None]) -> None:
  """Runs an absl program; a user's mistake ends it with one clear message.

  Args:
    main: The program. It checks its flags before it calls `load_tensorflow`, so
      that help and mistakes take no seconds.
  """

  def guarded(argv):
    if len(argv) > 1:
      raise app.UsageError(
        f"Unexpected arguments: {' '.join(argv[1:])}. Options are given as "
        "--name=value; --help lists them."
      )
    status = status_of(main, argv)
    # What failed may hold datasets, whose threads must end while Python runs:
    # at its end they could not, and the process would wait for them for ever.
    gc.collect()
    if status:
      sys.exit(status)

  _use_utf8()
  logging.set_verbosity(logging.INFO)
  logging.get_absl_handler().setFormatter(None)
  logging.get_absl_handler().addFilter(_is_ours_or_serious)
  app.run(guarded)


def status_of(
  main: Callable[[Sequence[str]], None], argv: Sequence[str]
) -> int:
  """Runs a program, tells its mistakes, and returns its exit status."""
  try:
    main(argv)
  except errors.UserError as error:
    message = str(error)
  except KeyboardInterrupt:
    print("Stopped.", file=sys.stderr)
    return 130
  except OSError as error:
    if error.errno not in _REFUSED_BY_THE_SYSTEM:
      traceback.print_exc()
      return 1
    where = f"{error.filename}: " if error.filename else ""
    message = (
      f"{where}{error.strerror}. Free space, or choose a folder that you may "
      "write to."
    )
  except Exception as error:
    message = errors.hidden_in(error)
    if message is None:
      traceback.print_exc()
      return 1
  else:
    return 0
  print(f"Error: {message}", file=sys.stderr)
  return 1


def load_tensorflow() -> None:
  """Imports TensorFlow without its start-up messages.

  They come from native code, some before any logging level is read, so the
  error stream is held back meanwhile, and shown if the import fails.
  """
  os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
  with _held_back_stderr():
    import tensorflow  # noqa: F401


def _use_utf8() -> None:
  """Starts the program again in UTF-8 mode where file names are not UTF-8.

  TensorFlow takes every name for UTF-8, so it would refuse those that Python
  reads in another encoding, or write to other files.
  """
  names = sys.getfilesystemencoding().lower().replace("-", "")
  if names == "utf8" or os.environ.get("PYTHONUTF8") == "1":
    return
  os.environ["PYTHONUTF8"] = "1"
  os.execv(sys.executable, [sys.executable, *sys.orig_argv[1:]])


def _is_ours_or_serious(record):
  """Lets errors through, and what this project logs: absl's log is shared."""
  folders = pathlib.Path(record.pathname).resolve().parents
  ours = any(_PROJECT / package in folders for package in _PACKAGES)
  return ours or record.levelno >= _ERROR


@contextlib.contextmanager
def _held_back_stderr():
  sys.stderr.flush()
  kept = os.dup(2)
  with tempfile.TemporaryFile() as held:
    os.dup2(held.fileno(), 2)
    failed = True
    try:
      yield
      failed = False
    finally:
      os.dup2(kept, 2)
      os.close(kept)
      if failed:
        held.seek(0)
        sys.stderr.write(held.read().decode(errors="replace"))
