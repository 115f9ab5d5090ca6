"""Requests that a server calls a SavedModel with before it serves it.

The first call of a graph takes many times as long as the next. TF Serving calls
what it finds in `assets.extra/tf_serving_warmup_requests`: a TFRecord file of
`PredictionLog` messages (tensorflow_serving/apis/prediction_log.proto), written
here field by field, as TensorFlow does not come with these messages.
"""

import pathlib
from collections.abc import Mapping

import tensorflow as tf

GenericFunction = tf.types.experimental.GenericFunction

_FILE = pathlib.Path("assets.extra") / "tf_serving_warmup_requests"


def zeros(spec: tf.TensorSpec) -> tf.Tensor:
  """Returns a smallest input of a signature: zeros, of one row."""
  shape = [1 if side is None else side for side in spec.shape.as_list()]
  return tf.zeros(shape, spec.dtype)


def write(
  version: pathlib.Path, signatures: Mapping[str, GenericFunction]
) -> None:
  """Writes a request for each signature into a SavedModel.

  Args:
    version: The folder of the SavedModel.
    signatures: Functions with an input signature, by name.
  """
  path = version / _FILE
  path.parent.mkdir(exist_ok=True)
  with tf.io.TFRecordWriter(str(path)) as writer:
    for name, function in signatures.items():
      specs = function.input_signature
      writer.write(_prediction_log(name, {s.name: zeros(s) for s in specs}))


def _prediction_log(signature: str, inputs: Mapping[str, tf.Tensor]) -> bytes:
  # ModelSpec.signature_name is field 3; a server knows the name and version.
  request = _field(1, _field(3, signature.encode()))
  for name, value in inputs.items():
    proto = tf.make_tensor_proto(value).SerializeToString()
    # An entry of the map PredictRequest.inputs.
    request += _field(2, _field(1, name.encode()) + _field(2, proto))
  # PredictLog.request in PredictionLog.predict_log.
  return _field(6, _field(1, request))


def _field(number: int, content: bytes) -> bytes:
  """A field of a protocol buffer that holds bytes, text or a message."""
  length, digits = len(content), bytearray()
  while length > 127:
    digits.append(length & 127 | 128)
    length >>= 7
  digits.append(length)
  return bytes([number << 3 | 2]) + bytes(digits) + content
