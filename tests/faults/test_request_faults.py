"""Malformed requests: refused by the name of the input, and no server dies."""

import types

import numpy as np
import pytest
import tensorflow as tf
from support import small_models
from tensorflow.core.protobuf import config_pb2

from lapcvae_tf import export as lapcvae_export
from lapcvae_tf.model import LapCVAE
from lapgan_tf import export as lapgan_export
from lapgan_tf.model import LAPGAN
from pyramid_tf import saved_models, served_inputs

_LOST = "the request, which an error names"
_MAX = served_inputs.MAX_BATCH
_SEED = {"seed": [1, 2]}
_SAMPLE = {**_SEED, "count": 2, "temperature": 1.0}
_IMAGES = {"images": np.zeros((2, 16, 16, 3))}
_RESAMPLE = {**_SEED, **_IMAGES, "fixed_from": 1, "temperature": 1.0}
_LABELLED = {**_SEED, "count": 2, "labels": [1]}
_FINE = {**_SEED, "low_pass": np.zeros((2, 16, 16, 3)), "label": [0, 3]}
_LATENTS = {"latent_0": np.zeros((2, 3)), "latent_1": np.zeros((2, 4))}


def _with(images, value):
  changed = np.array(images)
  changed.flat[5] = value
  return changed


# Model, signature, a good request, the input that is spoilt, what the error
# says of it.
_REQUESTS = {
  "wrong height": (
    *("cvae/cascade", "reconstruct", _IMAGES),
    *({"images": np.zeros((2, 8, 16, 3))}, r"images \[2,8,16,3\]"),
  ),
  "no batch": (
    *("cvae/cascade", "reconstruct", _IMAGES),
    *({"images": np.zeros((16, 16, 3))}, r"images \[16,16,3\]"),
  ),
  "NaN": (
    *("cvae/cascade", "reconstruct", _IMAGES),
    *({"images": _with(_IMAGES["images"], np.nan)}, "images must be finite"),
  ),
  "infinite": (
    *("cvae/cascade", "resample", _RESAMPLE),
    *({"images": _with(_IMAGES["images"], -np.inf)}, "images must be finite"),
  ),
  "huge batch": (
    *("cvae/cascade", "reconstruct", _IMAGES),
    {"images": np.zeros((_MAX + 1, 16, 16, 3))},
    rf"images must have at most {_MAX} rows; got\] \[{_MAX + 1}",
  ),
  "huge count": (
    *("cvae/cascade", "sample", _SAMPLE),
    *({"count": 2**31 - 1}, rf"count must be 0 to {_MAX}; got\] \[2147483647"),
  ),
  "negative count": (
    *("cvae/cascade", "sample", _SAMPLE),
    *({"count": -1}, rf"count must be 0 to {_MAX}; got\] \[-1"),
  ),
  "several counts": (
    *("cvae/cascade", "sample", _SAMPLE),
    *({"count": [2, 2]}, r"count \[2\] is not compatible"),
  ),
  "fixed_from above": (
    *("cvae/cascade", "resample", _RESAMPLE),
    *({"fixed_from": 3}, r"fixed_from must be 0 to 2; got\] \[3"),
  ),
  "fixed_from below": (
    *("cvae/cascade", "resample", _RESAMPLE),
    *({"fixed_from": -1}, r"fixed_from must be 0 to 2; got\] \[-1"),
  ),
  "negative temperature": (
    *("cvae/cascade", "sample", _SAMPLE),
    *({"temperature": -0.5}, r"temperature must be 0 to 10; got\] \[-0.5"),
  ),
  "temperature that overflows": (
    *("cvae/cascade", "resample", _RESAMPLE),
    *({"temperature": 3e38}, r"temperature must be 0 to 10; got\] \[3e"),
  ),
  "temperature infinite": (
    *("cvae/cascade", "sample", _SAMPLE),
    *({"temperature": np.inf}, "temperature must be finite"),
  ),
  "images of grey levels": (
    *("cvae/cascade", "resample", _RESAMPLE),
    {"images": _with(_IMAGES["images"], 255.0)},
    r"images must be -1.01 to 1.01; got\] \[0 255",
  ),
  "GAN's images of grey levels": (
    *("gan/cascade", "standardise", _IMAGES),
    {"images": _with(_IMAGES["images"], 255.0)},
    r"images must be -1.01 to 1.01; got\] \[0 255",
  ),
  "temperature NaN": (
    *("cvae/cascade", "sample", _SAMPLE),
    *({"temperature": np.nan}, "temperature must be finite"),
  ),
  "long seed": (
    *("cvae/cascade", "sample", _SAMPLE),
    *({"seed": [1, 2, 3]}, r"seed \[3\] is not compatible"),
  ),
  "latents of different counts": (
    *("cvae/level_0", "decode", _LATENTS),
    {"latent_1": np.zeros((1, 4))},
    r"latent_1 must have as many rows as latent_0; got\] \[1 2",
  ),
  "prior of nothing finite": (
    *("cvae/level_0", "prior"),
    {
      name: np.zeros((1, 4))
      for name in ("coarser_mean", "coarser_log_variance")
    },
    *({"coarser_mean": np.full((1, 4), np.inf)}, "coarser_mean must be finite"),
  ),
  "label above": (
    *("gan/cascade", "sample", _LABELLED),
    *({"labels": [4]}, r"labels must be 0 to 3; got\] \[4"),
  ),
  "label below": (
    *("gan/level_0", "generate", _FINE),
    *({"label": [0, -1]}, r"label must be 0 to 3; got\] \[0 -1"),
  ),
  "too few labels": (
    *("gan/level_0", "generate", _FINE),
    *({"label": [1]}, r"label must have as many rows as low_pass; got\] \[1 2"),
  ),
  "no label": (
    *("gan/cascade", "sample", _LABELLED),
    *({"labels": []}, r"labels must have one row or as many as count says"),
  ),
  "GAN's count": (
    *("gan/level_1", "generate", {**_SEED, "count": 1, "label": [0]}),
    *({"count": _MAX + 1}, rf"count must be 0 to {_MAX}"),
  ),
  "band NaN": (
    *("gan/level_1", "discriminate"),
    {"band": np.zeros((1, 8, 8, 3)), "label": [0]},
    *({"band": np.full((1, 8, 8, 3), np.nan)}, "band must be finite"),
  ),
}


@pytest.fixture(scope="module")
def served(tmp_path_factory, tiny_config):
  """Every export of a LapCVAE and of a class-conditional LAPGAN, loaded.

  Attributes: `root` of the folders; `python`, signatures by `family/model`.
  """
  root = tmp_path_factory.mktemp("served")
  cvae = LapCVAE(tiny_config())
  gan = LAPGAN(small_models.lapgan_config(num_classes=4))
  for k in range(2):
    lapcvae_export.export_level(cvae, k, root / f"cvae/level_{k}")
    lapgan_export.export_level(gan.level_models[k], root / f"gan/level_{k}")
  lapcvae_export.export_cascade(cvae, root / "cvae/cascade")
  lapgan_export.export_cascade(gan, root / "gan/cascade")
  names = ("level_0", "level_1", "cascade")
  models = [f"{family}/{name}" for family in ("cvae", "gan") for name in names]
  return types.SimpleNamespace(
    root=root, python={m: saved_models.load(root / m) for m in models}
  )


def _tensors(request):
  """As tensors of the types that the signatures take."""
  return {
    name: tf.constant(np.asarray(value, _TYPES.get(name, np.float32)))
    for name, value in request.items()
  }


_TYPES = {
  name: np.int32 for name in ("seed", "count", "fixed_from", "label", "labels")
}


@pytest.mark.parametrize("case", _REQUESTS)
def test_a_malformed_request_is_refused_by_the_name_of_the_input(
  served, record, case
):
  """Malformed request to a served model"""
  model, name, good, spoilt, message = _REQUESTS[case]
  signature = served.python[model][name]
  before = signature(**_tensors(good))
  with pytest.raises(tf.errors.InvalidArgumentError, match=message):
    signature(**_tensors({**good, **spoilt}))
  after = signature(**_tensors(good))
  for key, value in before.items():
    np.testing.assert_array_equal(after[key], value)
  record(lost=_LOST)


@pytest.mark.parametrize(
  "name, value, message",
  [
    ("count", tf.constant(2.0), "count must be int32; got float32"),
    ("temperature", tf.constant(1), "temperature must be float32; got int32"),
    ("seed", tf.constant(["a", "b"]), "seed must be int32; got string"),
  ],
)
def test_another_type_is_refused(served, record, name, value, message):
  """Malformed request to a served model"""
  signature = served.python["cvae/cascade"]["sample"]
  good = _tensors(_SAMPLE)
  with pytest.raises(tf.errors.InvalidArgumentError, match=message):
    signature(**{**good, name: value})
  assert np.all(np.isfinite(signature(**good)["images"]))
  record(lost=_LOST)


def test_a_session_refuses_as_well(served, record):
  """Malformed request to a served model"""
  # Sessions load as TensorFlow Serving does, which feeds without Python.
  refused = 0
  for model in served.python:
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
      loaded = tf.compat.v1.saved_model.load(
        session, ["serve"], str(served.root / model / "1")
      )
      for of, name, good, spoilt, message in _REQUESTS.values():
        if of != model:
          continue
        signature = loaded.signature_def[name]
        call, order = _callable(session, signature)
        for request, fails in ((good, False), (spoilt, True), (good, False)):
          request = {**good, **request}
          values = [
            np.asarray(request[key], _TYPES.get(key, np.float32))
            for key in order
          ]
          if fails:
            with pytest.raises(tf.errors.InvalidArgumentError, match=message):
              call(*values)
            refused += 1
          else:
            assert all(np.all(np.isfinite(out)) for out in call(*values))
  assert refused == len(_REQUESTS)
  record(tried=refused, lost=_LOST)


def _callable(session, signature):
  """A call as a server makes it, and the order of its inputs."""
  options = config_pb2.CallableOptions()
  order = sorted(signature.inputs)
  options.feed.extend(signature.inputs[key].name for key in order)
  options.fetch.extend(output.name for output in signature.outputs.values())
  return session._make_callable_from_options(options), order


def test_an_empty_batch_has_an_empty_answer(served, record):
  """Empty request to a served model"""
  asked = 0
  for model, signatures in served.python.items():
    loaded = tf.saved_model.load(str(served.root / model / "1"))
    for name in signatures:
      specs = loaded.signatures[name].structured_input_signature[1]
      request = {
        key: tf.zeros([0 if n is None else n for n in spec.shape], spec.dtype)
        for key, spec in specs.items()
      }
      for output in signatures[name](**request).values():
        assert output.shape[0] == 0 and output.dtype == tf.float32
      full = {
        key: tf.zeros([2 if n is None else n for n in spec.shape], spec.dtype)
        for key, spec in specs.items()
      }
      if "count" in full:
        full["count"] = tf.constant(2)
      for key, output in signatures[name](**full).items():
        empty = signatures[name](**request)[key]
        assert output.shape[0] == 2 and empty.shape[1:] == output.shape[1:]
      asked += 1
  assert asked >= 18
  record(tried=asked)


def test_the_largest_batch_is_served(served):
  """The limit itself is no mistake."""
  sample = served.python["cvae/cascade"]["sample"]
  images = sample(**_tensors({**_SAMPLE, "count": _MAX}))["images"]
  assert images.shape == (_MAX, 16, 16, 3)
