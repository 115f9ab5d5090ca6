"""What the server answers is what the model does, in every form."""

import json

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from experiments.data.window import Window
from pyramid_tf import images

pytest.importorskip("kserve", reason="the model server needs kserve")

_DRAW = {"seed": [7, 0], "count": 3, "temperature": 0.5}


@pytest.fixture(scope="module")
def given():
  """Images, and what `demo` makes of them."""
  return small_models.pictures(3)


@pytest.fixture(scope="module")
def expected(served, given):
  """The reconstructions of the live model."""
  return tf.clip_by_value(served.model.reconstruct(given), -1, 1).numpy()


def _ask(served, value, name="demo", verb="predict"):
  answer = served.client.post(f"/v1/models/{name}:{verb}", json=value)
  assert answer.status_code == 200, answer.text
  return answer.json()


@pytest.mark.parametrize("bare", [False, True])
def test_columns_are_reconstructed(served, given, expected, bare):
  """TF Serving's form; the name may be left out if there is one input."""
  value = given.numpy().tolist()
  answer = _ask(served, {"inputs": value if bare else {"images": value}})
  np.testing.assert_allclose(answer["outputs"]["images"], expected, atol=1e-5)


@pytest.mark.parametrize("bare", [False, True])
def test_rows_are_reconstructed(served, given, expected, bare):
  """TF Serving's other form."""
  rows = given.numpy().tolist()
  rows = rows if bare else [{"images": row} for row in rows]
  answer = _ask(served, {"instances": rows})
  np.testing.assert_allclose(answer["predictions"], expected, atol=1e-5)


def test_tensors_of_v2_are_reconstructed(served, given, expected):
  """The Open Inference Protocol, with an id or without."""
  tensor = {
    "name": "images",
    "shape": [3, 16, 16, 3],
    "datatype": "FP32",
    "data": given.numpy().ravel().tolist(),
  }
  for extra in ({}, {"id": "mine"}):
    answer = served.client.post(
      "/v2/models/demo/infer", json={"inputs": [tensor], **extra}
    ).json()
    [output] = answer["outputs"]
    made = np.reshape(output["data"], output["shape"])
    np.testing.assert_allclose(made, expected, atol=1e-5)
    assert answer["id"] == extra.get("id", answer["id"]) and answer["id"]
    assert answer["model_version"] == "1"


@pytest.mark.parametrize(
  "kind",
  [
    "application/x-www-form-urlencoded",
    "application/x-www-form-urlencoded; charset=utf-8",
    "application/json; charset=utf-8",
    "application/json;charset=UTF-8",
  ],
)
def test_json_is_read_as_curl_and_others_send_it(served, given, expected, kind):
  """curl -d and urllib call it a form, and some clients tell its charset."""
  tensor = {
    "name": "images",
    "shape": [3, 16, 16, 3],
    "datatype": "FP32",
    "data": given.numpy().ravel().tolist(),
  }

  def ask(path, value):
    answer = served.client.post(
      path, content=json.dumps(value), headers={"content-type": kind}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["outputs"]

  columns = {"inputs": given.numpy().tolist()}
  made = ask("/v1/models/demo:predict", columns)["images"]
  np.testing.assert_allclose(made, expected, atol=1e-5)
  [output] = ask("/v2/models/demo/infer", {"inputs": [tensor]})
  made = np.reshape(output["data"], output["shape"])
  np.testing.assert_allclose(made, expected, atol=1e-5)


def test_equal_seeds_draw_equal_images(served):
  """The request names the signature `sample`."""
  value = {"signature_name": "sample", "inputs": _DRAW}
  drawn = _ask(served, value)["outputs"]["images"]
  assert drawn == _ask(served, value)["outputs"]["images"]
  live = served.model.sample(tf.constant([7, 0]), 3, 0.5)
  np.testing.assert_allclose(drawn, tf.clip_by_value(live, -1, 1), atol=1e-5)


def test_several_outputs_make_rows_of_names(served):
  """As TF Serving writes them."""
  pixels = np.zeros((2, 16, 16, 3)).tolist()
  value = {
    "signature_name": "encode",
    "instances": [{"band": row, "low_pass": row} for row in pixels],
  }
  rows = _ask(served, value, "demo.level_0")["predictions"]
  assert [set(row) for row in rows] == [{"mean", "log_variance"}] * 2
  assert rows[0] == rows[1] and np.shape(rows[0]["mean"]) == (3,)


def test_labels_are_passed_on(served):
  """A class-conditional LAPGAN draws other images of other classes."""
  drawn = [
    _ask(
      served,
      {"inputs": {"seed": [1, 2], "count": 2, "labels": [label]}},
      "gan",
    )["outputs"]["images"]
    for label in (0, 3)
  ]
  assert drawn[0] != drawn[1]


@pytest.mark.parametrize("crop", ["square", "training"])
def test_files_are_cut_as_everywhere(served, as_png, edited_run, crop):
  """By the one window, whose square is not centred in training."""
  pixels = np.random.default_rng(0).integers(0, 256, (40, 36, 3), np.uint8)
  _, data = edited_run
  window = Window.for_model(data, training_crop=crop == "training")
  seen = images.from_uint8(window.cut(tf.constant(pixels))[None])
  value = {"inputs": [{"b64": as_png(pixels)}], "crop": crop}
  answer = _ask(served, value)["outputs"]["images"]
  np.testing.assert_allclose(
    answer, tf.clip_by_value(served.model.reconstruct(seen), -1, 1), atol=1e-5
  )


def test_answers_may_be_files(served, as_png, pixels_of, given, expected):
  """PNG files, rounded as all images are."""
  pixels = images.to_uint8(given).numpy()
  files = [as_png(image) for image in pixels]
  rounded = images.from_uint8(pixels)
  live = served.model.reconstruct(rounded)
  value = {"instances": [{"b64": file} for file in files], "format": "png"}
  answer = _ask(served, value)["predictions"]
  made = np.stack([pixels_of(file) for file in answer])
  assert np.abs(made.astype(int) - images.to_uint8(live).numpy()).max() <= 1
  tensor = {
    "name": "images",
    "shape": [3],
    "datatype": "BYTES",
    "data": files,
  }
  request = {"inputs": [tensor], "parameters": {"format": "png"}}
  answer = served.client.post("/v2/models/demo/infer", json=request).json()
  again = [pixels_of({"b64": f}) for f in answer["outputs"][0]["data"]]
  np.testing.assert_array_equal(again, made)


@pytest.mark.parametrize(
  "path",
  [
    "/",
    "/v2",
    "/v2/health/live",
    "/v2/health/ready",
    "/v1/models/demo",
    "/v1/models/demo-1",
    "/v1/models/demo/versions/1",
    "/v2/models/demo/ready",
    "/v2/models/demo/versions/1/ready",
  ],
)
def test_health_is_told(served, path):
  """The server, a model and a version have addresses for it."""
  assert served.client.get(path).status_code == 200


def test_v2_describes_the_default_signature(served):
  """Names, types and shapes."""
  told = served.client.get("/v2/models/demo").json()
  image = {"name": "images", "datatype": "FP32", "shape": [-1, 16, 16, 3]}
  assert told["inputs"] == told["outputs"] == [image]


def test_metrics_count_requests(served, given):
  """Prometheus' format, by model."""
  name = 'request_predict_seconds_count{model_name="demo"} '

  def count():
    text = served.client.get("/metrics").text
    found = [line for line in text.splitlines() if line.startswith(name)]
    return float(found[0].removeprefix(name)) if found else 0.0

  before = count()
  _ask(served, {"inputs": given.numpy().tolist()})
  assert count() == before + 1
