"""The requests that TF Serving warms up with, by TF Serving's own messages."""

import numpy as np
import pytest
import tensorflow as tf

from pyramid_tf import saved_models


def _logs(version):
  path = version / "assets.extra" / "tf_serving_warmup_requests"
  return [record.numpy() for record in tf.data.TFRecordDataset(str(path))]


def test_every_signature_can_be_called_with_its_request(exports):
  """Read with the messages of tensorflow-serving-api."""
  apis = pytest.importorskip(
    "tensorflow_serving.apis.prediction_log_pb2",
    reason="tensorflow-serving-api has the messages",
  )
  root = exports("labelled")[1]
  for part in ("cascade", "level_0", "level_1"):
    served = saved_models.load(root / part)
    named = set()
    for record in _logs(root / part / "1"):
      request = apis.PredictionLog.FromString(record).predict_log.request
      name = request.model_spec.signature_name
      inputs = {k: tf.make_ndarray(v) for k, v in request.inputs.items()}
      assert set(inputs) == set(served.inputs(name))
      outputs = served[name](**{k: tf.constant(v) for k, v in inputs.items()})
      assert all(np.isfinite(v).all() for v in outputs.values())
      named.add(name)
    assert named == set(served) - {"serving_default"}


def test_a_request_is_written_field_by_field(tmp_path):
  """Byte for byte: the field numbers of TF Serving's messages."""
  double = saved_models.signature(
    lambda x: {"y": 2 * x},
    x=saved_models.Input((None,), tf.int32),
  )
  version = saved_models.save(tmp_path, {"double": double}, "double", [])
  tensor = tf.make_tensor_proto(np.zeros(1, np.int32)).SerializeToString()
  entry = b"\x0a\x01x\x12" + bytes([len(tensor)]) + tensor
  request = b"\x0a\x08\x1a\x06double\x12" + bytes([len(entry)]) + entry
  inner = b"\x0a" + bytes([len(request)]) + request
  assert _logs(version) == [b"\x32" + bytes([len(inner)]) + inner]
