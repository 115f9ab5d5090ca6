"""Commands of the project, called as a user calls them."""

import contextlib
import importlib
import io
import os
import pathlib
import subprocess
import sys
from collections.abc import Sequence

from absl import flags
from absl.flags import _helpers

from experiments.cli import program

ROOT = pathlib.Path(__file__).resolve().parents[2]


def call(
  command: str, *options: str, seconds: float = 300
) -> subprocess.CompletedProcess:
  """Runs `python -m experiments.COMMAND` to its end; its output is text."""
  [(status, out, messages)] = finish([start(command, *options)], seconds)
  return subprocess.CompletedProcess(options, status, out, messages)


def start(command: str, *options: str, **variables: str) -> subprocess.Popen:
  """Starts a command, with more variables in its environment."""
  return subprocess.Popen(
    [sys.executable, "-m", f"experiments.{command}", *options],
    cwd=ROOT,
    env={**os.environ, **variables},
    stdout=subprocess.PIPE,
    stderr=subprocess.PIPE,
    text=True,
  )


def finish(processes: Sequence[subprocess.Popen], seconds: float = 280):
  """Waits for all; returns (exit status, output, messages) of each."""
  try:
    outputs = [process.communicate(timeout=seconds) for process in processes]
  finally:
    for process in processes:
      process.kill()
  return [
    (process.returncode, *output)
    for process, output in zip(processes, outputs, strict=True)
  ]


def call_here(command: str, *options: str) -> subprocess.CompletedProcess:
  """As `call`, but in this process, which has TensorFlow loaded already.

  What is logged goes to `caplog` instead of the error stream.
  """
  arguments = [command, *options]
  out, err = io.StringIO(), io.StringIO()
  with (
    _flags_of_one_command(),
    contextlib.redirect_stdout(out),
    contextlib.redirect_stderr(err),
  ):
    module = importlib.import_module(f"experiments.{command}")
    try:
      rest = flags.FLAGS(arguments)
    except flags.Error as error:
      status = 1
      err.write(str(error))
    else:
      status = program.status_of(module.main, rest)
  return subprocess.CompletedProcess(
    arguments, status, out.getvalue(), err.getvalue()
  )


def refusal(command: str, *options: str) -> str:
  """The one message with which a command ends that cannot do its work."""
  done = call_here(command, *options)
  assert done.returncode == 1, done.stdout
  assert "Traceback" not in done.stderr, done.stderr
  return done.stderr


@contextlib.contextmanager
def _flags_of_one_command():
  """Lets a command define its flags although others have defined the same."""
  known = flags.FLAGS.__dict__
  kept_flags = {key: _copied(value) for key, value in known.items()}
  kept_modules = {n: m for n, m in sys.modules.items() if _defines_flags(n)}
  kept_ids = set(_helpers.disclaim_module_ids)
  for module, defined in flags.FLAGS.flags_by_module_dict().items():
    if _defines_flags(module):
      for flag in list(defined):
        delattr(flags.FLAGS, flag.name)
  _forget(kept_modules)
  try:
    yield
  finally:
    _forget([name for name in sys.modules if _defines_flags(name)])
    known.clear()
    known.update(kept_flags)
    # The next module may have the id of one that is gone.
    _helpers.disclaim_module_ids.intersection_update(kept_ids)
    for name, module in kept_modules.items():
      sys.modules[name] = module
      package, _, last = name.rpartition(".")
      setattr(sys.modules[package], last, module)


def _defines_flags(module):
  """Whether it is a command or lies in `cli`; only these know flags."""
  parts = module.split(".")
  if parts[0] != "experiments" or module == program.__name__:
    return False
  is_command = len(parts) == 2 and (
    (ROOT / "experiments" / f"{parts[1]}.py").is_file()
  )
  return is_command or (len(parts) == 3 and parts[1] == "cli")


def _forget(modules):
  for name in list(modules):
    module = sys.modules.pop(name)
    package, _, last = name.rpartition(".")
    if getattr(sys.modules[package], last, None) is module:
      delattr(sys.modules[package], last)


def _copied(value):
  if isinstance(value, dict):
    return {key: _copied(inner) for key, inner in value.items()}
  return list(value) if isinstance(value, list) else value
