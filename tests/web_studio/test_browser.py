"""The pages in a browser, as an artist uses them.

Needs a Chromium; `CHROMIUM` names one that is not in its usual place.
"""

import base64
import io
import os
import pathlib
import shutil
import socket
import threading

import numpy as np
import pytest
import uvicorn
from PIL import Image
from support import commands

from experiments.web_studio import app
from experiments.web_studio.worker import Worker

sync_api = pytest.importorskip("playwright.sync_api")

_FLAGS = (
  "--headless",
  "--no-sandbox",
  "--disable-gpu",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
)
_PATIENCE = 60_000
_GREEN = (32, 160, 96)


def _chromium():
  found = os.environ.get("CHROMIUM") or shutil.which("chromium")
  if not found:
    pytest.skip("no Chromium; install one, or name it in CHROMIUM")
  return found


@pytest.fixture(scope="module")
def address(models):
  """A studio that listens."""
  listening = socket.socket()
  listening.bind(("127.0.0.1", 0))
  worker = Worker()
  for model in models:
    for work in model.warm_up():
      worker.submit_when_idle(lambda job, work=work: work())
  config = uvicorn.Config(app.make(models, worker=worker), log_level="error")
  server = uvicorn.Server(config)
  thread = threading.Thread(
    target=server.run, kwargs={"sockets": [listening]}, daemon=True
  )
  thread.start()
  yield f"http://127.0.0.1:{listening.getsockname()[1]}"
  server.should_exit = True
  thread.join(timeout=30)
  worker.close()


@pytest.fixture(scope="module")
def browser():
  """A browser without a window."""
  with sync_api.sync_playwright() as playwright:
    browser = playwright.chromium.launch(
      executable_path=_chromium(), args=list(_FLAGS)
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


def _open(page, path):
  page.set_input_files("#file", str(path))
  page.wait_for_selector("body.opened")


def _drag(page, canvas, *points):
  """Drags over points that are fractions of a canvas."""
  page.locator(canvas).scroll_into_view_if_needed()
  box = page.locator(canvas).bounding_box()
  places = [
    (box["x"] + x * box["width"], box["y"] + y * box["height"])
    for x, y in points
  ]
  page.mouse.move(*places[0])
  page.mouse.down()
  for place in places[1:]:
    page.mouse.move(*place, steps=4)
  page.mouse.up()


def _saved(page, button, folder):
  with page.expect_download() as told:
    page.click(button)
  path = pathlib.Path(folder) / told.value.suggested_filename
  told.value.save_as(path)
  return path


def _pixels(path):
  with Image.open(path) as picture:
    return np.asarray(picture)


def _wait_for_drawing(page, number):
  """Waits until so many variations stand there, of the newest marks."""
  page.wait_for_function(
    "count => document.querySelectorAll('.thumb').length === count"
    " && !document.body.classList.contains('busy')"
    " && !document.getElementById('accept').disabled",
    arg=number,
  )


def test_painting_from_the_photograph_to_the_download(
  open_page, photograph, studio_run, tmp_path
):
  """The download has the pixels that `experiments.edit --edit` makes."""
  page = open_page()
  _open(page, photograph)
  page.uncheck("#live")
  page.select_option("#level", "1")
  page.keyboard.press("Escape")
  # The window first, then a colour of the picture, then a brush.
  page.click("[data-tool=window]")
  with page.expect_response("**/levels/reconstruction/2.png*"):
    _drag(page, "#photo", (0.5, 0.5), (0.55, 0.5))
  page.wait_for_timeout(500)
  page.click("[data-tool=eyedropper]")
  before = page.input_value("#colour")
  _drag(page, "#photo", (0.5, 0.5), (0.5, 0.5))
  assert page.input_value("#colour") != before
  assert page.get_attribute("[data-tool=paint]", "aria-pressed") == "true"
  _drag(page, "#coarse", (0.3, 0.3), (0.6, 0.3))
  _drag(page, "#coarse", (0.3, 0.7), (0.6, 0.7))
  page.keyboard.press("Control+z")
  page.keyboard.press("Control+z")
  assert page.is_disabled("#undo")
  page.keyboard.press("Control+Shift+z")
  assert page.is_enabled("#undo") and page.is_enabled("#redo")
  page.fill("#count", "3")
  page.fill("#seed", "4")
  page.click("#draw-button")
  _wait_for_drawing(page, 3)
  page.locator(".thumb").nth(2).click()
  page.wait_for_timeout(500)
  page.click("#accept")
  page.wait_for_selector("#tab-history:has-text('(1)')")
  result = _pixels(_saved(page, "#download", tmp_path))
  assert not np.array_equal(result, _pixels(photograph))
  saved = _saved(page, "#save-edit", tmp_path)
  done = commands.call_here(
    "edit",
    f"--edit={saved}",
    f"--run_dir={studio_run}",
    f"--out={tmp_path / 'again'}",
  )
  assert done.returncode == 0, done.stderr
  np.testing.assert_array_equal(_pixels(tmp_path / "again/edit.png"), result)
  # The saved edit opens again, with its history.
  page.set_input_files("#edit-file", str(saved))
  page.wait_for_selector("#tab-history:has-text('(1)')")
  np.testing.assert_array_equal(
    _pixels(_saved(page, "#download", tmp_path)), result
  )


def test_painted_pixels_are_exact(open_page, photograph):
  """A brush of one pixel paints the very pixel, in its very colour."""
  page = open_page()
  _open(page, photograph)
  page.uncheck("#live")
  page.fill("#colour", "#20a060")
  page.select_option("#level", "1")
  page.evaluate(
    "const size = document.getElementById('size'); size.value = 1;"
    "size.dispatchEvent(new Event('input'))"
  )
  _drag(page, "#coarse", (0.56, 0.31), (0.56, 0.31))
  with page.expect_request("**/draw") as told:
    page.click("#draw-button")
  encoded = told.value.post_data_json["paint"]
  with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
    paint = np.asarray(picture.convert("RGBA"))
  expected = np.zeros((8, 8, 4), np.uint8)
  expected[2, 4] = (*_GREEN, 255)
  np.testing.assert_array_equal(paint, expected)
  _wait_for_drawing(page, 8)


def test_a_lasso_changes_its_region_alone(open_page, photograph, tmp_path):
  """Live: nothing needs to be pressed."""
  page = open_page()
  _open(page, photograph)
  page.keyboard.press("l")
  _drag(page, "#photo", (0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6))
  _wait_for_drawing(page, 8)
  page.wait_for_timeout(500)
  result = _pixels(_saved(page, "#download", tmp_path))
  before = _pixels(photograph)
  changed = np.any(result != before, axis=-1)
  # The photograph fills the width of the canvas: 56 pixels of either side.
  assert changed[14:26, 22:34].mean() > 0.5
  changed[13:27, 21:35] = False
  assert not changed.any()


def test_levels_are_swapped_with_those_of_another(open_page):
  """Two examples of drawn faces."""
  page = open_page()
  page.click("#example-first")
  page.wait_for_selector("body.opened")
  page.click("#tab-levels")
  page.click("#example-second")
  page.locator("#level-rows select").nth(1).select_option("second")
  _wait_for_drawing(page, 1)
  page.locator("#level-rows select").nth(0).select_option("drawn")
  _wait_for_drawing(page, 8)


def test_keys_work_and_are_all_explained(open_page, photograph):
  """Tools, help, and the comparison while Tab is held."""
  page = open_page()
  _open(page, photograph)
  for key, tool in zip(
    "wbierlm",
    ("window", "paint", "eyedropper", "erase", "rectangle", "lasso", "brush"),
    strict=True,
  ):
    page.keyboard.press(key)
    chosen = page.get_attribute(f"[data-tool={tool}]", "aria-pressed")
    assert chosen == "true", tool
  page.keyboard.press("?")
  assert page.is_visible("#help")
  for key in ("Ctrl+Z", "Tab", "Alt-click", "[", "N", "A"):
    assert key in page.inner_text("#help")
  page.keyboard.press("Escape")
  # A short press of Tab moves on, so that nobody is caught on a picture.
  page.focus("#photo")
  page.keyboard.press("Tab")
  assert page.evaluate("document.activeElement.id") == "compare"


def test_a_page_whose_desk_is_gone_opens_another(open_page, photograph):
  """It is told so, and opening anything is enough."""
  page = open_page()
  _open(page, photograph)
  page.evaluate(
    """async () => {
      const names = performance.getEntriesByType('resource')
        .map(({name}) => name.match(/desks\\/([^/?]+)/)?.[1]).filter(Boolean);
      await fetch(`/api/desks/${names.at(-1)}`, {method: 'DELETE'});
    }"""
  )
  page.keyboard.press("l")
  _drag(page, "#photo", (0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6))
  page.wait_for_selector("#notice:has-text('again')")
  page.click("#example")
  page.wait_for_selector("#photo-told:has-text('512')")


def test_bad_files_are_messages_on_the_page(open_page, tmp_path):
  """And the page goes on."""
  page = open_page()
  path = tmp_path / "letter.png"
  path.write_text("Dear studio,")
  page.set_input_files("#file", str(path))
  page.wait_for_selector("#notice:has-text('not an image')")
  page.set_input_files("#edit-file", str(path))
  page.wait_for_selector("#notice:has-text('holds no edit')")
  page.click("#example-first")
  page.wait_for_selector("body.opened")


@pytest.mark.parametrize("path", ["/", "/samples"])
def test_a_phone_shows_everything(open_page, path):
  """Nothing is wider than the screen, and painting works by touch size."""
  page = open_page(path, width=390, height=844)
  if path == "/":
    page.click("#example-first")
    page.wait_for_selector("body.opened")
    _drag(page, "#coarse", (0.3, 0.3), (0.6, 0.3))
    _wait_for_drawing(page, 8)
  else:
    page.wait_for_selector("#grid button")
  width = page.evaluate("document.documentElement.scrollWidth")
  assert width <= 390


def test_samples_lead_to_refinements(open_page):
  """A grid, the chain of one image, and refinements of a level of it."""
  page = open_page("/samples")
  page.wait_for_selector("#grid button")
  assert page.locator("#grid button").count() == 48
  page.locator("#grid button").nth(5).click()
  assert page.locator("#chain button").count() == 3
  page.locator("#chain button").first.click()
  page.wait_for_selector("#refined button")
  assert page.locator("#refined button").count() == 24
  page.select_option("#model", "gan")
  page.wait_for_function("() => document.getElementById('refined-part').hidden")
  assert page.is_hidden("#temperature-field")
