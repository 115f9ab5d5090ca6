"""Exports run under OpenVINO, which computes what TensorFlow does."""

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf import export
from pyramid_tf import saved_models

openvino = pytest.importorskip(
  "openvino", reason="needs openvino, of the extra portable"
)


@pytest.fixture(autouse=True)
def _tells_nobody(monkeypatch):
  """Where CI is set, OpenVINO sends no telemetry, nor waits for a network."""
  monkeypatch.setenv("CI", "true")


def _inputs(specs, rows):
  """Drawn inputs of a signature, by name."""
  generator = np.random.default_rng(0)
  return {
    name: generator.uniform(
      -1, 1, [rows if side is None else side for side in spec.shape]
    ).astype(np.float32)
    for name, spec in specs.items()
  }


def _compiled(model):
  # Without, processors that can would compute in bfloat16.
  options = {"INFERENCE_PRECISION_HINT": "f32"}
  return openvino.compile_model(model, "CPU", options)


@pytest.mark.parametrize("part", ["cascade", "level_0", "level_1"])
def test_a_folder_is_read_without_tensorflow(exports, part):
  """`reconstruct` of a LapCVAE's cascade and `decode` of its levels."""
  _, root = exports("lapcvae")
  served = saved_models.load(root / part)
  run = _compiled(openvino.convert_model(root / part / saved_models.VERSION))
  for rows in (1, 3):
    given = _inputs(served.inputs("serving_default"), rows)
    [expected] = served["serving_default"](
      **{name: tf.constant(value) for name, value in given.items()}
    ).values()
    np.testing.assert_allclose(run(given)[0], expected, atol=1e-4)


def test_detail_of_an_adversary_is_taken_along(tmp_path):
  """Reconstructions have noise that is a constant of the graph."""
  model = small_models.adversarial(2, 1)
  export.export_cascade(model, tmp_path)
  run = _compiled(openvino.convert_model(tmp_path / saved_models.VERSION))
  given = small_models.pictures()
  expected = np.clip(model.reconstruct(given), -1, 1)
  np.testing.assert_allclose(run({"images": given})[0], expected, atol=1e-4)


@pytest.mark.parametrize(
  "family, part, signature",
  [
    ("lapcvae", "level_0", "encode"),
    ("lapcvae", "level_0", "prior"),
    ("lapgan", "level_0", "render"),
    ("lapgan", "level_1", "render"),
    ("lapgan", "level_0", "discriminate"),
  ],
)
def test_a_signature_is_taken_along(exports, family, part, signature, tmp_path):
  """Written as OpenVINO's own files, which need neither TensorFlow nor us."""
  _, root = exports(family)
  folder = root / part
  loaded = tf.saved_model.load(str(folder / saved_models.VERSION))
  taken = openvino.convert_model(loaded.signatures[signature])
  path = tmp_path / "taken.xml"
  openvino.save_model(taken, path, compress_to_fp16=False)
  run = _compiled(path)
  served = saved_models.load(folder)
  given = _inputs(served.inputs(signature), 3)
  expected = served[signature](
    **{name: tf.constant(value) for name, value in given.items()}
  )
  made = run(given)
  for name, value in expected.items():
    np.testing.assert_allclose(made[name], value, atol=1e-4)
