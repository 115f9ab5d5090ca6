"""What the editing page asks for: `/api/desks/...`."""

import functools
import secrets
from typing import Any

from fastapi import APIRouter, Request, Response

from experiments.data import faces
from experiments.editing import edit_file, step
from experiments.system import errors
from experiments.web_studio import uploads
from experiments.web_studio.desk import Desk
from experiments.web_studio.history import changed_box
from experiments.web_studio.rooms import Rooms

_EXAMPLE_SIDE = 512
_EXAMPLES = 1000
# A step has a painting of a level and a region of the photograph's size.
_STEP_BYTES = 16 * 2**20


def router(rooms: Rooms) -> APIRouter:
  """Returns the routes of the editing page."""
  api = APIRouter(prefix="/api/desks")

  async def changed(name: str, change, kind: str = "change") -> dict[str, Any]:
    """The state of a desk after a change that the worker made."""
    desk = rooms.desks.get(name)
    await rooms.worked(lambda job: change(desk, job), (name, kind))
    rooms.desks.tidy(name)
    return desk.state

  async def sent(request: Request):
    content = await uploads.body(request)
    return await rooms.in_thread(uploads.photograph, content)

  @api.post("")
  async def new(model: str | None = None):
    name, desk = rooms.desks.new(rooms.models.editing(model))
    return {"desk": name, **desk.state}

  @api.get("/{name}")
  async def state(name: str):
    return rooms.desks.get(name).state

  @api.delete("/{name}")
  async def close(name: str):
    rooms.desks.close(name)
    return {}

  @api.post("/{name}/photograph")
  async def open_photograph(name: str, request: Request):
    rooms.desks.get(name)
    pixels = await sent(request)
    return await changed(name, lambda desk, job: desk.open(pixels))

  @api.post("/{name}/example")
  async def open_example(name: str, index: int | None = None):
    return await changed(name, lambda desk, job: desk.open(_example(index)))

  @api.post("/{name}/second")
  async def open_second(name: str, request: Request):
    rooms.desks.get(name)
    pixels = await sent(request)
    return await changed(name, lambda desk, job: desk.open_second(pixels))

  @api.post("/{name}/second_example")
  async def open_second_example(name: str, index: int | None = None):
    return await changed(
      name, lambda desk, job: desk.open_second(_example(index))
    )

  @api.post("/{name}/window")
  async def place(name: str, request: Request):
    box = (await uploads.json_body(request, 1000)).get("box")
    if not isinstance(box, list) or [type(n) for n in box] != [int] * 3:
      raise errors.UserError("The window is LEFT, TOP, SIDE: three integers.")
    return await changed(
      name, lambda desk, job: desk.place(tuple(box)), "window"
    )

  @api.post("/{name}/model")
  async def use(name: str, model: str):
    chosen = rooms.models.editing(model)
    # Of its own kind: what is opened meanwhile is opened with this model.
    return await changed(name, lambda desk, job: desk.use(chosen), "model")

  @api.post("/{name}/draw")
  async def draw(name: str, request: Request):
    desk = rooms.desks.get(name)
    value = await uploads.json_body(request, _STEP_BYTES)
    asked = await rooms.in_thread(
      step.parse, value, uploads.MAX_PIXELS, desk.second
    )
    drawing = await rooms.worked(
      lambda job: desk.draw(asked, job), (name, "draw")
    )
    rooms.desks.tidy(name)
    return {"drawing": drawing.number, "count": len(drawing.variations)}

  @api.get("/{name}/progress")
  async def progress(name: str):
    state, done, total = rooms.worker.progress((name, "draw"))
    return {"state": state, "done": done, "total": total}

  @api.post("/{name}/cancel")
  async def cancel(name: str):
    rooms.worker.cancel((name, "draw"))
    return {}

  @api.post("/{name}/accept")
  async def accept(name: str, drawing: int, chosen: int):
    return await changed(
      name, lambda desk, job: desk.accept(drawing, chosen), "accept"
    )

  @api.post("/{name}/history")
  async def go_to(name: str, position: int):
    return await changed(
      name, lambda desk, job: desk.go_to(position), "history"
    )

  @api.post("/{name}/edit")
  async def open_edit(name: str, request: Request):
    rooms.desks.get(name)
    content = await uploads.body(request, uploads.MAX_EDIT_BYTES)
    edit = await rooms.in_thread(
      edit_file.parse, content, "The file", uploads.MAX_PIXELS
    )
    return await changed(
      name, lambda desk, job: desk.open_edit(edit, "The file", job)
    )

  @api.get("/{name}/edit.json")
  async def save_edit(
    name: str, drawing: int | None = None, chosen: int | None = None
  ):
    desk = rooms.desks.get(name)
    last = None if drawing is None or chosen is None else (drawing, chosen)
    content = await rooms.worked(lambda job: edit_file.written(desk.file(last)))
    return _download(content, "application/json", "edit.json")

  @api.get("/{name}/photograph.png")
  async def photograph(name: str, download: bool = False):
    desk = rooms.desks.get(name)
    content = await rooms.in_thread(uploads.png, desk.opened().pixels)
    return _download(content, "image/png", "edit.png" if download else None)

  @api.get("/{name}/levels/{kind}/{k}.png")
  async def level(name: str, kind: str, k: int):
    photograph = rooms.desks.get(name).opened()
    levels = {
      "original": photograph.levels,
      "reconstruction": photograph.reconstructions or [],
    }.get(kind, [])
    if not 0 <= k < len(levels):
      raise errors.UserError(f"There is no {kind} of level {k}.")
    return _png(levels[k])

  @api.get("/{name}/second.png")
  async def second(name: str):
    desk = rooms.desks.get(name)
    if desk.second is None:
      raise errors.UserError("Open a second photograph first.")
    return _png(desk.second)

  @api.get("/{name}/variations/{number}/{kind}.png")
  async def variations(name: str, number: int, kind: str):
    drawing = rooms.desks.get(name).newest(number)
    drawn = drawing.previews if kind == "previews" else drawing.variations
    return _png(uploads.strip(drawn))

  @api.get("/{name}/composites/{number}/{chosen}.png")
  async def composite(
    name: str, number: int, chosen: int, download: bool = False
  ):
    desk = rooms.desks.get(name)
    work = functools.partial(_composited, desk, number, chosen, download)
    # The next thumbnail replaces what is only looked at.
    key = None if download else (name, "composite")
    content, corner = await rooms.worked(lambda job: work(), key)
    # The first composite of a drawing prepares all others.
    rooms.desks.tidy(name)
    answer = _download(content, "image/png", "edit.png" if download else None)
    answer.headers["studio-corner"] = corner
    return answer

  return api


def _composited(
  desk: Desk, number: int, chosen: int, whole: bool
) -> tuple[bytes, str]:
  """The part of a composite that changed, and its place; or all of it."""
  if whole:
    return uploads.png(desk.result(number, chosen)), "0,0"
  result = desk.composite(number, chosen)
  rows, columns = changed_box(desk.opened().pixels, result)
  return uploads.png(result[rows, columns]), f"{columns.start},{rows.start}"


def _example(index: int | None):
  """A drawn face; its index selects it."""
  if index is None:
    index = secrets.randbelow(_EXAMPLES)
  if not 0 <= index < _EXAMPLES:
    raise errors.UserError(f"Examples are 0 to {_EXAMPLES - 1}.")
  # Neither the training's faces nor the test's.
  face = faces.sample_face(seed=7_000_000, index=index)
  return faces.render(face, _EXAMPLE_SIDE)


def _png(pixels) -> Response:
  return Response(uploads.png(pixels), media_type="image/png")


def _download(content: bytes, kind: str, name: str | None) -> Response:
  headers = {}
  if name is not None:
    headers["content-disposition"] = f'attachment; filename="{name}"'
  return Response(content, media_type=kind, headers=headers)
