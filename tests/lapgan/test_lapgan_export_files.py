"""SavedModels elsewhere: what the files hold, and who can serve them."""

import os
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

SEED = tf.constant([7, 3])

# Serves where importing this project fails.
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

root, found, seed = sys.argv[1], {}, tf.constant([7, 3])
cascade = tf.saved_model.load(root + "/cascade/1").signatures
found["images"] = cascade["serving_default"](seed=seed, count=tf.constant(3))
found["images"] = found["images"]["images"]
level = tf.saved_model.load(root + "/level_0/1").signatures
low_pass = tf.ones((3, 16, 16, 3))
found["band"] = level["serving_default"](low_pass=low_pass, seed=seed)["band"]
logit = level["discriminate"](band=found["band"], low_pass=low_pass)
np.savez(root + "/found.npz", **found, **logit)
assert not any(name.split(".")[0] in OURS for name in sys.modules)
"""

# Inputs and outputs by signature; class-conditional models add a label.
_NAMES = {
  "level_0": {
    "generate": ({"low_pass", "seed", "label"}, {"band"}),
    "discriminate": (
      {"band", "low_pass", "label"},
      {"logit", "probability"},
    ),
    "serving_default": ({"low_pass", "seed", "label"}, {"band"}),
  },
  "level_1": {
    "generate": ({"count", "seed", "label"}, {"band"}),
    "discriminate": ({"band", "label"}, {"logit", "probability"}),
    "serving_default": ({"count", "seed", "label"}, {"band"}),
  },
  "cascade": {
    "sample": ({"seed", "count", "labels"}, {"images"}),
    "standardise": ({"images"}, {"standardised"}),
    "to_images": ({"standardised"}, {"images"}),
    "serving_default": ({"seed", "count", "labels"}, {"images"}),
  },
}


def _stored(path):
  reader = tf.train.load_checkpoint(str(path / "1" / "variables" / "variables"))
  shapes = reader.get_variable_to_shape_map()
  return [reader.get_tensor(key) for key in shapes if not key.startswith("_")]


def _fingerprints(values):
  return sorted(
    (np.shape(v), round(float(np.sum(np.abs(v))), 3)) for v in values
  )


@pytest.mark.parametrize("name", ["level_0", "level_1", "cascade"])
def test_files_hold_the_served_weights_and_nothing_else(exported, name):
  """No trained or averaged weights, no optimizer; D in levels alone."""
  model, root = exported
  if name == "cascade":
    expected = [
      *(v for m in model.level_models for v in m.generator_variables),
      *model.standardisation.weights,
    ]
  else:
    level = model.level_models[int(name[-1])]
    expected = [*level.generator_variables, *level.discriminator.weights]
  stored = _stored(root / name)
  assert _fingerprints(stored) == _fingerprints(v.numpy() for v in expected)
  size = sum(
    file.stat().st_size for file in (root / name / "1" / "variables").iterdir()
  )
  assert size < 1.2 * 4 * sum(v.size for v in stored) + 64 * 1024


@pytest.mark.parametrize("classes", [0, 4])
@pytest.mark.parametrize("name", _NAMES)
def test_signatures_name_what_they_take_and_return(
  exported, exported_labelled, name, classes
):
  """The contract of the exporter's docstring; no label without classes."""
  _, root = exported_labelled if classes else exported
  with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    served = tf.compat.v1.saved_model.load(
      session, ["serve"], str(root / name / "1")
    ).signature_def
  found = {
    key: (set(signature.inputs), set(signature.outputs))
    for key, signature in served.items()
    if not key.startswith("__")
  }
  unknown = set() if classes else {"label", "labels"}
  assert found == {
    key: (inputs - unknown, outputs)
    for key, (inputs, outputs) in _NAMES[name].items()
  }


def test_tensorflow_alone_serves_it(exported):
  """In a process that cannot import this project."""
  model, root = exported
  environment = {
    name: value
    for name, value in os.environ.items()
    if name not in ("PYTHONPATH", "PYTHONSTARTUP")
  }
  subprocess.run(
    [sys.executable, "-c", _FOREIGN, str(root)],
    cwd=root,
    env=environment,
    check=True,
    timeout=300,
  )
  found = np.load(root / "found.npz")
  images = np.clip(model.sample(SEED, 3), -1.0, 1.0)
  np.testing.assert_allclose(found["images"], images, atol=1e-5)
  level, low_pass = model.level_models[0], tf.ones((3, 16, 16, 3))
  band = level.generate(low_pass, SEED)
  np.testing.assert_allclose(found["band"], band, atol=1e-5)
  logit = level.discriminate(band, low_pass)
  np.testing.assert_allclose(found["logit"], logit, atol=1e-5)


def test_a_session_draws_what_the_live_model_draws(exported_labelled):
  """Sessions load as TensorFlow Serving does."""
  model, root = exported_labelled
  with tf.Graph().as_default(), tf.compat.v1.Session() as session:
    served = tf.compat.v1.saved_model.load(
      session, ["serve"], str(root / "cascade" / "1")
    )
    sample = served.signature_def["sample"]
    values = {"seed": [7, 3], "count": 3, "labels": [1]}
    found = session.run(
      sample.outputs["images"].name,
      {sample.inputs[name].name: value for name, value in values.items()},
    )
  expected = np.clip(model.sample(SEED, 3, [1, 1, 1]), -1.0, 1.0)
  np.testing.assert_allclose(found, expected, atol=1e-5)
