"""Studies that are served, and a browser to take part with."""

import threading

import pytest
from support import chromium, commands, small_studies


@pytest.fixture(scope="module")
def browser():
  """A headless Chromium."""
  playwright = pytest.importorskip("playwright.sync_api")
  executable = chromium.path()
  with playwright.sync_playwright() as started:
    launched = started.chromium.launch(
      executable_path=executable, args=list(chromium.FLAGS)
    )
    yield launched
    launched.close()


@pytest.fixture
def serve(tmp_path):
  """`serve(request)`: the address and the file of a new study."""
  servers = []

  def start(request):
    path = small_studies.write(tmp_path, request)
    server = commands.start("study", f"--out={path}", "--port=0")
    servers.append(server)
    said = server.stdout.readline()
    # Otherwise a full pipe would stop it.
    threading.Thread(target=server.stdout.read, daemon=True).start()
    return said.split()[-1], path

  yield start
  for server in servers:
    server.kill()
    server.wait()


@pytest.fixture
def opened(browser):
  """`opened(address, width)`: a page of its own, whose errors fail the test."""
  contexts, complaints = [], []

  def start(address, width=1280):
    context = browser.new_context(viewport={"width": width, "height": 760})
    contexts.append(context)
    page = context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
      "console",
      lambda said: (
        said.type == "error"
        and "409" not in said.text
        and complaints.append(said.text)
      ),
    )
    page.set_default_timeout(30_000)
    page.goto(address)
    return page

  yield start
  for context in contexts:
    context.close()
  assert complaints == []
