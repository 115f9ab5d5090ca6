"""The forms in which a call can be asked for.

TF Serving's columns (`inputs`) and rows (`instances`) in JSON, and the tensors
of the Open Inference Protocol (V2); all ask for the same.
"""

import uuid
from typing import Any

from kserve import InferRequest, InferResponse
from kserve.protocol import infer_type

from experiments.config.data_config import DataConfig
from experiments.model_server import answers
from experiments.model_server.calls import Call, Reader
from experiments.model_server.tensors import RefusedError
from experiments.model_server.versions import Version

_FIELDS = ("signature_name", "inputs", "instances", "format", "crop")


def of_json(value: Any, version: Version, data: DataConfig | None) -> Call:
  """Reads a request in TF Serving's forms, V1.

  Args:
    value: The JSON values.
    version: The version that is asked.
    data: The images that it was trained on, if that is known.

  Raises:
    RefusedError: If it asks for nothing that the version has.
  """
  if not isinstance(value, dict):
    raise RefusedError(
      'The request is no JSON object; send {"inputs": {...}} with the type '
      "application/json."
    )
  if unknown := value.keys() - set(_FIELDS):
    raise RefusedError(
      f"{', '.join(sorted(unknown))} is none of a request's fields, which are "
      f"{', '.join(_FIELDS)}."
    )
  if ("inputs" in value) == ("instances" in value):
    raise RefusedError("A request has inputs (columns) or instances (rows).")
  reader = Reader(version, data, value)
  if "inputs" in value:
    return reader.call(reader.columns(value["inputs"]), answers.columns)
  return reader.call(reader.rows(value["instances"]), answers.rows)


def of_tensors(
  request: InferRequest, version: Version, data: DataConfig | None
) -> Call:
  """Reads a request of the Open Inference Protocol; see `of_json`.

  Its `parameters` are `signature_name`, `format` and `crop`.
  """
  settings = dict(request.parameters or {})
  if request.from_grpc:
    settings = infer_type.to_http_parameters(settings)
  reader = Reader(version, data, settings)
  inputs = {}
  for given in request.inputs:
    try:
      inputs[given.name] = given.as_numpy()
    except Exception as error:
      raise RefusedError(
        f"{given.name} is no {given.datatype} of the shape {given.shape}: "
        f"{error}."
      ) from error

  def answer(outputs, as_png):
    made = [
      answers.tensor(name, array, as_png) for name, array in outputs.items()
    ]
    if request.from_grpc:
      for output in made:
        raw = request.use_binary_outputs
        output.set_data_from_numpy(output.data, binary_data=raw)
    return InferResponse(
      request.id or str(uuid.uuid4()),
      request.model_name,
      made,
      model_version=str(version.number),
      use_binary_outputs=request.use_binary_outputs,
      requested_outputs=request.request_outputs,
    )

  return reader.call(inputs, answer, lenient=True)
