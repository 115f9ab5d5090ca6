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
from collections.abc import Callable
from typing import Any

import tensorflow as tf
from absl import logging

from experiments.config.requests.measure_serving import ServingLoad
from experiments.model_server import concurrent_calls, measured_requests
from experiments.model_server.measured_requests import SINGLE, Measured
from experiments.performance import clients, server_process
from experiments.performance.clients import Waits
from experiments.runs import exports, trained_run
from experiments.runs.trained_run import TrainedRun
from experiments.system import errors, outputs, resident_memory, whole_files
from experiments.training.run_dir import RunDir
from pyramid_tf import saved_models
from pyramid_tf.batching import Batching

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
  concurrent_calls.compute_sums_apart()
  run = trained_run.load(run_path, encodes=True)
  requests = measured_requests.of_run(run, load)
  kinds = {
    "alone": None,
    "together": Batching(load.batch_rows, load.batch_microseconds),
  }
  measured: dict[str, Any] = {
    "command": f"python -m experiments.measure_serving --run_dir={run_path} "
    f"--clients={load.clients} --requests={load.requests} "
    f"--calls={load.calls} --batch_rows={load.batch_rows} "
    f"--batch_microseconds={load.batch_microseconds} --out={out}",
    "run": run.run_dir.path.name,
    "preset": run.preset,
    "cores": len(os.sched_getaffinity(0)),
    "clients": load.clients,
    "batching": vars(kinds["together"]),
  }

  def keep(kind: str, name: str, figures: Any) -> None:
    measured.setdefault(kind, {})[name] = figures
    # What there is stays, if the rest is stopped.
    with outputs.explained(target):
      whole_files.write_json(target, measured)

  with tempfile.TemporaryDirectory(prefix="measured_") as folder:
    scratch = pathlib.Path(folder)
    made = {kind: scratch / kind / "measured" for kind in kinds}
    for kind, batching in kinds.items():
      logging.info("Exporting, calls %s.", kind)
      exports.write(run.family.exports(run.model), RunDir(made[kind]), batching)
      keep("calls_without_a_server", kind, _bare(made[kind], run, load))
      # What it is the export of, for edits.
      whole_files.write_json(
        made[kind] / "made_by.json",
        {"exports_of": str(run.run_dir.path.resolve())},
      )
    with contextlib.ExitStack() as stack:
      logging.info("Starting servers.")
      servers = {
        kind: stack.enter_context(
          server_process.started(
            "serve",
            f"--models={made[kind]}",
            "--port=0",
            "--poll_seconds=0.5",
          )
        )
        for kind in kinds
      }
      for kind, (_, process) in servers.items():
        keep(kind, "memory_mb_before", resident_memory.whole_megabytes(process))
      _answers(servers, requests, keep)
      for kind, (port, process) in servers.items():
        keep(kind, "memory_mb_after", resident_memory.whole_megabytes(process))
        swap = _swap(made[kind], port, requests[SINGLE], load)
        keep(kind, "swap of a version under load", swap)
  rates = {
    name: round(
      measured["together"][name]["requests_per_second"]
      / measured["alone"][name]["requests_per_second"],
      2,
    )
    for name in requests
  }
  for name, rate in rates.items():
    keep("together_over_alone", name, rate)
  print(json.dumps(measured, indent=2))
  print(f"Wrote {target}")


def _bare(
  folder: pathlib.Path, run: TrainedRun, load: ServingLoad
) -> dict[str, float]:
  """Calls of `reconstruct` with one image, by threads of this process."""
  served = saved_models.load(folder / "cascade" / "saved_model")["reconstruct"]
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
  requests: dict[str, Measured],
  keep: Callable[[str, str, dict[str, float]], None],
) -> None:
  """Asks the servers in turns, so that what else runs meets all alike.

  Args:
    servers: Port and process of each kind of export.
    requests: What is asked, by name.
    keep: Takes a kind, a name, and the figures.
  """
  for port, _ in servers.values():
    for asked in requests.values():
      _ask(port, asked, 2)
  for name, asked in requests.items():
    number = max(1, round(asked.number / _ROUNDS))
    waits: dict[str, list[Waits]] = {kind: [] for kind in servers}
    for _ in range(_ROUNDS):
      for kind, (port, _) in servers.items():
        waits[kind].append(_ask(port, asked, number))
    for kind, rounds in waits.items():
      figures = {"clients": asked.clients, **Waits.joined(rounds).figures()}
      logging.info("%s, %s: %s", name, kind, figures)
      keep(kind, name, figures)


def _ask(port: int, asked: Measured, number: int) -> Waits:
  return clients.ask(
    port, asked.path, asked.body, asked.clients, number, asked.headers
  )


def _swap(
  folder: pathlib.Path, port: int, asked: Measured, load: ServingLoad
) -> dict[str, float]:
  """Puts a version beside the one that is asked, and asks for it after."""
  versions = folder / "cascade" / "saved_model"
  copy = threading.Timer(0.2, shutil.copytree, [versions / "1", versions / "2"])
  copy.start()
  waits = [_ask(port, asked, load.requests)]
  copy.join()
  end = time.monotonic() + 120
  path = asked.path.replace(":", "-2:")
  newer = asked._replace(path=path, clients=1)
  while _ask(port, newer, 1).errors:
    waits.append(_ask(port, asked, 10))
    if time.monotonic() > end:
      raise errors.UserError("The server did not take up a new version.")
  return {
    "requests": sum(len(w.milliseconds) + w.errors for w in waits),
    "errors": sum(w.errors for w in waits),
  }
