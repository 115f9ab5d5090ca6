"""What all commands share: quiet start, user errors without a traceback."""

import os
import sys
from collections.abc import Callable, Sequence

from absl import app, logging

from experiments.harness import errors


def run(main: Callable[[Sequence[str]], None]) -> None:
  """Runs an absl program; a user's mistake ends it with one clear message.

  Args:
    main: The program. It imports TensorFlow itself, after its flags are
      checked, so that help and mistakes take no seconds.
  """

  def guarded(argv):
    if len(argv) > 1:
      raise app.UsageError(
        f"Unexpected arguments: {' '.join(argv[1:])}. Options are given as "
        "--name=value; --help lists them."
      )
    try:
      main(argv)
    except errors.UserError as error:
      print(f"Error: {error}", file=sys.stderr)
      sys.exit(1)

  # Before TensorFlow is imported: its start-up messages help nobody.
  os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
  logging.set_verbosity(logging.INFO)
  logging.get_absl_handler().setFormatter(None)
  app.run(guarded)
