"""Who may ask the server."""

import asyncio

import pytest

pytest.importorskip("kserve", reason="the model server needs kserve")

from fastapi.testclient import TestClient  # noqa: E402

from experiments.model_server import gate  # noqa: E402
from experiments.model_server.gate import Gate  # noqa: E402

_TOKEN = "a long secret"


async def _echo(scope, receive, send):
  body = (await receive())["body"] + scope["path"].encode()
  start = {"type": "http.response.start", "status": 200, "headers": []}
  await send(start)
  await send({"type": "http.response.body", "body": body})


def _client(token=None, host="127.0.0.1"):
  return TestClient(Gate(_echo, token, 100), base_url=f"http://{host}")


@pytest.mark.parametrize("host", ["127.0.0.1:8080", "localhost", "[::1]:80"])
def test_names_of_this_machine_are_answered(host):
  """Without a token, with any port."""
  assert _client(host=host).get("/metrics").status_code == 200


@pytest.mark.parametrize(
  "headers",
  [
    {"host": "models.example"},
    {"host": ""},
    {"host": "127.0.0.1.example"},
    {"origin": "https://pages.example"},
    {"origin": "null"},
  ],
)
def test_other_names_and_pages_are_not(headers):
  """A name that leads here may not, and no page of another site may ask."""
  answer = _client().get("/v1/models", headers=headers)
  assert answer.status_code == 403 and "error" in answer.json()


@pytest.mark.parametrize(
  "given, status",
  [
    (f"Bearer {_TOKEN}", 200),
    (f"bearer  {_TOKEN}", 200),
    (_TOKEN, 401),
    ("Bearer", 401),
    ("Bearer another", 401),
    (f"Basic {_TOKEN}", 401),
    ("", 401),
  ],
)
def test_a_token_is_asked_for(given, status):
  """Whatever name leads here."""
  client = _client(_TOKEN, "models.example")
  headers = {"authorization": given}
  assert client.get("/metrics", headers=headers).status_code == status


@pytest.mark.parametrize("path", ["/", "/v2/health/live", "/v2/health/ready"])
def test_probes_need_no_token(path):
  """They say only that the server is there."""
  assert _client(_TOKEN).get(path).status_code == 200
  assert _client(_TOKEN).get(f"{path}x").status_code == 401


@pytest.mark.parametrize(
  "path, led",
  [
    ("/v1/models/a/versions/3:predict", "/v1/models/a@3:predict"),
    ("/v2/models/a/versions/3/infer", "/v2/models/a@3/infer"),
    ("/v2/models/a/versions/3", "/v2/models/a@3"),
    ("/v2/models/a/versions/x/infer", "/v2/models/a/versions/x/infer"),
  ],
)
def test_versions_are_names(path, led):
  """KServe's routes know no versions."""
  assert _client().get(path).text == led


@pytest.mark.parametrize("size, status", [(100, 200), (101, 413)])
def test_bodies_have_a_limit(size, status):
  """In bytes, whether their length is told or not."""
  for content in (b"x" * size, iter([b"x" * 50, b"x" * (size - 50)])):
    assert _client().post("/", content=content).status_code == status


def test_an_upload_that_stops_is_let_go_of(monkeypatch):
  """After the longest pause; one that is cut is answered by nobody."""
  monkeypatch.setattr(gate, "_LONGEST_PAUSE", 0.05)
  sent = []

  async def send(message):
    sent.append(message)

  async def stalls():
    await asyncio.sleep(5)

  async def cut():
    return {"type": "http.disconnect"}

  scope = {
    "type": "http",
    "path": "/",
    "headers": [(b"host", b"localhost")],
  }
  asyncio.run(Gate(_echo, None, 100)(scope, stalls, send))
  assert sent[0]["status"] == 408
  sent.clear()
  asyncio.run(Gate(_echo, None, 100)(scope, cut, send))
  assert not sent
