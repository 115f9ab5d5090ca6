"""The editing page under hands that are quicker than the studio."""

import numpy as np
from support import studio_pages as pages


def test_marks_stay_in_place_when_the_window_moves_twice_quickly(
  open_page, photograph, tmp_path
):
  """The second move comes before the pictures of the first one."""
  page = open_page()
  pages.open_photograph(page, photograph)
  page.uncheck("#live")
  page.keyboard.press("r")
  pages.drag(page, "#photo", (0.45, 0.4), (0.55, 0.6))
  before = pages.pixels(pages.saved(page, "#export-region", tmp_path))
  held = []
  page.route("**/photograph.png*", lambda route: held.append(route))
  page.keyboard.press("w")
  for x in (0.55, 0.6):
    with page.expect_response("**/window"):
      pages.drag(page, "#photo", (0.5, 0.5), (x, 0.5))
  page.wait_for_timeout(200)
  for picture in held:
    picture.continue_()
  page.wait_for_timeout(400)
  after = pages.pixels(pages.saved(page, "#export-region", tmp_path / "after"))
  assert len(held) == 2 and before.any()
  assert np.mean(before != after) < 0.01


def test_the_model_that_is_chosen_after_a_refused_file_draws(
  open_page, photograph, tmp_path
):
  """The refused file took a desk already, of the model that was chosen then."""
  page = open_page()
  letter = tmp_path / "letter.png"
  letter.write_text("Dear studio,")
  page.set_input_files("#file", str(letter))
  page.wait_for_selector("#notice:has-text('not an image')")
  page.select_option("#model", "gan")
  pages.open_photograph(page, photograph)
  page.wait_for_selector("body.without-encoder")
  assert page.input_value("#model") == "gan"


def test_leaving_asks_before_an_edit_is_lost(open_page, photograph):
  """Marks are enough; a photograph that is only open is still a file."""
  page = open_page()
  asked = []

  def stay(dialog):
    asked.append(dialog.type)
    dialog.dismiss()

  page.on("dialog", stay)
  pages.open_photograph(page, photograph)
  page.uncheck("#live")
  page.keyboard.press("r")
  pages.drag(page, "#photo", (0.45, 0.4), (0.55, 0.6))
  # The click waits for a page that does not come.
  page.evaluate("document.querySelector('a[href=\"/samples\"]').click()")
  page.wait_for_timeout(300)
  assert asked == ["beforeunload"]
  assert page.is_visible("#photo") and page.is_enabled("#undo")
  page.keyboard.press("Control+z")
  page.click("a[href='/samples']")
  page.wait_for_selector("#grid")
  assert asked == ["beforeunload"]
