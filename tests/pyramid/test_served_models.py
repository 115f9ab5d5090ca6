"""SavedModels of both families: what the files hold, and who can serve them."""

import functools
import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

_POSTERIOR = {"mean", "log_variance"}
_JUDGEMENT = {"logit", "probability"}
_STATISTICS = {"coarser_mean", "coarser_log_variance"}
_RESAMPLE = {"images", "fixed_from", "seed", "temperature"}

# Inputs and outputs by signature, the default first.
_LAPCVAE = {
  "level_0": {
    "decode": ({"latent_0", "latent_1"}, {"band"}),
    "encode": ({"band", "low_pass"}, _POSTERIOR),
    "prior": (_STATISTICS, _POSTERIOR),
  },
  "level_1": {
    "decode": ({"latent_1"}, {"band"}),
    "encode": ({"band"}, _POSTERIOR),
    "prior": ({"count"}, _POSTERIOR),
  },
  "cascade": {
    "reconstruct": ({"images"}, {"images"}),
    "sample": ({"seed", "count", "temperature"}, {"images"}),
    "resample": (_RESAMPLE, {"images"}),
  },
}
_LABELLED = {
  "level_0": {
    "generate": ({"low_pass", "seed", "label"}, {"band"}),
    "render": ({"low_pass", "noise", "label"}, {"band"}),
    "discriminate": ({"band", "low_pass", "label"}, _JUDGEMENT),
  },
  "level_1": {
    "generate": ({"count", "seed", "label"}, {"band"}),
    "render": ({"noise", "label"}, {"band"}),
    "discriminate": ({"band", "label"}, _JUDGEMENT),
  },
  "cascade": {
    "sample": ({"seed", "count", "labels"}, {"images"}),
    "standardise": ({"images"}, {"standardised"}),
    "to_images": ({"standardised"}, {"images"}),
  },
}
# Without classes there is no label.
_LAPGAN = {
  name: {
    key: (inputs - {"label", "labels"}, outputs)
    for key, (inputs, outputs) in signatures.items()
  }
  for name, signatures in _LABELLED.items()
}
_CONTRACTS = {"lapcvae": _LAPCVAE, "lapgan": _LAPGAN, "labelled": _LABELLED}
_EVERY_EXPORT = pytest.mark.parametrize(
  "family, name", [(f, name) for f in _CONTRACTS for name in _LAPCVAE]
)

# Serves every default where importing this project fails.
_FOREIGN = """
import sys

OURS = ("lapgan_tf", "lapcvae_tf", "pyramid_tf", "experiments")

class Refuse:
  def find_spec(self, name, path=None, target=None):
    if name.split(".")[0] in OURS:
      raise ImportError(f"{name} is not to be had here")

sys.meta_path.insert(0, Refuse())
import numpy as np
import tensorflow as tf

for root in sys.argv[1:]:
  for name in ("level_0", "level_1", "cascade"):
    served = tf.saved_model.load(f"{root}/{name}/1").signatures
    inputs = np.load(f"{root}/{name}.npz")
    inputs = {key: tf.constant(inputs[key]) for key in inputs.files}
    outputs = served["serving_default"](**inputs)
    np.savez(f"{root}/{name}_served.npz", **outputs)
assert not any(name.split(".")[0] in OURS for name in sys.modules)
"""

_CHOSEN = {"seed": [7, 3], "count": 3, "fixed_from": 1, "temperature": 0.75}


@functools.cache
def _examples(root, name):
  """What each signature returns for three rows: its inputs and outputs."""
  served = tf.saved_model.load(str(root / name / "1")).signatures
  generator = np.random.default_rng(0)
  examples = {}
  for key, signature in served.items():
    inputs = {}
    for of, spec in signature.structured_input_signature[1].items():
      shape = [n or 3 for n in spec.shape]
      value = _CHOSEN.get(of, generator.uniform(-1, 1, shape))
      if of in ("label", "labels"):
        value = generator.integers(0, 4, shape)
      inputs[of] = np.asarray(value, spec.dtype.as_numpy_dtype)
    outputs = signature(**{of: tf.constant(v) for of, v in inputs.items()})
    examples[key] = (inputs, {of: v.numpy() for of, v in outputs.items()})
  return examples


def _assert_close(actual, expected):
  assert set(actual) == set(expected)
  for key, value in expected.items():
    np.testing.assert_allclose(actual[key], value, atol=1e-5, err_msg=key)


def _served_weights(family, model, name):
  """The live weights that an export reads."""
  levels = model.level_models
  if family == "lapcvae":
    levels = levels if name == "cascade" else [levels[int(name[-1])]]
    return [weight for level in levels for weight in level.weights]
  if name == "cascade":
    generators = [w for level in levels for w in level.generator_variables]
    return generators + model.standardisation.weights
  level = levels[int(name[-1])]
  return [*level.generator_variables, *level.discriminator.weights]


def _fingerprints(values):
  return sorted(
    (np.shape(v), round(float(np.sum(np.abs(v))), 3)) for v in values
  )


@pytest.mark.parametrize("family", ["lapcvae", "lapgan"])
@pytest.mark.parametrize("name", _LAPCVAE)
def test_files_hold_the_served_weights_and_nothing_else(exports, family, name):
  """No optimizer, no other level, no trained or averaged weights of a GAN."""
  model, root = exports(family)
  folder = root / name / "1" / "variables"
  reader = tf.train.load_checkpoint(str(folder / "variables"))
  stored = [
    reader.get_tensor(key)
    for key in reader.get_variable_to_shape_map()
    if not key.startswith("_")
  ]
  expected = [w.numpy() for w in _served_weights(family, model, name)]
  assert _fingerprints(stored) == _fingerprints(expected)
  size = sum(file.stat().st_size for file in folder.iterdir())
  assert size < 1.2 * 4 * sum(v.size for v in stored) + 64 * 1024


@_EVERY_EXPORT
def test_a_session_serves_the_signatures_of_the_contract(exports, family, name):
  """Sessions load as TensorFlow Serving does; results are those of Python."""
  _, root = exports(family)
  contract = dict(_CONTRACTS[family][name])
  contract["serving_default"] = next(iter(contract.values()))
  examples = _examples(root, name)
  with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    loaded = tf.compat.v1.saved_model.load(
      session, ["serve"], str(root / name / "1")
    ).signature_def
    assert {key for key in loaded if not key.startswith("__")} == set(contract)
    for key, names in contract.items():
      signature, (inputs, outputs) = loaded[key], examples[key]
      assert (set(signature.inputs), set(signature.outputs)) == names
      actual = session.run(
        {of: output.name for of, output in signature.outputs.items()},
        {signature.inputs[of].name: value for of, value in inputs.items()},
      )
      _assert_close(actual, outputs)


def test_tensorflow_alone_serves_it(exports):
  """In a process that cannot import this project, for every family."""
  roots = [exports(family)[1] for family in _CONTRACTS]
  examples = {
    (root, name): _examples(root, name)["serving_default"]
    for root in roots
    for name in _LAPCVAE
  }
  for (root, name), (inputs, _) in examples.items():
    np.savez(root / f"{name}.npz", **inputs)
  hidden = ("PYTHONPATH", "PYTHONSTARTUP")
  subprocess.run(
    [sys.executable, "-c", _FOREIGN, *map(str, roots)],
    cwd=roots[0],
    env={key: v for key, v in os.environ.items() if key not in hidden},
    check=True,
    timeout=300,
  )
  for (root, name), (_, outputs) in examples.items():
    _assert_close(np.load(root / f"{name}_served.npz"), outputs)
