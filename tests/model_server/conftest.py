"""A server of a tiny LapCVAE, without a socket."""

import base64
import concurrent.futures
import io
import types

import numpy as np
import pytest
from PIL import Image
from support import small_runs

from experiments.config.data_config import DataConfig


@pytest.fixture(scope="session")
def edited_run(tmp_path_factory, tiny_config):
  """The folder of a run with the levels of `exports("lapcvae")`."""
  folder = tmp_path_factory.mktemp("served")
  name = small_runs.write_pictures(folder / "pictures", ("train",), 2)
  data = DataConfig(name=name, size=16, crop=32, crop_top=4)
  return small_runs.write_run(folder / "demo", tiny_config(), data), data


@pytest.fixture(scope="session")
def served(exports, edited_run):
  """Attributes: `model`, which is served as `demo`, `client`, `repository`.

  Its level 0 is served as `demo.level_0`, a class-conditional LAPGAN as `gan`.
  """
  from fastapi.testclient import TestClient

  from experiments.model_server import app
  from experiments.model_server.repository import Repository
  from experiments.model_server.sources import Source

  model, root = exports("lapcvae")
  run, data = edited_run
  sources = [
    Source("demo", root / "cascade", run, data),
    Source("demo.level_0", root / "level_0"),
    Source("gan", exports("labelled")[1] / "cascade"),
  ]
  with concurrent.futures.ThreadPoolExecutor(4) as threads:
    repository = Repository(sources, threads)
    plane = app.CheckedDataPlane(repository)
    gate = app.make(repository, plane, max_bytes=2**20)
    client = TestClient(
      gate, base_url="http://127.0.0.1", raise_server_exceptions=False
    )
    yield types.SimpleNamespace(
      model=model, client=client, repository=repository
    )


def png(pixels):
  """An image as a PNG file in base64."""
  file = io.BytesIO()
  Image.fromarray(pixels).save(file, format="PNG")
  return base64.b64encode(file.getvalue()).decode()


@pytest.fixture(scope="session")
def as_png():
  """`as_png(pixels)`: a file in base64."""
  return png


@pytest.fixture(scope="session")
def pixels_of():
  """`pixels_of({"b64": ...})`: uint8 `[height, width, 3]`."""

  def read(file):
    encoded = base64.b64decode(file["b64"])
    return np.asarray(Image.open(io.BytesIO(encoded)))

  return read
