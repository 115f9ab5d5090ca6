"""Who is let through, and what browsers are told."""

import pytest

_TOKEN = "a token of this test"


def test_every_answer_has_the_headers(client):
  """Pages, pictures, messages and refusals."""
  answers = [
    client.get("/"),
    client.get("/samples"),
    client.get("/pages/edit.js"),
    client.get("/api/models"),
    client.get("/nothing"),
    client.get("/", headers={"host": "evil.example"}),
  ]
  assert [a.status_code for a in answers] == [200, 200, 200, 200, 404, 403]
  for answer in answers:
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy and "script-src 'self'" in policy
    assert "unsafe" not in policy and "frame-ancestors 'none'" in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "access-control-allow-origin" not in answer.headers
  kinds = [a.headers["content-type"].split(";")[0] for a in answers[:3]]
  assert kinds == ["text/html", "text/html", "text/javascript"]


@pytest.mark.parametrize("page", ["/", "/samples"])
def test_pages_have_no_inline_scripts_or_styles(client, page):
  """The policy would stop them."""
  text = client.get(page).text
  assert "style=" not in text and "<style" not in text
  assert "onclick" not in text and "http" not in text
  assert text.count("<script") == text.count('<script type="module" src="/')


@pytest.mark.parametrize(
  "headers",
  [
    {"origin": "http://evil.example"},
    {"origin": "null"},
    {"origin": "http://127.0.0.1:9999"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
    {"host": "evil.example"},
    {"host": "127.0.0.1.evil.example:8150"},
    {"host": "[127.0.0.1"},
    {"origin": "http://[127.0.0.1:8150"},
  ],
)
def test_other_sites_may_not_use_the_studio(client, headers):
  """Nor names that were made to lead here."""
  assert client.post("/api/desks", headers=headers).status_code == 403
  assert client.get("/api/models", headers=headers).status_code == 403


def test_its_own_pages_may(client):
  """As may a link of another site to a page, and programs."""
  own = {"origin": "http://127.0.0.1:8150", "sec-fetch-site": "same-origin"}
  assert client.post("/api/desks", headers=own).status_code == 200
  assert client.post("/api/desks").status_code == 200
  link = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate"}
  assert client.get("/", headers=link).status_code == 200
  embedded = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "no-cors"}
  assert client.get("/pages/edit.js", headers=embedded).status_code == 403


def test_an_address_carries_its_token_once(make_client):
  """Then a cookie does, which scripts and other sites never see."""
  client = make_client(_TOKEN)
  for path in ("/", "/api/models", "/?token=wrong", "/pages/edit.js"):
    answer = client.get(path)
    assert answer.status_code == 403 and "token" in answer.json()["error"]
  first = client.get("/", params={"token": _TOKEN})
  assert first.status_code == 303 and first.headers["location"] == "/"
  cookie = first.headers["set-cookie"]
  assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
  client.cookies.clear()
  assert client.get("/api/models").status_code == 403
  headers = {"cookie": cookie.split(";")[0]}
  for path in ("/", "/api/models"):
    assert client.get(path, headers=headers).status_code == 200
  away = client.get("//evil.example/", params={"token": _TOKEN})
  assert away.headers.get("location", "/").startswith("/")
  assert not away.headers.get("location", "/").startswith("//")


def test_studios_of_one_host_let_a_browser_into_each(make_client):
  """Cookies know no ports, so that both studios are sent all of them."""
  studios = [make_client(_TOKEN), make_client(f"another {_TOKEN}")]
  jar = {}
  for studio, token in zip(studios, (_TOKEN, f"another {_TOKEN}"), strict=True):
    answer = studio.get("/", params={"token": token})
    name, _, rest = answer.headers["set-cookie"].partition("=")
    jar[name] = rest.split(";")[0]
  for studio in studios:
    studio.cookies.clear()
    headers = {"cookie": "; ".join("=".join(item) for item in jar.items())}
    assert studio.get("/api/models", headers=headers).status_code == 200


def test_nothing_on_the_disk_can_be_named(client):
  """Every page is known before the first request."""
  for path in (
    "/pages/../app.py",
    "/pages/%2e%2e/app.py",
    "/pages//etc/passwd",
    "/docs",
    "/openapi.json",
  ):
    assert client.get(path).status_code == 404


def test_a_parameter_is_no_part_of_a_page(client):
  """A page is a constant."""
  plain = client.get("/").content
  assert client.get("/", params={"content": "x"}).content == plain
