"""Who may ask, and what browsers are told: around every request."""

import hashlib
import hmac
import http.cookies
import json
import urllib.parse
from collections.abc import Mapping, Sequence

from experiments.system import http_headers
from experiments.system.listening import LOOPBACK

COOKIE = "studio_token"

HEADERS = {
  "Content-Security-Policy": (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' "
    "blob: data:; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
  ),
  "X-Content-Type-Options": "nosniff",
  "X-Frame-Options": "DENY",
  "Referrer-Policy": "no-referrer",
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Resource-Policy": "same-origin",
  "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
  "Cache-Control": "no-store",
}


class Access:
  """An ASGI application that lets the studio's own pages through, and no other.

  Pages of other sites may link to the studio, and nothing else. Without a token
  only names of this machine are answered, so that no foreign name that was made
  to lead here reaches it.
  """

  def __init__(self, app, token: str | None, open_paths: Sequence[str] = ()):
    """Wraps an application.

    Args:
      app: The application.
      token: What an address must carry once as `?token=`; None lets everybody
        in who reaches it by a name of this machine.
      open_paths: What lies under these paths needs no token. They must be as
        hard to guess as one, because any name of a host leads to them then.
    """
    self._app = app
    self._token = token
    self._open_paths = tuple(open_paths)
    # A cookie may not have every character that a token may.
    self._cookie = hashlib.sha256((token or "").encode()).hexdigest()
    # Browsers keep cookies by host and not by port, and another studio may
    # have another port of the host.
    self._cookie_name = f"{COOKIE}_{self._cookie[:8]}"

  async def __call__(self, scope, receive, send):
    """Answers one request."""
    if scope["type"] == "lifespan":
      await self._app(scope, receive, send)
      return
    if scope["type"] != "http":
      # Nothing here speaks WebSocket.
      return
    headers = http_headers.decoded(scope)
    query = urllib.parse.parse_qs(scope["query_string"].decode("latin-1"))
    given = query.get("token", [""])[0]
    if problem := self._problem(scope, headers, given):
      await _answer(send, 403, json.dumps({"error": problem}).encode())
      return
    if (
      self._token is not None
      and self._matches(given)
      and scope["method"] == "GET"
    ):
      # The token leaves the address bar, and with it the browser's history.
      cookie = (
        f"{self._cookie_name}={self._cookie}; Path=/; HttpOnly; SameSite=Strict"
      )
      path = scope["path"].encode("latin-1", "replace")
      # A path of two slashes would name another machine.
      target = b"/" + path.lstrip(b"/\\")
      extra = [(b"location", target), (b"set-cookie", cookie.encode())]
      await _answer(send, 303, b"", extra)
      return

    async def send_with_headers(message):
      if message["type"] == "http.response.start":
        own = {name.lower() for name, _ in message["headers"]}
        message["headers"] = [*message["headers"]] + [
          (name.lower().encode(), value.encode())
          for name, value in HEADERS.items()
          if name.lower().encode() not in own
        ]
      await send(message)

    await self._app(scope, receive, send_with_headers)

  def _problem(
    self, scope, headers: Mapping[str, str], given: str
  ) -> str | None:
    """Why a request is refused, or None."""
    host = headers.get("host", "")
    if self._token is None:
      if http_headers.address_parts(f"//{host}").hostname not in LOOPBACK:
        return (
          f"The studio does not answer to the name {host!r}. Use the address "
          "that it printed."
        )
    elif not self._is_open(scope["path"]) and not self._knows_token(
      headers, given
    ):
      return (
        "This address lacks its token. Use the whole address that the studio "
        "printed, with ?token=."
      )
    site = headers.get("sec-fetch-site", "none")
    is_visit = (
      scope["method"] in ("GET", "HEAD")
      and headers.get("sec-fetch-mode", "navigate") == "navigate"
      and not scope["path"].startswith("/api/")
    )
    origin = headers.get("origin")
    foreign = site not in ("same-origin", "none") and not is_visit
    if origin is not None:
      # Behind a proxy the scheme may differ; the machine and port may not.
      foreign |= http_headers.address_parts(origin).netloc != host
    if foreign:
      return "Pages of other sites may not use the studio."
    return None

  def _is_open(self, path: str) -> bool:
    return any(
      path == open_path or path.startswith(f"{open_path}/")
      for open_path in self._open_paths
    )

  def _matches(self, given: str) -> bool:
    return hmac.compare_digest(given.encode(), (self._token or "").encode())

  def _knows_token(self, headers: Mapping[str, str], given: str) -> bool:
    cookies: http.cookies.SimpleCookie = http.cookies.SimpleCookie()
    try:
      cookies.load(headers.get("cookie", ""))
    except http.cookies.CookieError:
      return False
    name = self._cookie_name
    stored = cookies[name].value if name in cookies else ""
    return self._matches(given) or hmac.compare_digest(
      stored.encode(), self._cookie.encode()
    )


async def _answer(send, status, body, extra=()):
  headers = [
    (name.lower().encode(), value.encode()) for name, value in HEADERS.items()
  ]
  headers += [(b"content-type", b"application/json"), *extra]
  headers.append((b"content-length", str(len(body)).encode()))
  await send(
    {"type": "http.response.start", "status": status, "headers": headers}
  )
  await send({"type": "http.response.body", "body": body})
