"""The requests that a server is measured with."""

import json
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from experiments.config.requests.edit import EditRequest
from experiments.config.requests.measure_serving import ServingLoad
from experiments.editing import edit_file
from experiments.editing.edit_file import EditFile
from experiments.editing.step import Step
from experiments.performance import clients
from experiments.runs.trained_run import TrainedRun

PREDICT = "/v1/models/measured:predict"
"""Where the exports are served."""

SINGLE = "reconstruct 1 image"
"""The request that is asked for while a version is swapped."""


class Measured(NamedTuple):
  """A request, and how often it is sent.

  Attributes:
    path: Where to.
    body: What is sent.
    clients: How many send it at a time.
    number: How many each sends.
    headers: What is sent before the body.
  """

  path: str
  body: bytes
  clients: int
  number: int
  headers: Mapping[str, str] = clients.JSON


def of_run(run: TrainedRun, load: ServingLoad) -> dict[str, Measured]:
  """Returns the requests by what they ask for."""
  size = run.config.model.sizes[0]
  images = np.random.default_rng(0).uniform(-1, 1, (16, size, size, 3))
  images = images.astype(np.float32).round(4)
  draw = {"seed": [7, 0], "count": 1, "temperature": 1.0}

  def predict(share, many=load.clients, **value):
    number = round(share * load.requests)
    return Measured(PREDICT, json.dumps(value).encode(), many, number)

  one = images[:1].tolist()
  return {
    SINGLE: predict(1, inputs=one),
    "reconstruct 16 images": predict(0.2, inputs=images.tolist()),
    "sample 1 image": predict(1, signature_name="sample", inputs=draw),
    "edit": Measured(
      PREDICT.replace("predict", "edit"),
      _edit(run),
      load.clients,
      round(load.requests / 10),
    ),
    "reconstruct 1 image, more clients": predict(0.5, load.callers, inputs=one),
    "reconstruct 1 image, more clients, binary": _binary(
      images[:1], load.callers, round(load.requests / 2)
    ),
  }


def _binary(images: np.ndarray, many: int, number: int) -> Measured:
  """Tensors of the Open Inference Protocol as bytes, there and back."""
  tensor = {
    "name": "images",
    "datatype": "FP32",
    "shape": images.shape,
    "parameters": {"binary_data_size": images.nbytes},
  }
  asked = {"inputs": [tensor], "parameters": {"binary_data_output": True}}
  head = json.dumps(asked).encode()
  headers = {
    "Content-Type": "application/octet-stream",
    "Inference-Header-Content-Length": str(len(head)),
  }
  path = "/v2/models/measured/infer"
  return Measured(path, head + images.tobytes(), many, number, headers)


def _edit(run: TrainedRun) -> bytes:
  """The file of an edit of one step in a photograph of 128 pixels."""
  pixels = np.full((128, 128, 3), 127, np.uint8)
  pixels[32:96, 40:88] = [200, 160, 140]
  mask = np.zeros((128, 128), np.uint8)
  mask[40:72, 48:80] = 255
  step = Step(EditRequest(count=1), mask=mask, chosen=0)
  sizes = list(run.config.model.sizes)
  return edit_file.written(EditFile(pixels, (step,), {"sizes": sizes}))
