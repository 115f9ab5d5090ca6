"""Nearest training images beside samples, where these are at hand."""

import base64
import dataclasses
import pathlib
import threading

import numpy as np
import pytest
from fastapi.testclient import TestClient
from support import small_runs

from experiments.config.data_config import DataConfig
from experiments.data import datasets
from experiments.measures import neighbours
from experiments.web_studio import app, training_images
from experiments.web_studio.models import Models
from experiments.web_studio.training_images import TrainingImages
from experiments.web_studio.worker import Worker

_ADDRESS = "/api/samples/neighbours?page=a"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
  """Where a run of a folder of pictures lies, with its cache."""
  return tmp_path_factory.mktemp("neighbours")


@pytest.fixture(scope="module")
def folder_models(folder, tiny_config):
  """A run that names a folder of pictures."""
  name = small_runs.write_pictures(folder / "pictures")
  data = DataConfig(name=name, size=16)
  return Models([small_runs.write_run(folder / "run", tiny_config(3), data)])


@pytest.fixture
def made(folder, folder_models):
  """A studio of that run."""
  worker = Worker()
  images = TrainingImages(cache_dir=str(folder / "cache"))
  yield app.make(folder_models, worker=worker, training_images=images)
  worker.close()


@pytest.fixture
def studio(made):
  """A browser at it."""
  return TestClient(made, base_url="http://127.0.0.1:8150")


@pytest.fixture
def address(made, listening):
  """Where it listens."""
  with listening(made) as place:
    yield place


def _found(client, **asked):
  answer = client.post(_ADDRESS, json={"count": 4, "seed": 3, **asked})
  assert answer.status_code == 200, answer.text
  return answer.json()


def test_neighbours_are_those_of_the_measure(
  studio, folder, folder_models, image_files
):
  """They belong to the very samples of the same request, in their order."""
  found = _found(studio)
  sheet = studio.post("/api/samples", json={"count": 4, "seed": 3}).json()
  strip = image_files["decoded"](base64.b64decode(sheet["levels"][0]))
  samples = np.stack(np.split(strip, 4, axis=1))
  config = next(iter(folder_models)).run.config.data
  train = datasets.load(config, cache_dir=str(folder / "cache")).train
  expected = neighbours.nearest(samples, train)
  assert found["numbers"] == expected.index[:, 0].tolist()
  np.testing.assert_allclose(found["distances"], expected.distance[:, 0])
  assert found["searched"] == train.num_images
  shown = image_files["decoded"](base64.b64decode(found["images"]))
  for k, picture in enumerate(np.split(shown, 4, axis=1)):
    [image] = train.images(found["numbers"][k], 1)
    np.testing.assert_array_equal(picture, image)


def test_training_images_are_opened_once(studio, monkeypatch):
  """The second search reads what the first has opened."""
  _found(studio)

  def load(*arguments, **options):
    raise AssertionError("opened again")

  monkeypatch.setattr(training_images.datasets, "load", load)
  assert _found(studio, seed=4) != _found(studio)


def test_a_search_reports_how_far_it_is_and_drawings_do_not_wait(
  studio, monkeypatch
):
  """A stopped one ends where it next reports."""
  _found(studio)
  reached, release = threading.Event(), threading.Event()
  measure = neighbours.nearest

  def slow(samples, split, report):
    report(1, 7)
    reached.set()
    release.wait(30)
    report(2, 7)
    return measure(samples, split)

  monkeypatch.setattr("experiments.web_studio.samples_routes.nearest", slow)
  answers = []
  search = threading.Thread(
    target=lambda: answers.append(studio.post(_ADDRESS, json={"count": 2}))
  )
  search.start()
  assert reached.wait(30)
  assert studio.get(_ADDRESS).json() == {
    "state": "drawing",
    "done": 1,
    "total": 7,
  }
  assert studio.post("/api/samples", json={"count": 2}).status_code == 200
  assert studio.delete(_ADDRESS).status_code == 200
  release.set()
  search.join(30)
  assert answers[0].status_code == 409


@pytest.mark.parametrize(
  "change, words",
  [
    ({"name": "folder:/nowhere/at/all"}, "/nowhere/at/all"),
    ({"name": "faces"}, "drawn faces of 16 pixels"),
    ({"name": "cifar10", "stream": True}, "was streamed"),
  ],
)
def test_what_is_not_at_hand_is_a_message(folder, folder_models, change, words):
  """Nothing is downloaded, and no faces are drawn."""
  run = next(iter(folder_models)).run
  data = DataConfig(**{"size": 16, **change})
  config = dataclasses.replace(run.config, data=data)
  empty = pathlib.Path(folder, "empty")
  found = TrainingImages(data_dir=str(empty), cache_dir=str(empty))
  with pytest.raises(Exception, match="cannot be found") as told:
    found.of(dataclasses.replace(run, config=config))
  assert words in str(told.value)


def test_the_page_shows_the_neighbours_hides_them_and_shows_them_again(
  open_page, image_files, monkeypatch
):
  """Each beside its own sample; they are searched for once."""

  def different(samples, split, report):
    places = np.arange(len(samples))[:, None]
    return neighbours.Neighbours(places % 10, places / 4)

  monkeypatch.setattr(
    "experiments.web_studio.samples_routes.nearest", different
  )
  page = open_page("/samples")
  searches = []
  page.on(
    "request",
    lambda asked: asked.method == "POST" and searches.append(asked.url),
  )
  page.wait_for_selector("#grid button")
  searches.clear()
  with page.expect_response(
    lambda answer: answer.request.method == "POST"
  ) as told:
    page.keyboard.press("t")
  found = told.value.json()
  page.wait_for_selector("#grid.compared")
  cells = page.locator("#grid button")
  strip = image_files["decoded"](base64.b64decode(found["images"]))
  for k, number, distance in ((0, 1, "0.0"), (22, 3, "5.5")):
    cell = cells.nth(k)
    assert f"training image {number} at" in cell.get_attribute("title")
    assert cell.inner_text() == distance
    encoded = cell.locator(".neighbour").evaluate("one => one.toDataURL()")
    shown = image_files["decoded"](base64.b64decode(encoded.split(",")[1]))
    expected = strip[:, k * 16 : (k + 1) * 16]
    np.testing.assert_array_equal(shown[..., :3], expected)
  assert f"{found['searched']:,} training" in page.inner_text("#searched-told")
  page.keyboard.press("t")
  assert page.locator(".neighbour >> visible=true").count() == 0
  page.click("#compare")
  assert page.locator(".neighbour >> visible=true").count() == 48
  assert len(searches) == 1
  # Other samples have other neighbours.
  page.keyboard.press("n")
  page.wait_for_selector("#grid:not(.compared)")
  assert page.is_hidden("#searched-told")


def test_a_search_is_stopped_on_the_page(open_page, monkeypatch):
  """Nothing is shown of it, and another may begin."""
  stopped = threading.Event()

  def endless(samples, split, report):
    while not stopped.wait(0.05):
      try:
        report(1, 4)
      except BaseException:
        stopped.set()
        raise

  monkeypatch.setattr("experiments.web_studio.samples_routes.nearest", endless)
  page = open_page("/samples")
  page.click("#compare")
  page.wait_for_function(
    "() => document.getElementById('search-progress').value === 0.25"
  )
  page.click("#stop-search")
  assert stopped.wait(30)
  assert page.is_hidden("#stop-search") and page.is_enabled("#compare")
  assert page.locator("#grid.compared").count() == 0
  assert page.is_hidden("#notice")
