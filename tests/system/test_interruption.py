"""Stop signals are noted, once."""

import hashlib
import os
import signal
import subprocess
import sys
import threading
import time

import pytest
from support import commands

from experiments.system import errors, interruption


def _send(number):
  os.kill(os.getpid(), number)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_noted_by_its_name(number):
  """The process lives on, so that it can save a checkpoint."""
  with interruption.stop_requests() as stop_requested:
    assert stop_requested() is None
    _send(number)
    assert stop_requested() == number.name
    assert stop_requested() == number.name


@pytest.fixture
def python_handler():
  """The handler of a foreground process; a background one may ignore SIGINT."""
  before = signal.signal(signal.SIGINT, signal.default_int_handler)
  yield
  signal.signal(signal.SIGINT, before)


def test_a_second_signal_acts_as_before(python_handler):
  """An impatient user gets through."""
  with interruption.stop_requests() as stop_requested:
    _send(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
      _send(signal.SIGINT)
    assert stop_requested() == "SIGINT"


def test_a_signal_is_answered_while_a_step_compiles():
  """At once, by a thread; the main thread hears of it when back in Python."""
  readable, writable = os.pipe()
  kept, answers = os.dup(2), []

  def interrupt():
    time.sleep(0.1)
    _send(signal.SIGTERM)
    answers.append((os.read(readable, 200), time.monotonic()))

  thread = threading.Thread(target=interrupt)
  os.dup2(writable, 2)
  try:
    with interruption.stop_requests() as stop_requested:
      thread.start()
      # A second or more in native code that hears no signal.
      hashlib.pbkdf2_hmac("sha256", b"", b"", 2_000_000)
      end = time.monotonic()
      assert stop_requested() == "SIGTERM"
    thread.join()
  finally:
    os.dup2(kept, 2)
  [(text, when)] = answers
  assert b"checkpoint" in text and when < end


_COMPILING = """
import hashlib, os, signal, threading, time
from experiments.system import interruption
def interrupt():
  for _ in range(2):
    time.sleep(0.2)
    os.kill(os.getpid(), signal.SIGTERM)
threading.Thread(target=interrupt).start()
with interruption.stop_requests():
  hashlib.pbkdf2_hmac("sha256", b"", b"", 200_000_000)
"""


def test_a_second_signal_ends_what_hears_none():
  """Native code that compiles for a minute ends all the same, by its number."""
  started = time.monotonic()
  done = subprocess.run(
    [sys.executable, "-c", _COMPILING], cwd=commands.ROOT, timeout=60
  )
  assert done.returncode == 128 + signal.SIGTERM
  assert time.monotonic() - started < 20


@pytest.mark.parametrize("failing", [False, True])
def test_handlers_are_put_back(failing):
  """Also after an error."""
  before = [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)]
  try:
    with interruption.stop_requests():
      _send(signal.SIGTERM)
      if failing:
        raise errors.UserError("diverged")
  except errors.UserError:
    pass
  after = [signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)]
  assert after == before


def test_being_interrupted_is_no_fault_of_the_program():
  """Commands print the message instead of a traceback."""
  assert issubclass(interruption.Interrupted, errors.UserError)
