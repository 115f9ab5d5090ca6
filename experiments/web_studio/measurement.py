"""How quickly a studio answers pages, and whether its memory stays as it is.

The pages share the machine with the studio, and with whatever else runs on it.
"""

import json
import os
import time
import urllib.request
from typing import Any

import numpy as np

from experiments.config.requests.measure_studio import StudioLoad
from experiments.performance import clients, server_process
from experiments.performance.clients import Request, Talk
from experiments.system import errors, outputs, resident_memory, whole_files
from experiments.web_studio import uploads

_ROUNDS = 5
"""Steps that a page accepts before it begins with another photograph."""

_SHOWN = 8
"""Variations that a page of the load draws, as the editing page does."""


def measure(run_path: str, load: StudioLoad, out: str) -> None:
  """Writes `studio.json`, and prints what is in it.

  `first_draw_seconds` counts from the request, as soon as the studio has
  printed its address. Memory is the resident memory of its process, before and
  after the load, when every kind of request has been made once.

  Args:
    run_path: A run that edits.
    load: How much to ask.
    out: The folder to write into.

  Raises:
    UserError: If the studio does not start or refuses a drawing, or the folder
      cannot be written.
  """
  target = outputs.folder(out) / "studio.json"
  with server_process.started(
    "studio", f"--run_dir={run_path}", "--port=0", "--noopen"
  ) as (port, process):
    [model, *_] = _json(port, Request("GET", "/api/models"))
    drawn = _timed_draws(port, model["sizes"][1], load)
    talks = [_page(number, model["sizes"][1]) for number in range(load.clients)]
    # Shapes that are new are compiled before memory is looked at.
    clients.converse(port, [_page(load.clients, model["sizes"][1])], 8)
    before = resident_memory.whole_megabytes(process)
    waits = clients.converse(port, talks, load.requests // load.clients)
    after = resident_memory.whole_megabytes(process)
  measured = {
    "command": "python -m experiments.measure_studio "
    f"--run_dir={run_path} --clients={load.clients} "
    f"--requests={load.requests} --out={out}",
    "run": run_path,
    "size": model["sizes"][0],
    "cores": len(os.sched_getaffinity(0)),
    "clients": load.clients,
    **waits.figures(),
    "memory_before_mb": before,
    "memory_after_mb": after,
    **drawn,
  }
  with outputs.explained(target):
    whole_files.write_json(target, measured)
  print(json.dumps(measured, indent=2))
  print(f"Wrote {target}")


def _timed_draws(port: int, side: int, load: StudioLoad) -> dict[str, float]:
  """Seconds of the first drawing, and the median of those after it."""
  desk = _json(port, Request("POST", "/api/desks"))["desk"]
  _json(port, Request("POST", f"/api/desks/{desk}/example?index=0"))
  seconds = []
  for seed in range(1 + load.draws):
    begin = time.perf_counter()
    _json(port, _draw(desk, side, load.variations, seed))
    seconds.append(time.perf_counter() - begin)
  return {
    "first_draw_seconds": round(seconds[0], 3),
    "sixteen_variations_seconds": round(float(np.median(seconds[1:])), 3),
  }


def _page(number: int, side: int) -> Talk:
  """What a page asks: it opens, draws, looks, and accepts, over and over."""
  while True:
    yield from _visit(number, side)


def _visit(number: int, side: int) -> Talk:
  opened = yield Request("POST", "/api/desks")
  if opened is None:
    return
  desk = json.loads(opened)["desk"]
  place = f"/api/desks/{desk}"
  yield Request("POST", f"{place}/example?index={number}")
  for turn in range(_ROUNDS):
    answer = yield _draw(desk, side, _SHOWN, turn)
    if answer is None:
      break
    drawing = json.loads(answer)["drawing"]
    yield Request("GET", f"{place}/variations/{drawing}/previews.png")
    yield Request("GET", f"{place}/composites/{drawing}/1.png")
    yield Request("POST", f"{place}/accept?drawing={drawing}&chosen=1")
  yield Request("GET", f"{place}/photograph.png")


def _draw(desk: str, side: int, count: int, seed: int) -> Request:
  """A bar painted over a level of `side` pixels."""
  paint = np.zeros((side, side, 4), np.uint8)
  paint[side // 4 : side // 2, side // 4 : -side // 4] = [40, 90, 200, 255]
  step = {
    "level": 1,
    "paint": uploads.base64_png(paint),
    "count": count,
    "seed": seed,
  }
  path = f"/api/desks/{desk}/draw"
  return Request("POST", path, json.dumps(step).encode())


def _json(port: int, request: Request) -> Any:
  asked = urllib.request.Request(
    f"http://127.0.0.1:{port}{request.path}",
    data=request.body or (b"" if request.method == "POST" else None),
    headers={"Content-Type": "application/json"},
    method=request.method,
  )
  try:
    with urllib.request.urlopen(asked, timeout=120) as answer:
      return json.load(answer)
  except OSError as error:
    raise errors.UserError(
      f"The studio did not answer {request.path}: {error}."
    ) from error
