"""What a signature returns -> answers, in the form that was asked in."""

from typing import Any

import numpy as np
from kserve import InferOutput

from experiments.model_server import encoded_images

PICTURES = "images"
"""Inputs and outputs of this name are pictures, which files can stand for."""


def columns(outputs: dict[str, np.ndarray], as_png: bool) -> dict[str, Any]:
  """Returns TF Serving's columns; pictures as PNG files if asked for."""
  return {"outputs": {k: _value(k, v, as_png) for k, v in outputs.items()}}


def rows(outputs: dict[str, np.ndarray], as_png: bool) -> dict[str, Any]:
  """Returns TF Serving's rows."""
  values = {k: _value(k, v, as_png) for k, v in outputs.items()}
  if len(values) == 1:
    return {"predictions": list(next(iter(values.values())))}
  each = zip(*values.values(), strict=True)
  return {"predictions": [dict(zip(values, r, strict=True)) for r in each]}


def _value(name: str, array: np.ndarray, as_png: bool) -> Any:
  if as_png and name == PICTURES:
    return encoded_images.encoded(array)
  return array


def tensor(name: str, array: np.ndarray, as_png: bool) -> InferOutput:
  """Returns a tensor of the Open Inference Protocol."""
  if as_png and name == PICTURES:
    files = [file["b64"] for file in encoded_images.encoded(array)]
    array = np.array(files, object)
    return InferOutput(name, list(array.shape), "BYTES", array)
  kinds = {"float32": "FP32", "int32": "INT32", "int64": "INT64"}
  return InferOutput(name, list(array.shape), kinds[array.dtype.name], array)
