"""How many requests a server answers, and what batching in the graph gains.

The clients share the machine with the server, and with whatever else runs on
it: the ratios within one run say more than the rates.
"""

import concurrent.futures
import contextlib
import json
import os
import pathlib
import shutil
import tempfile
import threading
import time
from typing import Any

import numpy as np
import tensorflow as tf

from experiments.config.requests.edit import EditRequest
from experiments.config.requests.measure_serving import ServingLoad
from experiments.editing import edit_file
from experiments.editing.edit_file import EditFile
from experiments.editing.step import Step
from experiments.performance import clients, server_process
from experiments.performance.clients import Waits
from experiments.runs import exports, trained_run
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors, outputs, whole_files
from experiments.training.run_dir import RunDir
from pyramid_tf import saved_models
from pyramid_tf.batching import Batching

_PREDICT = "/v1/models/measured:predict"
"""Where the exports are served."""

_ROUNDS = 5
"""How often each server is asked in turn."""


def measure(run_path: str, load: ServingLoad, out: str) -> None:
  """Writes `serving.json`, and says what is in it.

  Args:
    run_path: A run of a LapCVAE.
    load: How much to ask.
    out: The folder to write into.

  Raises:
    UserError: If the run cannot be loaded, or the folder not be written.
  """
  target = outputs.folder(out) / "serving.json"
  run = trained_run.load(run_path, encodes=True)
  bodies = _bodies(run)
  kinds = {
    "alone": None,
    "together": Batching(load.batch_rows, load.batch_microseconds),
  }
  measured: dict[str, Any] = {
    "run": run.run_dir.path.name,
    "preset": run.preset,
    "cores": len(os.sched_getaffinity(0)),
    "clients": load.clients,
    "batching": vars(kinds["together"]),
  }
  with tempfile.TemporaryDirectory(prefix="measured_") as folder:
    scratch = pathlib.Path(folder)
    for kind, batching in kinds.items():
      made = RunDir(scratch / kind / "measured")
      exports.write(run.family.exports(run.model), made, batching)
    bare = {
      kind: _bare(scratch / kind / "measured" / "cascade", run, load)
      for kind in kinds
    }
    measured["calls_without_a_server"] = bare
    for kind in kinds:
      # What it is the export of, for edits.
      whole_files.write_json(
        scratch / kind / "measured" / "made_by.json",
        {"exports_of": str(run.run_dir.path.resolve())},
      )
    with contextlib.ExitStack() as stack:
      servers = {
        kind: stack.enter_context(
          server_process.started(
            "serve",
            f"--models={scratch / kind / 'measured'}",
            "--port=0",
            "--poll_seconds=0.5",
          )
        )
        for kind in kinds
      }
      measured |= _answers(servers, bodies, load)
      for kind, (port, _) in servers.items():
        body = bodies["reconstruct 1 image"][1]
        swap = _swap(scratch / kind / "measured", port, body, load)
        measured[kind]["swap of a version under load"] = swap
  with outputs.explained(target):
    whole_files.write_json(target, measured)
  print(json.dumps(measured, indent=2))
  print(f"Wrote {target}")


def _bodies(run: TrainedRun) -> dict[str, tuple[str, bytes, float]]:
  """Path, body and share of the requests of each kind."""
  size = run.config.model.sizes[0]
  images = np.random.default_rng(0).uniform(-1, 1, (16, size, size, 3))
  images = images.astype(np.float32).round(4).tolist()
  draw = {"seed": [7, 0], "count": 1, "temperature": 1.0}
  pixels = np.full((128, 128, 3), 127, np.uint8)
  pixels[32:96, 40:88] = [200, 160, 140]
  mask = np.zeros((128, 128), np.uint8)
  mask[40:72, 48:80] = 255
  step = Step(EditRequest(count=1), mask=mask, chosen=0)
  sizes = list(run.config.model.sizes)
  edit = EditFile(pixels, (step,), {"sizes": sizes})

  def predict(**value):
    return json.dumps(value).encode()

  return {
    "reconstruct 1 image": (_PREDICT, predict(inputs=images[:1]), 1.0),
    "reconstruct 16 images": (_PREDICT, predict(inputs=images), 0.2),
    "sample 1 image": (
      _PREDICT,
      predict(signature_name="sample", inputs=draw),
      1.0,
    ),
    "edit": (_PREDICT.replace("predict", "edit"), edit_file.written(edit), 0.1),
  }


def _bare(
  cascade: pathlib.Path, run: TrainedRun, load: ServingLoad
) -> dict[str, float]:
  """Calls of `reconstruct` with one image, by threads of this process."""
  served = saved_models.load(cascade / "saved_model")["reconstruct"]
  size = run.config.model.sizes[0]
  image = tf.zeros((1, size, size, 3))
  figures = {}
  for threads in (1, load.callers):

    def call(number):
      for _ in range(number):
        served(images=image)

    with concurrent.futures.ThreadPoolExecutor(threads) as pool:
      # What runs first traces, starts threads and fills caches.
      list(pool.map(call, [3] * threads))
      begin = time.perf_counter()
      list(pool.map(call, [load.calls] * threads))
    rate = threads * load.calls / (time.perf_counter() - begin)
    figures[f"calls_per_second_of_{threads}_threads"] = round(rate, 1)
  return figures


def _answers(
  servers: dict[str, tuple[int, int]],
  bodies: dict[str, tuple[str, bytes, float]],
  load: ServingLoad,
) -> dict[str, dict[str, Any]]:
  """Asks the servers in turns, so that what else runs meets all alike."""
  for port, _ in servers.values():
    for path, body, _ in bodies.values():
      clients.ask(port, path, body, load.clients, 2)
  figures: dict[str, dict[str, Any]] = {
    kind: {"memory_mb_before": server_process.memory(process)}
    for kind, (_, process) in servers.items()
  }
  for name, (path, body, share) in bodies.items():
    number = max(1, round(share * load.requests / _ROUNDS))
    waits: dict[str, list[Waits]] = {kind: [] for kind in servers}
    for _ in range(_ROUNDS):
      for kind, (port, _) in servers.items():
        waits[kind].append(clients.ask(port, path, body, load.clients, number))
    for kind, rounds in waits.items():
      figures[kind][name] = Waits.joined(rounds).figures()
  for kind, (_, process) in servers.items():
    figures[kind]["memory_mb_after"] = server_process.memory(process)
  return figures


def _swap(
  folder: pathlib.Path, port: int, body: bytes, load: ServingLoad
) -> dict[str, float]:
  """Puts a version beside the one that is asked, and asks for it after."""
  versions = folder / "cascade" / "saved_model"
  copy = threading.Timer(0.2, shutil.copytree, [versions / "1", versions / "2"])
  copy.start()
  waits = [clients.ask(port, _PREDICT, body, load.clients, load.requests)]
  copy.join()
  end = time.monotonic() + 120
  newer = _PREDICT.replace(":", "-2:")
  while clients.ask(port, newer, body, 1, 1).errors:
    waits.append(clients.ask(port, _PREDICT, body, load.clients, 10))
    if time.monotonic() > end:
      raise errors.UserError("The server did not take up a new version.")
  return {
    "requests": sum(len(w.milliseconds) + w.errors for w in waits),
    "errors": sum(w.errors for w in waits),
  }
