"""A stand-in for the Hugging Face hub: models in memory, over HTTP."""

import base64
import contextlib
import hashlib
import http.server
import json
import re
import threading
from collections.abc import Callable, Iterator

_COMMIT = "0" * 40


class Hub:
  """What the stand-in holds, and what it was asked for.

  Attributes:
    address: What `HF_ENDPOINT` has to be.
    close: Ends the serving.
    models: The files of each model by their names, by USER/NAME.
    private: The models that are private.
    requests: Methods and paths, in order.
  """

  def __init__(self, address: str, close: Callable[[], None]):
    self.address, self.close = address, close
    self.models: dict[str, dict[str, bytes]] = {}
    self.private: set[str] = set()
    self.requests: list[str] = []


@contextlib.contextmanager
def serving() -> Iterator[Hub]:
  """Serves an empty hub while the block runs."""
  server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
  thread = threading.Thread(target=server.serve_forever)

  def close():
    server.shutdown()
    thread.join()
    server.server_close()

  server.hub = Hub(f"http://127.0.0.1:{server.server_port}", close)
  thread.start()
  try:
    yield server.hub
  finally:
    close()


class _Handler(http.server.BaseHTTPRequestHandler):
  """The few requests that creating, sending and fetching make."""

  def log_message(self, *arguments):
    """Says nothing."""

  def do_POST(self):  # noqa: N802
    """Creates models and takes their files."""
    hub = self.server.hub
    hub.requests.append(f"POST {self.path}")
    body = self.rfile.read(int(self.headers["Content-Length"]))
    if self.path == "/api/repos/create":
      asked = json.loads(body)
      name = f"{asked['organization']}/{asked['name']}"
      hub.models.setdefault(name, {})
      if asked.get("private") or asked.get("visibility") == "private":
        hub.private.add(name)
      self._answer({"url": f"{hub.address}/{name}", "id": name})
    elif self.path == "/api/validate-yaml":
      self._answer({"errors": [], "warnings": []})
    elif found := re.match(
      r"/api/models/(.+)/(preupload|commit)/main", self.path
    ):
      name, step = found.groups()
      if step == "preupload":
        self._answer({"files": _modes(json.loads(body)["files"])})
      else:
        hub.models[name] |= _files(body)
        url = f"{hub.address}/{name}/commit/{_COMMIT}"
        self._answer({"commitUrl": url, "commitOid": _COMMIT})
    else:
      self._missing()

  def do_HEAD(self):  # noqa: N802
    """Answers as GET, without the content."""
    self.do_GET()

  def do_GET(self):  # noqa: N802
    """Lists models and gives their files."""
    hub = self.server.hub
    hub.requests.append(f"{self.command} {self.path}")
    path = self.path.partition("?")[0]
    if found := re.fullmatch(r"/api/models/([^/]+/[^/]+)/(\w+)/(\w+)", path):
      files = hub.models.get(found[1])
      if files is None:
        self._missing()
      elif found[2] == "tree":
        self._answer([_entry(name, files[name]) for name in files])
      else:
        siblings = [{"rfilename": name} for name in files]
        self._answer({"id": found[1], "sha": _COMMIT, "siblings": siblings})
      return
    found = re.fullmatch(r"/([^/]+/[^/]+)/resolve/\w+/(.+)", path)
    content = hub.models.get(found[1], {}).get(found[2]) if found else None
    if content is None:
      self._missing()
    else:
      digest = hashlib.sha1(content).hexdigest()
      self._send(200, content, ETag=f'"{digest}"', **{"X-Repo-Commit": _COMMIT})

  def _missing(self):
    self._send(404, b"{}", **{"X-Error-Code": "RepoNotFound"})

  def _answer(self, value):
    content = json.dumps(value).encode()
    self._send(200, content, **{"Content-Type": "application/json"})

  def _send(self, status, content, **headers):
    self.send_response(status)
    for name, value in headers.items():
      self.send_header(name, value)
    self.send_header("Content-Length", str(len(content)))
    self.end_headers()
    if self.command != "HEAD":
      self.wfile.write(content)


def _modes(files):
  """How each file is to be sent: within the commit."""
  return [
    {"path": file["path"], "uploadMode": "regular", "shouldIgnore": False}
    for file in files
  ]


def _files(body):
  """The files of a commit, one JSON object a line."""
  lines = [json.loads(line) for line in body.splitlines()]
  files = [line["value"] for line in lines if line["key"] == "file"]
  return {f["path"]: base64.b64decode(f["content"]) for f in files}


def _entry(name, content):
  digest = hashlib.sha1(content).hexdigest()
  return {"type": "file", "path": name, "oid": digest, "size": len(content)}
