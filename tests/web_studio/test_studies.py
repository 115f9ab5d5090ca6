"""Studies at the studio's address, and what their participants reach."""

import pytest
from fastapi.testclient import TestClient
from support import commands, small_studies

from experiments.human_studies.study_file import StudyFile
from experiments.system import errors
from experiments.web_studio import app
from experiments.web_studio.studies import Studies
from experiments.web_studio.worker import Worker

_TOKEN = "a token of this test"


@pytest.fixture
def path(tmp_path):
  """The file of a small study."""
  return small_studies.write(tmp_path, small_studies.timed())


@pytest.fixture
def make_participant(models, path):
  """`make_participant(token, host)`: a browser without the studio's token."""
  workers = []

  def make(token, host="127.0.0.1:8150"):
    workers.append(Worker())
    studio = app.make(models, token, None, workers[-1], studies=Studies([path]))
    return TestClient(studio, base_url=f"http://{host}", follow_redirects=False)

  yield make
  for worker in workers:
    worker.close()


@pytest.fixture
def address(models, path, listening):
  """Where a studio with the study listens."""
  worker = Worker()
  studies = Studies([path])
  with listening(app.make(models, worker=worker, studies=studies)) as place:
    yield place
  worker.close()


@pytest.mark.parametrize("token", [None, _TOKEN])
def test_a_participant_without_a_token_answers_a_trial(
  make_participant, path, token
):
  """The page, its files, pictures and answers, by the study's own routes."""
  study = StudyFile(path)
  place = f"/studies/{study.token}"
  person = make_participant(token)
  assert person.get(place).headers["location"].endswith(f"{place}/")
  page = person.get(f"{place}/")
  assert page.status_code == 200 and "pages/study.js" in page.text
  assert person.get(f"{place}/pages/study.js").status_code == 200
  assert person.get(f"{place}/settings").json()["study"] == study.token
  name = person.post(f"{place}/participants", json={}).json()["participant"]
  headers = {"X-Participant": name}
  [first, *_] = person.get(f"{place}/trials", headers=headers).json()
  picture = person.get(f"{place}/images/{first['images']['image']}")
  assert picture.headers["content-type"] == "image/png"
  answer = {
    **{"trial": first["trial"], "choice": "real", "reaction_ms": 1.0},
    **{"hidden": False, "measured_ms": 50.0, "frames": 3, "frame_ms": 16.7},
  }
  done = person.post(f"{place}/answers", json=answer, headers=headers)
  assert done.status_code == 204 and len(study.answers()) == 1


def test_a_participant_reaches_nothing_else_at_another_host(
  make_participant, path
):
  """Neither beside the study nor through it, whatever a path looks like."""
  place = f"/studies/{StudyFile(path).token}"
  person = make_participant(_TOKEN, "studio.example:8150")
  assert person.get(f"{place}/").status_code == 200
  for other in (
    *("/", "/samples", "/studies", "/studies/", "/api/studies", "/api/models"),
    *(f"{place}x/", "/studies/other/", "/pages/edit.js"),
  ):
    assert person.get(other).status_code == 403, other
  assert person.post("/api/desks").status_code == 403
  for through in ("/..%2f..%2fapi/models", "/%2e%2e/%2e%2e/api/models"):
    assert person.get(place + through).status_code in (403, 404), through
  assert person.get(f"{place}/api/models").status_code == 404
  # A wrong token on the open address is no way to a cookie.
  answer = person.get(f"{place}/?token=guessed")
  assert "set-cookie" not in answer.headers


def test_refusals_of_a_study_keep_their_own_form(make_participant, path):
  """Its page reads `detail`, the studio's pages `error`."""
  place = f"/studies/{StudyFile(path).token}"
  person = make_participant(None)
  assert "no such image" in person.get(f"{place}/images/none").json()["detail"]
  foreign = {"origin": "http://evil.example"}
  answer = person.post(f"{place}/participants", json={}, headers=foreign)
  assert answer.status_code == 403
  elsewhere = person.get(f"{place}/", headers={"host": "evil.example"})
  assert elsewhere.status_code == 403


def test_the_studio_lists_its_studies_without_their_runs(
  make_participant, path
):
  """Who reads over a shoulder learns nothing."""
  listed = make_participant(None).get("/api/studies")
  [study] = listed.json()
  assert study["address"] == f"/studies/{StudyFile(path).token}/"
  assert study["file"] == "study.sqlite" and not study["simulated"]
  assert "secret" not in listed.text


def test_a_file_that_is_no_study_is_named(tmp_path, path):
  """Before any model is loaded; nor may one be named twice."""
  wrong = tmp_path / "wrong.sqlite"
  wrong.write_text("nothing")
  words = commands.refusal("studio", f"--studies={wrong}", "--noopen")
  assert "wrong.sqlite" in words and "experiments.study" in words
  with pytest.raises(errors.UserError, match="twice"):
    Studies([path, path])


def test_the_page_of_studies_leads_to_a_study(open_page, address, path):
  """By a link, and by the address that it copies."""
  page = open_page(
    "/studies", permissions=["clipboard-read", "clipboard-write"]
  )
  expected = f"{address}/studies/{StudyFile(path).token}/"
  assert page.inner_text("#studies code") == expected
  page.click("#studies button")
  page.wait_for_selector("#notice:has-text('Copied')")
  copied = page.evaluate("navigator.clipboard.readText()")
  assert copied == expected
  with page.expect_popup() as told:
    page.click("#studies a")
  told.value.wait_for_selector("button:has-text('agree')")
  assert told.value.url == expected
