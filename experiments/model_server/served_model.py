"""A model as KServe's data plane sees it: preprocess, predict, postprocess."""

import asyncio
import concurrent.futures
import re
from collections.abc import Callable, Mapping
from typing import Any

import kserve
import tensorflow as tf
from absl import logging
from kserve import InferRequest
from kserve.errors import InferenceError, InvalidInput, ModelNotReady

from experiments.model_server import protocols, version_names
from experiments.model_server.calls import Call
from experiments.model_server.sources import Source
from experiments.model_server.tensors import RefusedError
from experiments.model_server.versions import Version, Versions


class ServedModel(kserve.Model):
  """One source, of which the newest version answers, or one that is named.

  Attributes:
    source: Where it lies.
    versions: What is loaded of it.
  """

  def __init__(
    self,
    source: Source,
    versions: Versions,
    threads: concurrent.futures.Executor,
    number: int | None = None,
  ):
    """Serves what `versions` has loaded.

    Args:
      source: Where the model lies.
      versions: What is loaded of it.
      threads: Where requests are read and signatures called.
      number: The version to call; None for the newest.
    """
    name = source.name
    if number is not None:
      name = version_names.written(name, number)
    super().__init__(name)
    self.source = source
    self.versions = versions
    self._threads = threads
    self._number = number

  def at(self, number: int) -> "ServedModel":
    """Returns the same model at one version."""
    return ServedModel(self.source, self.versions, self._threads, number)

  async def healthy(self) -> bool:
    """Whether the version is loaded."""
    return self.versions.get(self._number) is not None

  def version(self) -> Version:
    """Returns the version that answers now.

    Raises:
      ModelNotReady: If none is loaded.
    """
    version = self.versions.get(self._number)
    if version is None:
      raise ModelNotReady(self.name)
    return version

  async def preprocess(
    self, payload: Any, headers: Mapping[str, str] | None = None
  ) -> Call:
    """Reads and checks a request.

    Raises:
      InvalidInput: If it asks for what the model cannot do; KServe answers 400.
    """
    del headers
    read = protocols.of_json
    if isinstance(payload, InferRequest):
      read = protocols.of_tensors
    version, data = self.version(), self.source.data
    return await self._in_thread(lambda: read(payload, version, data))

  def validate(self, payload: Call) -> Call:
    """Does nothing: `preprocess` has checked it."""
    return payload

  async def predict(
    self, payload: Call, headers: Mapping[str, str] | None = None
  ) -> Any:
    """Calls the signature and makes the answer.

    Raises:
      InvalidInput: If the graph refuses an input.
      InferenceError: If it fails otherwise; KServe answers 500.
    """
    del headers
    return await self._in_thread(lambda: payload.answer(payload.outputs()))

  async def _in_thread(self, work: Callable[[], Any]) -> Any:
    loop = asyncio.get_running_loop()
    try:
      return await loop.run_in_executor(self._threads, work)
    except RefusedError as error:
      raise InvalidInput(str(error)) from error
    except tf.errors.InvalidArgumentError as error:
      raise InvalidInput(_reason(error)) from error
    except tf.errors.OpError as error:
      logging.error("A call of %s failed: %s", self.name, error)
      raise InferenceError(
        "The call failed; the server's log says why."
      ) from error

  def get_input_types(self) -> list[dict[str, Any]]:
    """Returns what the default signature takes."""
    return _metadata(self.version().signatures.inputs("serving_default"))

  def get_output_types(self) -> list[dict[str, Any]]:
    """Returns what the default signature returns."""
    return _metadata(self.version().signatures.outputs("serving_default"))


def _metadata(specs: Mapping[str, tf.TensorSpec]) -> list[dict[str, Any]]:
  kinds = {tf.float32: "FP32", tf.int32: "INT32", tf.int64: "INT64"}
  return [
    {
      "name": name,
      "datatype": kinds[spec.dtype],
      "shape": [-1 if side is None else side for side in spec.shape.as_list()],
    }
    for name, spec in specs.items()
  ]


def _reason(error: tf.errors.InvalidArgumentError) -> str:
  """The rule that a graph's check states, without TensorFlow's own words."""
  text = error.message
  if found := re.search(r"assertion failed: \[(.*?)\] \[(.*?)\]", text):
    return f"{found[1]} {found[2]}."
  return text.partition("\n")[0].partition(" : Tensor had")[0].strip()
