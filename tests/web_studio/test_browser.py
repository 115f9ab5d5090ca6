"""The pages in a browser, as an artist uses them.

Needs a Chromium; `CHROMIUM` names one that is not in its usual place.
"""

import base64
import io
import itertools

import numpy as np
import pytest
from PIL import Image
from support import commands
from support import studio_pages as pages

_GREEN = (32, 160, 96)


def test_painting_from_the_photograph_to_the_download(
  open_page, photograph, studio_run, tmp_path
):
  """The download has the pixels that `experiments.edit --edit` makes."""
  page = open_page()
  pages.open_photograph(page, photograph)
  page.uncheck("#live")
  page.select_option("#level", "1")
  page.keyboard.press("Escape")
  # The window first, then a colour of the picture, then a brush.
  page.click("[data-tool=window]")
  with page.expect_response("**/levels/reconstruction/2.png*"):
    pages.drag(page, "#photo", (0.5, 0.5), (0.55, 0.5))
  page.wait_for_timeout(500)
  page.click("[data-tool=eyedropper]")
  before = page.input_value("#colour")
  pages.drag(page, "#photo", (0.5, 0.5), (0.5, 0.5))
  assert page.input_value("#colour") != before
  assert page.get_attribute("[data-tool=paint]", "aria-pressed") == "true"
  pages.drag(page, "#coarse", (0.3, 0.3), (0.6, 0.3))
  pages.drag(page, "#coarse", (0.3, 0.7), (0.6, 0.7))
  page.keyboard.press("Control+z")
  page.keyboard.press("Control+z")
  assert page.is_disabled("#undo")
  page.keyboard.press("Control+Shift+z")
  assert page.is_enabled("#undo") and page.is_enabled("#redo")
  page.fill("#count", "3")
  page.fill("#seed", "4")
  page.click("#draw-button")
  pages.wait_for_drawing(page, 3)
  page.locator(".thumb").nth(2).click()
  page.wait_for_timeout(500)
  page.click("#accept")
  page.wait_for_selector("#tab-history:has-text('(1)')")
  result = pages.pixels(pages.saved(page, "#download", tmp_path))
  assert not np.array_equal(result, pages.pixels(photograph))
  saved = pages.saved(page, "#save-edit", tmp_path)
  done = commands.call_here(
    "edit",
    f"--edit={saved}",
    f"--run_dir={studio_run}",
    f"--out={tmp_path / 'again'}",
  )
  assert done.returncode == 0, done.stderr
  np.testing.assert_array_equal(
    pages.pixels(tmp_path / "again/edit.png"), result
  )
  # The saved edit opens again, with its history.
  page.set_input_files("#edit-file", str(saved))
  page.wait_for_selector("#tab-history:has-text('(1)')")
  np.testing.assert_array_equal(
    pages.pixels(pages.saved(page, "#download", tmp_path)), result
  )


def test_painted_pixels_are_exact(open_page, photograph):
  """A brush of one pixel paints the very pixel, in its very colour."""
  page = open_page()
  pages.open_photograph(page, photograph)
  page.uncheck("#live")
  page.fill("#colour", "#20a060")
  page.select_option("#level", "1")
  page.evaluate(
    "const size = document.getElementById('size'); size.value = 1;"
    "size.dispatchEvent(new Event('input'))"
  )
  pages.drag(page, "#coarse", (0.56, 0.31), (0.56, 0.31))
  with page.expect_request("**/draw") as told:
    page.click("#draw-button")
  encoded = told.value.post_data_json["paint"]
  with Image.open(io.BytesIO(base64.b64decode(encoded))) as picture:
    paint = np.asarray(picture.convert("RGBA"))
  expected = np.zeros((8, 8, 4), np.uint8)
  expected[2, 4] = (*_GREEN, 255)
  np.testing.assert_array_equal(paint, expected)
  pages.wait_for_drawing(page, 8)


def test_a_painting_is_kept_in_a_file(open_page, photograph, tmp_path):
  """It comes back at its place, pixel for pixel, over newer paint."""
  page = open_page()
  pages.open_photograph(page, photograph)
  page.uncheck("#live")
  page.select_option("#level", "1")
  page.click("#export-painting")
  page.wait_for_selector("#notice:has-text('Paint something')")
  page.fill("#colour", "#20a060")
  pages.drag(page, "#coarse", (0.3, 0.3), (0.7, 0.6))
  path = pages.saved(page, "#export-painting", tmp_path)
  kept = pages.pixels(path)
  assert kept.shape == (8, 8, 4) and set(kept[..., 3].flat) == {0, 255}
  page.click("#clear")
  page.fill("#colour", "#ff0000")
  pages.drag(page, "#coarse", (0.3, 0.3), (0.7, 0.6))
  page.set_input_files("#painting-file", str(path))
  page.wait_for_function("() => !document.getElementById('undo').disabled")
  page.wait_for_timeout(300)
  again = pages.saved(page, "#export-painting", tmp_path / "again")
  np.testing.assert_array_equal(pages.pixels(again), kept)
  page.keyboard.press("Control+z")
  red = pages.saved(page, "#export-painting", tmp_path / "red")
  painted = pages.pixels(red)
  np.testing.assert_array_equal(painted[..., 3], kept[..., 3])
  assert tuple(painted[painted[..., 3] > 0][0]) == (255, 0, 0, 255)


def test_a_lasso_changes_its_region_alone(open_page, photograph, tmp_path):
  """Live: nothing needs to be pressed."""
  page = open_page()
  pages.open_photograph(page, photograph)
  page.keyboard.press("l")
  pages.drag(page, "#photo", (0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6))
  pages.wait_for_drawing(page, 8)
  page.wait_for_timeout(500)
  result = pages.pixels(pages.saved(page, "#download", tmp_path))
  before = pages.pixels(photograph)
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
  pages.wait_for_drawing(page, 1)
  page.locator("#level-rows select").nth(0).select_option("drawn")
  pages.wait_for_drawing(page, 8)


def test_keys_work_and_are_all_explained(open_page, photograph):
  """Tools, help, and the comparison while Tab is held."""
  page = open_page()
  pages.open_photograph(page, photograph)
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
  pages.open_photograph(page, photograph)
  page.evaluate(
    """async () => {
      const names = performance.getEntriesByType('resource')
        .map(({name}) => name.match(/desks\\/([^/?]+)/)?.[1]).filter(Boolean);
      await fetch(`/api/desks/${names.at(-1)}`, {method: 'DELETE'});
    }"""
  )
  page.keyboard.press("l")
  pages.drag(page, "#photo", (0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6))
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
    pages.drag(page, "#coarse", (0.3, 0.3), (0.6, 0.3))
    pages.wait_for_drawing(page, 8)
  else:
    page.wait_for_selector("#grid button")
  width = page.evaluate("document.documentElement.scrollWidth")
  assert width <= 390


def test_the_bar_leaves_room_for_the_names_of_models(open_page):
  """In windows of any width, no button covers another part of the bar."""
  page = open_page()
  parts = "header.bar > :not(.gap):not(.brand)"
  for width in (1400, 1281, 1200, 1121, 1010, 820):
    page.set_viewport_size({"width": width, "height": 800})
    assert page.locator("#model").bounding_box()["width"] >= 120
    boxes = [part.bounding_box() for part in page.locator(parts).all()]
    for one, other in itertools.pairwise(boxes):
      beside = one["x"] + one["width"] <= other["x"]
      assert beside or one["y"] + one["height"] <= other["y"], width


def test_samples_lead_to_refinements(open_page):
  """A grid, the chain of one image, and refinements of a level of it."""
  page = open_page("/samples")
  page.wait_for_selector("#grid button")
  assert page.locator("#grid button").count() == 48
  page.locator("#grid button").nth(5).click()
  assert page.locator("#chain button").count() == 3
  page.locator("#chain button").first.click()
  page.wait_for_selector("#refined canvas")
  assert page.locator("#refined canvas").count() == 24
  page.select_option("#model", "gan")
  page.wait_for_function("() => document.getElementById('refined-part').hidden")
  assert page.is_hidden("#temperature-field")
