"""SavedModels: what is served is what the live model computes."""

import os
import pathlib
import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf import export
from lapcvae_tf.gaussian import Gaussian
from pyramid_tf import saved_models

SEED = tf.constant([7, 3])

# Loads every export where importing this project fails, then describes one.
_FOREIGN = """
import sys

OURS = ("lapcvae_tf", "pyramid_tf", "experiments")

class Refuse:
  def find_spec(self, name, path=None, target=None):
    if name.split(".")[0] in OURS:
      raise ImportError(f"{name} is not to be had here")

sys.meta_path.insert(0, Refuse())
import numpy as np
import tensorflow as tf

root, found = sys.argv[1], {}
cascade = tf.saved_model.load(root + "/cascade/1")
images = tf.constant(np.load(root + "/images.npy"))
found["reconstruct"] = cascade.signatures["serving_default"](images=images)
found["reconstruct"] = found["reconstruct"]["images"]
level = tf.saved_model.load(root + "/level_0/1")
latents = {"latent_0": tf.ones((5, 3)), "latent_1": tf.ones((5, 4))}
found["decode"] = level.signatures["serving_default"](**latents)["band"]
np.savez(root + "/found.npz", **{k: v.numpy() for k, v in found.items()})
assert not any(name.split(".")[0] in OURS for name in sys.modules)

from tensorflow.python.tools import saved_model_cli
sys.argv = ["saved_model_cli", "show", "--all", "--dir", root + "/cascade/1"]
saved_model_cli.main()
"""


def _run(*command, cwd):
  environment = {
    name: value
    for name, value in os.environ.items()
    if name not in ("PYTHONPATH", "PYTHONSTARTUP")
  }
  return subprocess.run(
    command,
    cwd=cwd,
    env=environment,
    check=True,
    text=True,
    stdout=subprocess.PIPE,
    timeout=300,
  ).stdout


def _images(count):
  return tf.random.stateless_uniform((count, 16, 16, 3), [count, 1], -1, 1)


def _normal(*shape):
  return tf.random.stateless_normal(shape, [shape[-1], 2])


def _assert_equal(served, live):
  assert set(served) == set(live)
  for name, value in live.items():
    np.testing.assert_allclose(
      served[name], value, atol=1e-5, rtol=1e-5, err_msg=name
    )


@pytest.fixture(scope="module")
def model(tiny_model):
  """Compiled, so that an optimizer could find its way into the files."""
  model = tiny_model()
  # Bright enough that some pixels leave [-1, 1].
  model.level_models[0].decoder.expand.layers[-1].bias.assign([0.9] * 3)
  model.compile(optimizer=tf.keras.optimizers.Adam())
  model.optimizer.build(model.trainable_variables)
  return model


@pytest.fixture(scope="module")
def root(model, tmp_path_factory):
  """A folder with both levels and the cascade of `model`."""
  root = tmp_path_factory.mktemp("exports")
  for k in range(2):
    export.export_level(model, k, root / f"level_{k}")
  export.export_cascade(model, root / "cascade")
  return root


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("k", [0, 1])
def test_level_serves_what_the_live_level_computes(model, root, k, count):
  """Equations 9, 13 and 11, at any batch size."""
  served = saved_models.load(root / f"level_{k}")
  assert set(served) == {"encode", "prior", "decode", "serving_default"}
  level, low_pass = model.level_models[k], _images(count)[:, ::2, ::2]
  if k == 0:
    low_pass = _images(count)
  band = 2.0 * low_pass[:, ::-1]
  images = {"band": band} | ({"low_pass": low_pass} if k == 0 else {})
  posterior = level.posterior(band, low_pass)
  _assert_equal(served["encode"](**images), posterior._asdict())
  statistics = Gaussian(_normal(count, 4), 0.5 * _normal(count, 4))
  inputs = {f"coarser_{name}": x for name, x in statistics._asdict().items()}
  inputs = inputs if k == 0 else {"count": tf.constant(count)}
  prior = level.prior(statistics, count)
  _assert_equal(served["prior"](**inputs), prior._asdict())
  latents = {f"latent_{j}": _normal(count, 3 + j) for j in range(k, 2)}
  band = level.decode(list(latents.values()), low_pass)
  for name in ("decode", "serving_default"):
    _assert_equal(served[name](**latents), {"band": band})


@pytest.mark.parametrize("count", [1, 5])
def test_cascade_serves_what_the_live_model_draws(model, root, count):
  """Reconstruction, sampling, partial sampling; clipped to [-1, 1]."""
  served, images = saved_models.load(root / "cascade"), _images(count)
  assert set(served) == {
    "reconstruct",
    "sample",
    "resample",
    "serving_default",
  }

  def clipped(image):
    assert np.max(np.abs(image)) > 1.0
    return {"images": np.clip(image, -1.0, 1.0)}

  for name in ("reconstruct", "serving_default"):
    _assert_equal(
      served[name](images=images), clipped(model.reconstruct(images))
    )
  for temperature in (1.0, 0.5):
    scale = tf.constant(temperature)
    _assert_equal(
      served["sample"](seed=SEED, count=tf.constant(count), temperature=scale),
      clipped(model.sample(SEED, count, temperature)),
    )
    for fixed_from in range(3):
      _assert_equal(
        served["resample"](
          images=images,
          fixed_from=tf.constant(fixed_from),
          seed=SEED,
          temperature=scale,
        ),
        clipped(model.resample(images, fixed_from, SEED, temperature)),
      )


@pytest.mark.parametrize("name", ["level_0", "level_1", "cascade"])
def test_files_hold_the_weights_once_and_nothing_else(model, root, name):
  """No optimizer slots, no other level's weights."""
  layers = model.level_models
  if name != "cascade":
    layers = [layers[int(name[-1])]]
  count = sum(np.prod(w.shape) for layer in layers for w in layer.weights)
  variables = root / name / "1" / "variables"
  stored = tf.train.list_variables(str(variables / "variables"))
  sizes = [np.prod(s) for key, s in stored if not key.startswith("_")]
  assert sum(sizes) == count
  size = sum(file.stat().st_size for file in variables.iterdir())
  assert size < 1.2 * 4 * count + 64 * 1024


def test_tensorflow_alone_serves_and_describes_it(model, root):
  """In a process that cannot import this project."""
  images = _images(5)
  np.save(root / "images.npy", images)
  description = _run(sys.executable, "-c", _FOREIGN, str(root), cwd=root)
  found = np.load(root / "found.npz")
  reconstruction = np.clip(model.reconstruct(images), -1.0, 1.0)
  np.testing.assert_allclose(found["reconstruct"], reconstruction, atol=1e-5)
  latents = [tf.ones((5, 3)), tf.ones((5, 4))]
  band = model.level_models[0].decode(latents, None)
  np.testing.assert_allclose(found["decode"], band, atol=1e-5)
  for name in ("reconstruct", "sample", "resample", "serving_default"):
    assert f"signature_def['{name}']" in description
  for name in ("images", "seed", "count", "temperature", "fixed_from"):
    assert f"inputs['{name}']" in description
  assert "outputs['images']" in description


def test_a_session_draws_what_the_live_model_draws(model, root, tmp_path):
  """saved_model_cli loads as TensorFlow Serving does."""
  _run(
    str(pathlib.Path(sys.executable).parent / "saved_model_cli"),
    "run",
    f"--dir={root / 'cascade' / '1'}",
    "--tag_set=serve",
    "--signature_def=sample",
    "--input_exprs=seed=[7, 3];count=3;temperature=0.75",
    f"--outdir={tmp_path}",
    cwd=tmp_path,
  )
  found = np.load(tmp_path / "images.npy")
  expected = np.clip(model.sample(SEED, 3, 0.75), -1.0, 1.0)
  np.testing.assert_allclose(found, expected, atol=1e-5)
