"""Both studies in a browser, from consent to thanks."""

import pytest
from support import small_studies

from experiments.human_studies.study_file import StudyFile


def _press(page, name):
  page.get_by_role("button", name=name).click()


def _answer(page, count, by_key):
  """Answers images as they come, by the keys in turn or by button."""
  for i in range(count):
    button = page.locator("button[value=generated]:enabled")
    button.wait_for()
    with page.expect_response("**/answers") as kept:
      if by_key:
        page.keyboard.press("fj"[i % 2])
      else:
        button.click()
    assert kept.value.status == 204


def _fits(page):
  return page.evaluate(
    "document.documentElement.scrollWidth <= window.innerWidth"
  )


def test_trials_with_a_reload_in_their_middle(serve, opened):
  """Figure 6 of LAPGAN: every time is kept, and measured in whole frames."""
  address, path = serve(small_studies.timed(repeats=2))
  page = opened(address)
  _press(page, "I agree")
  page.get_by_alt_text("Examples of real pictures").wait_for()
  for _ in range(2):
    _press(page, "Go on")
  _answer(page, 2, by_key=True)
  _press(page, "Go on")
  _answer(page, 5, by_key=True)
  page.reload()
  page.get_by_text("Welcome back").wait_for()
  page.get_by_text("5 of 12 answered").wait_for()
  _press(page, "Go on")
  _answer(page, 7, by_key=False)
  page.get_by_text("Thank you!").wait_for()

  answers = StudyFile(path).answers()
  assert [answer["position"] for answer in answers] == list(range(14))
  assert {answer["choice"] for answer in answers[:7]} == {"real", "generated"}
  assert {answer["choice"] for answer in answers[7:]} == {"generated"}
  for answer in answers:
    frame = answer["frame_ms"]
    error = abs(answer["measured_ms"] - answer["requested_ms"])
    assert 3 < frame < 70 and not answer["hidden"]
    assert answer["marked"] == ("timing" if error > frame else "")
    assert abs(answer["measured_ms"] - answer["frames"] * frame) <= frame / 2
    assert answer["reaction_ms"] > answer["measured_ms"]
  # A machine with much else to do may drop frames, and says so.
  exact = [answer for answer in answers if not answer["marked"]]
  assert len(exact) >= 7, answers


def test_an_image_is_shown_pixel_for_pixel_and_then_masked(serve, opened):
  """Each of its pixels covers as many of the display's; the mask is grey."""
  address, _ = serve(small_studies.timed(practice=0, durations=(2000,)))
  page = opened(address)
  _press(page, "I agree")
  for _ in range(2):
    _press(page, "Go on")
  page.wait_for_timeout(1200)
  read = """() => {
    const canvas = document.querySelector("canvas");
    const { width, height } = canvas;
    const { data } = canvas.getContext("2d").getImageData(0, 0, width, height);
    return { width, pixels: Array.from(data) };
  }"""
  seen = page.evaluate(read)
  scale = seen["width"] // 8
  assert seen["width"] == 320 and len(seen["pixels"]) == 4 * 320 * 320
  rows = [
    tuple(seen["pixels"][4 * i : 4 * i + 3]) for i in range(0, 320, scale)
  ]
  assert len(set(rows)) == 8
  for column, color in enumerate(rows):
    start = column * scale
    block = [
      tuple(seen["pixels"][4 * i : 4 * i + 3])
      for i in range(start, start + scale)
    ]
    assert set(block) == {color}
  page.locator("button[value=real]:enabled").wait_for()
  assert set(page.evaluate(read)["pixels"]) == {128, 255}


def test_pairs_on_a_phone(serve, opened):
  """Table 2 of LapCVAE, stopped after one condition and gone on with."""
  address, path = serve(small_studies.paired())
  page = opened(address, width=390)
  _press(page, "I agree")
  for part in range(2):
    for _ in range(2 - part):
      assert _fits(page)
      _press(page, "Go on")
    for i in range(5):
      page.locator(".pair").wait_for()
      assert _fits(page)
      with page.expect_response("**/answers"):
        if i % 2:
          page.keyboard.press("j")
        else:
          page.locator("button[value=left]").click()
    if part == 0:
      _press(page, "Stop here")
      page.get_by_text("You have stopped").wait_for()
      page.reload()
      page.get_by_text("5 of 10 answered").wait_for()
  page.get_by_text("Thank you!").wait_for()
  answers = StudyFile(path).answers()
  part = ["left", "right", "left", "right", "left"]
  assert [answer["choice"] for answer in answers] == 2 * part


def test_who_declines_leaves_nothing(serve, opened):
  """Not even a place; and the next may still take part."""
  address, path = serve(small_studies.timed(max_participants=1))
  page = opened(address)
  _press(page, "I do not take part")
  page.get_by_text("Nothing was kept").wait_for()
  [row] = StudyFile(path)._all("SELECT COUNT(*) AS number FROM participants")
  assert row["number"] == 0
  page.reload()
  _press(page, "I agree")
  page.get_by_text("Real or generated?").wait_for()
  another = opened(address)
  _press(another, "I agree")
  another.get_by_text("All places of this study (1) are taken").wait_for()


def test_who_shares_a_browser_answers_trials_of_their_own(serve, opened):
  """On the page of who stopped, and on the one that welcomes them back."""
  address, path = serve(small_studies.paired())
  page = opened(address)
  _press(page, "I agree")

  def answer_and_stop():
    for _ in range(2):
      _press(page, "Go on")
    for _ in range(5):
      page.locator(".pair").wait_for()
      with page.expect_response("**/answers"):
        page.keyboard.press("f")
    _press(page, "Stop here")
    page.get_by_text("You have stopped").wait_for()

  answer_and_stop()
  _press(page, "Somebody else takes part")
  _press(page, "I do not take part")
  # Who looked in took nobody's place.
  page.reload()
  page.get_by_text("5 of 10 answered").wait_for()
  _press(page, "Somebody else takes part")
  _press(page, "I agree")
  answer_and_stop()
  answers = StudyFile(path).answers()
  assert [answer["participant"] for answer in answers] == [0] * 5 + [1] * 5


@pytest.mark.parametrize("mode", ["data-only", "visual"])
@pytest.mark.parametrize("kind", ["timed", "paired"])
def test_the_page_answers_a_simulated_study_by_itself(
  serve, browser, kind, mode
):
  """jsPsych's simulation, with every answer labelled."""
  options = {"durations": (50,), "repeats": 2} if kind == "timed" else {}
  # To watch one of them is enough.
  participants = 1 if mode == "visual" else 2
  request = getattr(small_studies, kind)(simulated=participants, **options)
  address, path = serve(request)
  page = browser.new_page()
  page.goto(f"{address}?mode={mode}")
  page.get_by_text("SIMULATED").wait_for()
  page.get_by_text("All simulated participants have answered").wait_for()
  page.close()
  answers = StudyFile(path).answers()
  seen = {answer["participant"] for answer in answers}
  assert seen == set(range(participants))
  assert len(answers) == (6 if kind == "timed" else 10) * participants
  assert all(answer["simulated"] for answer in answers)
