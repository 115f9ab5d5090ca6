"""What the samples page asks for: `/api/samples/...`."""

from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request

from experiments.config.requests.sample import SampleRequest
from experiments.editing import json_values
from experiments.measures.neighbours import nearest
from experiments.system import errors
from experiments.web_studio import uploads
from experiments.web_studio.models import Model
from experiments.web_studio.rooms import Rooms

_MOST = 100
_Page = Annotated[str, Query(max_length=80)]
"""A name that a page makes up, by which its newer search replaces its older."""
_SAMPLE = ("count", "seed", "temperature", "labels", "fixed_coarsest")
_KINDS = {
  "model": str,
  "count": int,
  "seed": int,
  "temperature": float,
  "labels": list,
  "fixed_coarsest": bool,
  "level": int,
  "coarse": str,
  "label": str,
}


def router(rooms: Rooms) -> APIRouter:
  """Returns the routes of the samples page."""
  api = APIRouter(prefix="/api/samples")

  @api.post("")
  async def sample(request: Request):
    asked = _checked(await uploads.json_body(request, 10_000), *_SAMPLE)
    model, wanted = _wanted(rooms, asked)
    levels = await rooms.worked(lambda job: model.draw(wanted))
    return {
      "count": wanted.count,
      "levels": [uploads.base64_png(uploads.strip(level)) for level in levels],
    }

  @api.post("/neighbours")
  async def neighbours(request: Request, page: _Page):
    asked = _checked(await uploads.json_body(request, 10_000), *_SAMPLE)
    model, wanted = _wanted(rooms, asked)
    # Images follow from the request, so that none has to be sent back.
    levels = await rooms.worked(lambda job: model.draw(wanted))

    def search(job):
      train = rooms.training_images.of(model.run)
      found = nearest(levels[0], train, report=job.report)
      numbers = found.index[:, 0]
      beside = np.concatenate([train.images(int(i), 1) for i in numbers])
      return found, beside, train.num_images

    found, beside, searched = await rooms.searched(search, _key(page))
    return {
      "count": wanted.count,
      "images": uploads.base64_png(uploads.strip(beside)),
      "numbers": found.index[:, 0].tolist(),
      "distances": found.distance[:, 0].tolist(),
      "searched": searched,
    }

  @api.get("/neighbours")
  async def progress(page: _Page):
    state, done, total = rooms.searcher.progress(_key(page))
    return {"state": state, "done": done, "total": total}

  @api.delete("/neighbours")
  async def cancel(page: _Page):
    rooms.searcher.cancel(_key(page))
    return {}

  @api.post("/refinements")
  async def refine(request: Request):
    asked = _checked(
      await uploads.json_body(request, 2 * 2**20),
      "count",
      "seed",
      "level",
      "coarse",
      "label",
    )
    model = rooms.models.named(asked.pop("model", None))
    coarse = uploads.small_picture(asked.get("coarse"), "The coarse image")
    count = asked.get("count", 16)
    drawn = await rooms.worked(
      lambda job: model.refine(
        coarse,
        asked.get("level", 1),
        count,
        asked.get("seed", 0),
        asked.get("label", ""),
      )
    )
    return {
      "count": count,
      "images": uploads.base64_png(uploads.strip(drawn)),
    }

  return api


def _wanted(rooms: Rooms, asked: dict[str, Any]) -> tuple[Model, SampleRequest]:
  model = rooms.models.named(asked.pop("model", None))
  asked["labels"] = tuple(map(str, asked.get("labels", ())))
  return model, SampleRequest(**{"count": 36, "batch_size": _MOST, **asked})


def _key(page: str) -> tuple[str, str]:
  return "neighbours", page


def _checked(value: dict[str, Any], *names: str) -> dict[str, Any]:
  """Values of a request by name, each of its kind."""
  checked = {}
  for name, found in value.items():
    if name not in ("model", *names):
      raise errors.UserError(f"{name!r} is none of {', '.join(names)}.")
    if found is None:
      continue
    kind = _KINDS[name]
    checked[name] = json_values.widened(found, kind)
    if type(checked[name]) is not kind:
      raise errors.UserError(f"{name} cannot be {found!r:.80}.")
  if not 1 <= checked.get("count", 1) <= _MOST:
    raise errors.UserError(f"Draw 1 to {_MOST} images at a time.")
  return checked
