"""SavedModels: what is served is what the live model computes."""

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf.gaussian import Gaussian
from pyramid_tf import saved_models

SEED = tf.constant([7, 3])


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
def model(exports):
  """The live model."""
  return exports("lapcvae")[0]


@pytest.fixture(scope="module")
def root(exports):
  """The folder of its exports."""
  return exports("lapcvae")[1]


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
