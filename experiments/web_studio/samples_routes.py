"""What the samples page asks for: `/api/samples/...`."""

from typing import Any

from fastapi import APIRouter, Request

from experiments.config.requests.sample import SampleRequest
from experiments.system import errors
from experiments.web_studio import uploads
from experiments.web_studio.rooms import Rooms

_MOST = 100
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
    asked = _checked(
      await uploads.json_body(request, 10_000),
      "count",
      "seed",
      "temperature",
      "labels",
      "fixed_coarsest",
    )
    model = rooms.models.named(asked.pop("model", None))
    asked["labels"] = tuple(map(str, asked.get("labels", ())))
    wanted = SampleRequest(**{"count": 36, "batch_size": _MOST, **asked})
    levels = await rooms.worked(lambda job: model.draw(wanted))
    return {
      "count": wanted.count,
      "levels": [uploads.base64_png(uploads.strip(level)) for level in levels],
    }

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


def _checked(value: dict[str, Any], *names: str) -> dict[str, Any]:
  """Values of a request by name, each of its kind."""
  checked = {}
  for name, found in value.items():
    if name not in ("model", *names):
      raise errors.UserError(f"{name!r} is none of {', '.join(names)}.")
    if found is None:
      continue
    kind = _KINDS[name]
    if kind is float and type(found) is int:
      found = float(found)
    if type(found) is not kind:
      raise errors.UserError(f"{name} cannot be {found!r:.80}.")
    checked[name] = found
  if not 1 <= checked.get("count", 1) <= _MOST:
    raise errors.UserError(f"Draw 1 to {_MOST} images at a time.")
  return checked
