"""Around every request: who may ask, how much, in what form, which version."""

import asyncio
import hmac
import json
import re
from collections.abc import Mapping

from absl import logging

from experiments.model_server import version_names
from experiments.system import http_headers
from experiments.system.listening import LOOPBACK

# What says only that the server is there, as probes ask.
_OPEN = re.compile(r"/|/v2/health/(live|ready)")
_VERSION = re.compile(r"(/v[12]/models/[^/]+)/versions/(\d+)(.*)", re.DOTALL)
_LONGEST_PAUSE = 30.0
# What curl and urllib call every body, and what others call JSON with its
# charset told, which KServe reads only under its bare name.
_JSON = re.compile(
  r"application/x-www-form-urlencoded\s*(;.*)?|application/json\s*;.*",
  re.IGNORECASE | re.DOTALL,
)


class Gate:
  """An ASGI application that lets in what another may answer.

  Without a token only names of this machine are answered, and no pages of other
  sites, so that neither a browser nor a foreign name leads here. With one,
  requests carry it as `Authorization: Bearer TOKEN`, probes aside.
  """

  def __init__(self, app, token: str | None, max_bytes: int):
    """Wraps an application.

    Args:
      app: The application.
      token: What requests must carry; None lets in who reaches it by a name of
        this machine.
      max_bytes: The most bytes of a request's body.
    """
    self._app = app
    self._token = token
    self._max_bytes = max_bytes

  async def __call__(self, scope, receive, send):
    """Answers one request."""
    if scope["type"] == "lifespan":
      await self._app(scope, receive, send)
      return
    if scope["type"] != "http":
      # Nothing here speaks WebSocket.
      return
    headers = http_headers.decoded(scope)
    if problem := self._problem(scope, headers):
      await _answer(send, *problem)
      return
    try:
      body = await _body(headers, receive, self._max_bytes)
    except _CutError:
      return
    except TimeoutError:
      await _answer(send, 408, "The request stopped half way; send it again.")
      return
    if body is None:
      await _answer(
        send,
        413,
        f"A request has at most {self._max_bytes:,} bytes. Send fewer images "
        "at a time, or as PNG files.",
      )
      return
    if _is_json(headers):
      others = [
        (name, value)
        for name, value in scope["headers"]
        if name.lower() != b"content-type"
      ]
      told = (b"content-type", b"application/json")
      scope = {**scope, "headers": [*others, told]}
    if found := _VERSION.fullmatch(scope["path"]):
      # KServe's routes know no versions, but its repository has their names.
      path = version_names.written(found[1], found[2]) + found[3]
      scope = {**scope, "path": path, "raw_path": path.encode()}
    await self._pass_on(scope, body, receive, send)

  async def _pass_on(self, scope, body: bytes, receive, send) -> None:
    sent = started = False

    async def whole():
      nonlocal sent
      if sent:
        return await receive()
      sent = True
      return {"type": "http.request", "body": body, "more_body": False}

    async def noted(message):
      nonlocal started
      started = True
      await send(message)

    try:
      await self._app(scope, whole, noted)
    except Exception as error:
      # Handlers of all exceptions raise them again, after their answer.
      logging.error("%s failed: %r", scope["path"], error)
      if not started:
        await _answer(send, 500, "This failed; the server's log says why.")

  def _problem(
    self, scope, headers: Mapping[str, str]
  ) -> tuple[int, str] | None:
    """Status and message of a refusal, or None."""
    if scope["path"].startswith("/v2/repository/"):
      return 403, "Requests load and unload no models; their folders do."
    if self._token is None:
      host = http_headers.address_parts(f"//{headers.get('host', '')}").hostname
      if host not in LOOPBACK:
        return 403, f"This server does not answer to the name {host!r}."
      origin = headers.get("origin")
      if (
        origin is not None
        and http_headers.address_parts(origin).hostname not in LOOPBACK
      ):
        return 403, "Pages of other sites may not use this server."
      return None
    if _OPEN.fullmatch(scope["path"]):
      return None
    kind, _, given = headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not hmac.compare_digest(
      given.strip().encode("utf-8"), self._token.encode("utf-8")
    ):
      return 401, "Send the server's token: Authorization: Bearer TOKEN."
    return None


def _is_json(headers: Mapping[str, str]) -> bool:
  """Returns whether a body is JSON under another name."""
  return (
    # Numbers as bytes follow the JSON.
    "inference-header-content-length" not in headers
    and _JSON.fullmatch(headers.get("content-type", "")) is not None
  )


class _CutError(Exception):
  """The sender has gone."""


async def _body(
  headers: Mapping[str, str], receive, max_bytes: int
) -> bytes | None:
  """Returns a whole body; None, without keeping it, if it is too large."""
  told = headers.get("content-length", "0")
  told = int(told) if told.isdecimal() else 0
  # A little more is read and forgotten, so that the sender hears the answer.
  if told > 8 * max_bytes:
    return None
  parts, size = [], 0
  while True:
    message = await asyncio.wait_for(receive(), _LONGEST_PAUSE)
    if message["type"] == "http.disconnect":
      raise _CutError
    size += len(message.get("body", b""))
    if size > max_bytes:
      parts = []
    else:
      parts.append(message.get("body", b""))
    if not message.get("more_body", False):
      return None if size > max_bytes else b"".join(parts)
    if size > 8 * max_bytes:
      return None


async def _answer(send, status: int, message: str) -> None:
  body = json.dumps({"error": message}).encode()
  headers = [
    (b"content-type", b"application/json"),
    (b"content-length", str(len(body)).encode()),
  ]
  if status == 401:
    headers.append((b"www-authenticate", b"Bearer"))
  await send(
    {"type": "http.response.start", "status": status, "headers": headers}
  )
  await send({"type": "http.response.body", "body": body})
