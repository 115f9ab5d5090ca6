"""The command: what it refuses, prints and answers."""

import importlib.util
import re
import signal
import socket
import urllib.error
import urllib.request

import pytest
from support import commands

from experiments.web_studio import service


def test_without_a_run_it_opens_what_comes_along(monkeypatch):
  """And says how to train on one's own photographs."""
  opened = []
  monkeypatch.setattr(
    service, "serve", lambda paths, *rest: opened.extend(paths)
  )
  done = commands.call_here("studio", "--noopen")
  assert done.returncode == 0, done.stderr
  assert opened == ["pretrained:lapcvae_demo", "pretrained:lapgan_demo"]
  assert "--dataset=folder:PHOTOS" in done.stdout


def test_what_it_cannot_open_is_named(studio_run):
  """Nothing is guessed."""
  words = commands.refusal("studio", f"--run_dirs={studio_run},nowhere")
  assert "nowhere" in words
  words = commands.refusal("studio", f"--run_dir={studio_run}", "--token=abc")
  assert "8 characters" in words


@pytest.mark.parametrize("library", ["fastapi", "uvicorn"])
def test_a_missing_extra_is_named(studio_run, monkeypatch, library):
  """With what installs it."""
  find = importlib.util.find_spec
  monkeypatch.setattr(
    importlib.util,
    "find_spec",
    lambda name, *rest: None if name == library else find(name, *rest),
  )
  words = commands.refusal("studio", f"--run_dir={studio_run}")
  assert library in words and "pip install -e '.[studio]'" in words


def test_a_port_that_is_taken_is_a_message(studio_run):
  """With the option that mends it."""
  with socket.socket() as taken:
    taken.bind(("127.0.0.1", 0))
    taken.listen()
    port = taken.getsockname()[1]
    words = commands.refusal(
      "studio", f"--run_dir={studio_run}", f"--port={port}", "--noopen"
    )
  assert str(port) in words and "--port" in words


def test_it_prints_an_address_that_answers_until_it_is_stopped(
  studio_run, tiny_runs
):
  """Another host has a token in its address."""
  process = commands.start(
    "studio",
    f"--run_dirs={studio_run},{tiny_runs.gan}",
    "--host=0.0.0.0",
    "--port=0",
    "--noopen",
    PYTHONUNBUFFERED="1",
  )
  try:
    address = None
    while address is None:
      line = process.stdout.readline()
      assert line, process.stderr.read()
      address = re.search(r"http://\S+:(\d+)/\?token=(\S+)", line)
    port, token = address.groups()
    here = f"http://127.0.0.1:{port}"
    with pytest.raises(urllib.error.HTTPError, match="403"):
      urllib.request.urlopen(here, timeout=30)
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    page = opener.open(f"{here}/?token={token}", timeout=30)
    assert b"<title>Studio: edit</title>" in page.read()
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=60) in (0, 130)
    assert "Traceback" not in process.stderr.read()
  finally:
    process.kill()
    process.wait()
    process.stdout.close()
    process.stderr.close()
