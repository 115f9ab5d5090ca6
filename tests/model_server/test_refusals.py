"""Bad requests get a 4xx that names input and rule, and the server lives."""

import base64
import json
import struct
import zlib

import numpy as np
import pytest

pytest.importorskip("kserve", reason="the model server needs kserve")

_ONE = np.zeros((1, 16, 16, 3)).tolist()
_DRAW = {"seed": [7, 0], "count": 1, "temperature": 1.0}


def _drawn(**changes):
  return {"signature_name": "sample", "inputs": {**_DRAW, **changes}}


def _bomb():
  """A PNG of 36 megapixels in a few bytes."""

  def chunk(kind, data):
    check = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

  header = struct.pack(">IIBBBBB", 6_000, 6_000, 8, 2, 0, 0, 0)
  return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IEND", b"")


def _file(content):
  return {"inputs": [{"b64": base64.b64encode(content).decode()}]}


@pytest.mark.parametrize(
  "value, words",
  [
    ({"inputs": np.zeros((1, 17, 16, 3)).tolist()}, "images [1, 17, 16, 3]"),
    ({"inputs": np.zeros((16, 16, 3)).tolist()}, "images 3 axes"),
    ({"inputs": [[1], [1, 2]]}, "images different lengths"),
    ({"inputs": np.full((1, 16, 16, 3), "a").tolist()}, "images text"),
    ({"inputs": np.ones((1, 16, 16, 3), bool).tolist()}, "images bool"),
    ({"inputs": np.full((1, 16, 16, 3), 1e39).tolist()}, "images finite"),
    ({"inputs": np.full((1, 16, 16, 3), 5.0).tolist()}, "images 1.01"),
    ({"inputs": []}, "images 0 rows"),
    ({"inputs": np.zeros((1025, 1, 1, 1)).tolist()}, "images 1025 rows 1024"),
    ({"inputs": {}}, "images missing"),
    ({"inputs": {"images": _ONE, "more": 1}}, "more not known"),
    ({"inputs": [{"b64": "!"}]}, "images[0] base64"),
    ({"inputs": [{"b64": 5}]}, "images[0] base64"),
    (_file(b"no image"), "images[0] known format"),
    (_file(b""), "images[0]"),
    (_file(_bomb()), "images[0] 24,000,000"),
    ({**_file(b""), "crop": "round"}, "crop square training"),
    ({"inputs": _ONE, "format": "gif"}, "format png"),
    ({"inputs": _ONE, "format": ["png"]}, "format png"),
    ({"inputs": _ONE, "signature_name": "paint"}, "signature_name sample"),
    ({"inputs": _ONE, "sigature_name": "x"}, "sigature_name"),
    ({"inputs": _ONE, "instances": _ONE}, "inputs instances"),
    ({}, "inputs instances"),
    ({"instances": []}, "instances"),
    ({"instances": [{"images": _ONE[0]}, {"x": 1}]}, "instances[1]"),
    (_drawn(count=10_000), "count 1024"),
    (_drawn(count=1.5), "count float64 int32"),
    (_drawn(count=[1]), "count axes"),
    (_drawn(seed=[1, 2**40]), "seed 2147483647"),
    (_drawn(seed=[1]), "seed [1]"),
    (_drawn(temperature=11), "temperature 10"),
    ({"signature_name": "sample", "instances": [_DRAW]}, "one for all rows"),
    ([1], "object"),
    (3, "object"),
  ],
)
def test_a_wrong_request_is_told_what_is_wrong(served, value, words):
  """By input and rule, and the next request is answered."""
  answer = served.client.post("/v1/models/demo:predict", json=value)
  assert answer.status_code == 400, answer.text
  for word in words.split():
    assert word in answer.json()["error"]
  good = served.client.post("/v1/models/demo:predict", json={"inputs": _ONE})
  assert good.status_code == 200


@pytest.mark.parametrize(
  "content, headers",
  [
    (b"", {}),
    (b"{", {}),
    (b"\xff", {}),
    (b"[" * 100_000, {}),
    (json.dumps({"inputs": _ONE}).replace("0.0", "NaN").encode(), {}),
    (json.dumps({"inputs": _ONE}).encode(), {"content-type": "text/plain"}),
    (b"a=1&b=2", {"content-type": "application/x-www-form-urlencoded"}),
    (b"\xe9", {"content-type": "application/json; charset=latin-1"}),
    (
      json.dumps({"inputs": _ONE}).encode(),
      {"content-type": "application/cloudevents+json"},
    ),
    (json.dumps({"inputs": _ONE}).encode(), {"ce-specversion": "1.0"}),
  ],
)
@pytest.mark.parametrize(
  "path", ["v1/models/demo:predict", "v2/models/demo/infer"]
)
def test_what_is_no_request_is_refused(served, path, content, headers):
  """Empty, cut, not UTF-8, too deep, NaN, or of another kind."""
  headers = {"content-type": "application/json", **headers}
  answer = served.client.post(f"/{path}", content=content, headers=headers)
  assert answer.status_code == 400 and answer.json()["error"], answer.text


@pytest.mark.parametrize(
  "tensor, words",
  [
    ({"datatype": "FP99", "shape": [1], "data": [1]}, "images FP99"),
    (
      {"datatype": "FP32", "shape": [1, 16, 16, 3], "data": [1]},
      "images shape",
    ),
    ({"datatype": "BYTES", "shape": [1], "data": ["x"]}, "images[0] base64"),
    (
      {"datatype": "FP32", "shape": [0, 16, 16, 3], "data": []},
      "images 0 rows",
    ),
  ],
)
def test_a_wrong_tensor_is_told_what_is_wrong(served, tensor, words):
  """In the Open Inference Protocol."""
  request = {"inputs": [{"name": "images", **tensor}]}
  answer = served.client.post("/v2/models/demo/infer", json=request)
  assert answer.status_code == 400, answer.text
  for word in words.split():
    assert word in answer.json()["error"]


@pytest.mark.parametrize(
  "path",
  [
    "/v1/models/nobody:predict",
    "/v1/models/demo-9:predict",
    "/v1/models/demo/versions/9:predict",
    "/v2/models/demo/versions/9/infer",
    "/v1/models/nobody:edit",
  ],
)
def test_what_is_not_there_is_not_found(served, path):
  """Models and versions."""
  tensor = {"name": "a", "shape": [1], "datatype": "FP32", "data": [1]}
  answer = served.client.post(path, json={"inputs": [tensor]})
  assert answer.status_code == 404, answer.text


def test_requests_load_and_unload_nothing(served):
  """KServe's routes for that stay closed."""
  for verb in ("load", "unload"):
    path = f"/v2/repository/models/demo/{verb}"
    assert served.client.post(path).status_code == 403
  assert served.client.get("/v1/models/demo").status_code == 200


def test_a_large_body_is_refused_unread(served):
  """By its length, told or not; 10,000 images are one."""
  body = json.dumps({"inputs": _ONE * 500}).encode()
  assert len(body) > 2**20
  for content in (body, iter([body[:1000], body[1000:]])):
    answer = served.client.post("/v1/models/demo:predict", content=content)
    assert answer.status_code == 413
    assert "1,048,576 bytes" in answer.json()["error"]
