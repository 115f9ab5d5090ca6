"""The addresses of a study, for any FastAPI application to include.

`app.include_router(routes.router(study), prefix="/study")` serves the page at
`/study/`. A browser learns random tokens, presentation times and pixels; never
where an image comes from, nor whether an answer was right. What it asks for is
looked up among tokens and among files read at the start: nothing in a request
names a file.
"""

import pathlib
from typing import Annotated

import fastapi
import pydantic

from experiments.human_studies.answer import CHOICES, Answer
from experiments.human_studies.study_file import StudyFile, StudyIsFull
from experiments.system import http_headers

_MAX_BODY = 4096

_HEADERS = {
  "Content-Security-Policy": (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
  ),
  "X-Content-Type-Options": "nosniff",
  "Referrer-Policy": "no-referrer",
  "Cache-Control": "no-store",
}

# A table of the system's may call a script plain text, which no browser runs.
_TYPES = {
  ".html": "text/html",
  ".css": "text/css",
  ".js": "text/javascript",
  ".svg": "image/svg+xml",
  ".txt": "text/plain",
}

_ROOT = pathlib.Path(__file__).parent / "pages"
_PAGES = {
  path.relative_to(_ROOT).as_posix(): path.read_bytes()
  for path in _ROOT.rglob("*")
  if path.is_file()
}

_Token = Annotated[str, pydantic.StringConstraints(max_length=40)]
_Milliseconds = Annotated[
  float, pydantic.Field(ge=0, le=1e9, allow_inf_nan=False)
]


class _PairAnswer(pydantic.BaseModel):
  """The body of an answer; see `Answer`."""

  model_config = pydantic.ConfigDict(extra="forbid", strict=True)

  trial: _Token
  choice: str
  reaction_ms: _Milliseconds
  hidden: bool


class _TimedAnswer(_PairAnswer):
  """The same for an image that was shown for a while."""

  measured_ms: _Milliseconds
  frames: Annotated[int, pydantic.Field(ge=0, le=10**6)]
  frame_ms: Annotated[float, pydantic.Field(gt=0, le=1000)]


def router(study: StudyFile) -> fastapi.APIRouter:
  """Returns the addresses of a study."""
  routes = fastapi.APIRouter()
  guarded = [fastapi.Depends(_from_the_page_itself)]
  request = study.request
  is_timed = request.kind == "real_or_generated"
  body_of_answer = _TimedAnswer if is_timed else _PairAnswer

  @routes.get("/")
  def page() -> fastapi.Response:
    return _file("index.html")

  @routes.get("/pages/{name:path}", dependencies=guarded)
  def page_file(name: str) -> fastapi.Response:
    return _file(name)

  @routes.get("/settings", dependencies=guarded)
  def settings(response: fastapi.Response) -> dict:
    response.headers.update(_HEADERS)
    return {
      "study": study.token,
      "kind": request.kind,
      "size": study.size,
      "simulated": bool(request.simulated),
    }

  @routes.get("/examples", dependencies=guarded)
  def examples() -> fastapi.Response:
    return _png(study.examples)

  @routes.get("/images/{token}", dependencies=guarded)
  def image(token: str) -> fastapi.Response:
    png = study.image(token)
    if png is None:
      raise fastapi.HTTPException(404, "This study shows no such image.")
    return _png(png)

  @routes.post("/participants", dependencies=guarded)
  def enrol(response: fastapi.Response) -> dict:
    response.headers.update(_HEADERS)
    try:
      return {"participant": study.enrol()}
    except StudyIsFull as error:
      raise fastapi.HTTPException(409, str(error)) from error

  @routes.get("/trials", dependencies=guarded)
  def trials(
    response: fastapi.Response,
    x_participant: Annotated[str, fastapi.Header(max_length=40)],
  ) -> list[dict]:
    response.headers.update(_HEADERS)
    known = study.trials(x_participant)
    if known is None:
      raise fastapi.HTTPException(404, "This study has no such participant.")
    return known

  @routes.post("/answers", dependencies=guarded, status_code=204)
  def answer(
    x_participant: Annotated[str, fastapi.Header(max_length=40)],
    body: Annotated[bytes, fastapi.Depends(_small_body)],
  ) -> None:
    try:
      given = body_of_answer.model_validate_json(body).model_dump()
    except pydantic.ValidationError as error:
      raise fastapi.HTTPException(422, _in_words(error)) from error
    if given["choice"] not in CHOICES[request.kind]:
      raise fastapi.HTTPException(
        422, f"choice: use {' or '.join(CHOICES[request.kind])}."
      )
    if not study.answer(x_participant, given.pop("trial"), Answer(**given)):
      raise fastapi.HTTPException(404, "This participant has no such trial.")

  return routes


def _from_the_page_itself(request: fastapi.Request) -> None:
  """Refuses what another site makes a browser send."""
  site = request.headers.get("sec-fetch-site", "same-origin")
  origin = request.headers.get("origin")
  host = request.headers.get("host")
  foreign = origin and http_headers.address_parts(origin).netloc != host
  if foreign or site not in ("same-origin", "none"):
    raise fastapi.HTTPException(403, "Only the study's own page may ask this.")
  kind = request.headers.get("content-type", "").partition(";")[0]
  if request.method == "POST" and kind != "application/json":
    # Another site can send JSON only after asking, which nobody answers.
    raise fastapi.HTTPException(415, "Send application/json.")


async def _small_body(request: fastapi.Request) -> bytes:
  """Reads a body, and no more than an answer has."""
  body = b""
  async for chunk in request.stream():
    body += chunk
    if len(body) > _MAX_BODY:
      raise fastapi.HTTPException(
        413, f"An answer has at most {_MAX_BODY} bytes."
      )
  return body


def _file(name: str) -> fastapi.Response:
  if name not in _PAGES:
    raise fastapi.HTTPException(404, "There is no such page.")
  kind = _TYPES[pathlib.PurePath(name).suffix]
  return fastapi.Response(_PAGES[name], media_type=kind, headers=_HEADERS)


def _png(png: bytes) -> fastapi.Response:
  return fastapi.Response(png, media_type="image/png", headers=_HEADERS)


def _in_words(error: pydantic.ValidationError) -> str:
  return "; ".join(
    f"{'.'.join(map(str, one['loc'])) or 'answer'}: {one['msg']}"
    for one in error.errors()
  )
