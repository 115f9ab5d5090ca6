"""A studio with tiny runs of both families, and a page's requests to it."""

import base64
import contextlib
import io
import socket
import threading

import numpy as np
import pytest
import uvicorn
from fastapi.testclient import TestClient
from PIL import Image
from support import chromium, small_runs

from experiments.config.data_config import DataConfig
from experiments.web_studio import app
from experiments.web_studio.models import Models
from experiments.web_studio.worker import Worker

ADDRESS = "http://127.0.0.1:8150"

_PATIENCE = 60_000


@pytest.fixture(scope="session")
def studio_run(tmp_path_factory, tiny_config):
  """The folder of a LapCVAE with levels of 16, 8 and 4 pixels."""
  folder = tmp_path_factory.mktemp("studio") / "tiny"
  data = DataConfig(name="faces", size=16)
  return small_runs.write_run(folder, tiny_config(3), data)


@pytest.fixture(scope="session")
def models(studio_run, tiny_runs):
  """`tiny`, a LapCVAE, and `gan`, a LAPGAN."""
  return Models([studio_run, tiny_runs.gan])


@pytest.fixture
def make_client(models):
  """`make_client(token=None, **parts)`: a browser at a new studio."""
  workers = []

  def make(token=None, desks=None, worker=None):
    worker = worker or Worker()
    workers.append(worker)
    studio = app.make(models, token, desks, worker)
    return TestClient(studio, base_url=ADDRESS, follow_redirects=False)

  yield make
  for worker in workers:
    worker.close()


@pytest.fixture
def client(make_client):
  """A browser at a studio of this machine."""
  return make_client()


class Page:
  """The requests of an editing page."""

  def __init__(self, client, pixels=None, model=None):
    query = {"model": model} if model else {}
    answer = client.post("/api/desks", params=query)
    assert answer.status_code == 200, answer.text
    self.client = client
    self.desk = answer.json()["desk"]
    if pixels is not None:
      self.post("photograph", content=png(pixels))

  def ask(self, method, path, **options):
    """The answer to a request about the desk."""
    address = f"/api/desks/{self.desk}/{path}".rstrip("/")
    return self.client.request(method, address, **options)

  def post(self, path, **options):
    """The values that a request is answered with; it must succeed."""
    answer = self.ask("POST", path, **options)
    assert answer.status_code == 200, answer.text
    return answer.json()

  def refusal(self, path, status=422, **options):
    """The message with which a request is refused."""
    answer = self.ask("POST", path, **options)
    assert answer.status_code == status, answer.text
    return answer.json()["error"]

  def picture(self, path):
    """The pixels of an image."""
    answer = self.ask("GET", path)
    assert answer.status_code == 200, answer.text
    return decoded(answer.content)


@pytest.fixture
def pixels():
  """A noisy ramp of 40 rows and 56 columns."""
  ramp = np.linspace(40, 200, 56)[None, :, None]
  noise = np.random.default_rng(0).integers(-30, 30, (40, 56, 3))
  return (ramp + noise).astype(np.uint8)


@pytest.fixture
def page(client, pixels):
  """An editing page with the ramp open."""
  return Page(client, pixels)


@pytest.fixture(scope="session")
def new_page():
  """`new_page(client, pixels=None, model=None)`: another page."""
  return Page


@pytest.fixture(scope="session")
def painting():
  """A step that paints a green bar on level 1."""
  paint = np.zeros((8, 8, 4), np.uint8)
  paint[2:4, 2:6] = [20, 200, 40, 255]
  return {"level": 1, "paint": base64_png(paint), "count": 3, "seed": 5}


def png(pixels, **options):
  """The bytes of an image file."""
  file = io.BytesIO()
  Image.fromarray(pixels).save(file, **{"format": "PNG", **options})
  return file.getvalue()


def base64_png(pixels):
  """The same in base64."""
  return base64.b64encode(png(pixels)).decode()


def decoded(content):
  """The pixels of an image file."""
  with Image.open(io.BytesIO(content)) as picture:
    return np.asarray(picture)


@pytest.fixture(scope="session")
def image_files():
  """`png`, `base64_png` and `decoded` by name."""
  return {"png": png, "base64_png": base64_png, "decoded": decoded}


@contextlib.contextmanager
def _listening(studio):
  listening = socket.socket()
  listening.bind(("127.0.0.1", 0))
  server = uvicorn.Server(uvicorn.Config(studio, log_level="error"))
  thread = threading.Thread(
    target=server.run, kwargs={"sockets": [listening]}, daemon=True
  )
  thread.start()
  yield f"http://127.0.0.1:{listening.getsockname()[1]}"
  server.should_exit = True
  thread.join(timeout=30)


@pytest.fixture(scope="session")
def listening():
  """`with listening(studio) as address`: a studio that listens."""
  return _listening


@pytest.fixture(scope="module")
def address(models):
  """Where a studio of `models` listens; modules may have their own."""
  worker = Worker()
  for model in models:
    for work in model.warm_up():
      worker.submit_when_idle(lambda job, work=work: work())
  with _listening(app.make(models, worker=worker)) as place:
    yield place
  worker.close()


@pytest.fixture(scope="module")
def browser():
  """A browser without a window."""
  sync_api = pytest.importorskip("playwright.sync_api")
  with sync_api.sync_playwright() as playwright:
    browser = playwright.chromium.launch(
      executable_path=chromium.path(), args=["--headless", *chromium.FLAGS]
    )
    yield browser
    browser.close()


@pytest.fixture
def open_page(browser, address):
  """`open_page(path="/", width=1280, height=800)`: a page without errors."""
  contexts, problems = [], []

  def make(path="/", width=1280, height=800, **options):
    size = {"width": width, "height": height}
    context = browser.new_context(viewport=size, **options)
    contexts.append(context)
    page = context.new_page()
    page.set_default_timeout(_PATIENCE)
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
      "console",
      # Refusals are messages on the page, and lines of the console.
      lambda told: (
        told.type == "error"
        and "Failed to load resource" not in told.text
        and problems.append(told.text)
      ),
    )
    page.goto(address + path)
    return page

  yield make
  for context in contexts:
    context.close()
  assert not problems


@pytest.fixture
def photograph(tmp_path):
  """A file of 56x40 pixels, noise on grey."""
  noise = np.random.default_rng(2).integers(60, 190, (40, 56, 3), np.uint8)
  path = tmp_path / "photo.png"
  Image.fromarray(noise).save(path)
  return path
