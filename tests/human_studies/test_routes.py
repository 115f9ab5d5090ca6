"""What a browser can ask of a study, and what it cannot."""

import fastapi
import pytest
from fastapi.testclient import TestClient
from support import small_studies

from experiments.human_studies import routes, service

_PREFIX = "/studies/first"


@pytest.fixture(params=["timed", "paired"])
def study(request, tmp_path):
  """A study of each kind."""
  made = getattr(small_studies, request.param)()
  return small_studies.open_study(tmp_path, made)


@pytest.fixture
def client(study):
  """An application that includes the study, as any may."""
  app = fastapi.FastAPI()
  app.include_router(routes.router(study), prefix=_PREFIX)
  return TestClient(app, base_url=f"http://127.0.0.1{_PREFIX}/")


def _enrolled(client):
  person = client.post("participants", json={}).json()["participant"]
  return {"X-Participant": person}


def _answer(study, token):
  body = {
    "trial": token,
    "choice": "real",
    "reaction_ms": 321.0,
    "hidden": False,
  }
  if study.request.kind == "real_or_generated":
    body |= {"measured_ms": 50.0, "frames": 3, "frame_ms": 16.7}
  else:
    body["choice"] = "left"
  return body


def test_a_study_is_answered_from_beginning_to_end(client, study):
  """Every trial has its images; after the last answer none is open."""
  headers = _enrolled(client)
  trials = client.get("trials", headers=headers).json()
  is_timed = study.request.kind == "real_or_generated"
  assert len(trials) == (32 if is_timed else 10)
  for trial in trials:
    for token in trial["images"].values():
      picture = client.get(f"images/{token}")
      assert picture.content.startswith(b"\x89PNG")
    body = _answer(study, trial["trial"])
    assert client.post("answers", json=body, headers=headers).is_success
  trials = client.get("trials", headers=headers).json()
  assert all(trial["answered"] for trial in trials)
  assert len(study.answers()) == len(trials)


def test_nothing_that_is_sent_says_where_an_image_comes_from(client, study):
  """No source, number or row; and tokens of equal images differ."""
  first, second = _enrolled(client), _enrolled(client)
  pages = [f"pages/{name}" for name in routes._PAGES]
  replies = [client.get(name) for name in ("", "settings", *pages)]
  known = [client.get("trials", headers=h) for h in (first, second)]
  trials = [reply.json() for reply in known]
  tokens = [
    token
    for person in trials
    for trial in person
    for token in (trial["trial"], *trial["images"].values())
  ]
  assert len(set(tokens)) == len(tokens) and min(map(len, tokens)) > 20
  replies += [client.get(f"images/{token}") for token in tokens[1:60:2]]
  body = _answer(study, trials[0][0]["trial"])
  replies.append(client.post("answers", json=body, headers=first))
  assert replies[-1].content == b""
  for reply in (*replies, *known):
    for name in study.sources[1:]:
      said = reply.text + str(reply.headers)
      assert name not in said
  fields = {key for trial in trials[0] for key in trial}
  expected = "trial images practice requested_ms condition answered"
  assert fields == set(expected.split())
  assert set(client.get("settings").json()) == {
    *("study", "kind", "size", "simulated")
  }


def test_every_reply_forbids_foreign_and_inline_scripts(client):
  """They are of the page and of its data."""
  headers = _enrolled(client)
  for name in ("", "settings", "examples", "trials", "pages/study.js"):
    reply = client.get(name, headers=headers)
    assert reply.status_code == 200, name
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert "access-control-allow-origin" not in reply.headers
  page = client.get("").text
  assert "<script src=" in page and "<style" not in page
  assert "onclick" not in page and "style=" not in page


@pytest.mark.parametrize(
  "headers, status",
  [
    ({"Origin": "http://127.0.0.1"}, 200),
    ({"Sec-Fetch-Site": "same-origin"}, 200),
    ({"Origin": "http://evil.example"}, 403),
    ({"Origin": "null"}, 403),
    ({"Sec-Fetch-Site": "cross-site"}, 403),
    ({"Sec-Fetch-Site": "same-site"}, 403),
    ({"Content-Type": "text/plain"}, 415),
  ],
)
def test_only_the_study_s_own_page_may_ask(client, headers, status):
  """Neither another site, nor a form that needs no permission."""
  assert client.post("participants", json={}, headers=headers).status_code == (
    status
  )


@pytest.mark.parametrize(
  "changes, status, words",
  [
    ({"choice": "perhaps"}, 422, "choice: use"),
    ({"reaction_ms": -1}, 422, "reaction_ms"),
    ({"hidden": "yes"}, 422, "hidden"),
    ({"extra": 1}, 422, "extra"),
    ({"trial": "x" * 41}, 422, "trial"),
    ({"trial": "unknown"}, 404, "no such trial"),
    ({"choice": "r" * 5000}, 413, "4096 bytes"),
  ],
)
def test_a_wrong_answer_is_refused_in_words(
  client, study, changes, status, words
):
  """And kept nowhere."""
  headers = _enrolled(client)
  trial = client.get("trials", headers=headers).json()[0]
  body = {**_answer(study, trial["trial"]), **changes}
  reply = client.post("answers", json=body, headers=headers)
  assert reply.status_code == status and words in reply.json()["detail"]
  assert study.answers() == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff", b'{"a": NaN}'])
def test_a_body_that_is_no_answer_is_refused(client, body):
  """Whatever it is."""
  headers = {**_enrolled(client), "Content-Type": "application/json"}
  assert client.post("answers", content=body, headers=headers).status_code == (
    422
  )


@pytest.mark.parametrize(
  "name",
  [
    "pages/../routes.py",
    "pages/%2e%2e/routes.py",
    "pages//etc/passwd",
    "pages/nothing.js",
    "images/nothing",
    "images/..%2f..%2fsetup.py",
  ],
)
def test_a_name_leads_to_no_file(client, name):
  """Only what was read at the start is there."""
  reply = client.get(name)
  assert reply.status_code == 404 and "import" not in reply.text


def test_a_stranger_sees_no_trials(client):
  """Nor does one whose study was another."""
  reply = client.get("trials", headers={"X-Participant": "nobody"})
  assert reply.status_code == 404


def test_a_full_study_says_so(tmp_path):
  """The message is for the participant."""
  request = small_studies.timed(max_participants=1)
  app = fastapi.FastAPI()
  study = small_studies.open_study(tmp_path, request)
  app.include_router(routes.router(study))
  client = TestClient(app)
  assert client.post("participants", json={}).is_success
  reply = client.post("participants", json={})
  assert reply.status_code == 409
  assert "(1) are taken" in reply.json()["detail"]


@pytest.mark.parametrize(
  "host, status",
  [("127.0.0.1:1", 200), ("localhost", 200), ("evil.example", 400)],
)
def test_the_command_s_page_has_no_other_name(tmp_path, host, status):
  """A foreign name that leads here would be of the page's own origin."""
  study = small_studies.open_study(tmp_path, small_studies.timed())
  client = TestClient(service.application(study), base_url=f"http://{host}")
  assert client.get("/").status_code == status
