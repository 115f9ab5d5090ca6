"""Replicas and half precision: neither changes what is computed."""

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.objectives import Objective


def _step(strategy, tiny_model, image, objective=None, **options):
  """A model after one step on `image`, shared out over the replicas."""
  with strategy.scope():
    model = tiny_model(**options)
    model.compile(optimizer=tf.keras.optimizers.SGD(1e-3), run_eagerly=True)
  objective = objective or model.objectives()[0][0]
  share = len(image) // strategy.num_replicas_in_sync

  def batch(context):
    i = context.replica_id_in_sync_group
    return image[i * share : (i + 1) * share]

  images = strategy.experimental_distribute_values_from_function(batch)
  strategy.run(lambda image: model.step_towards(image, objective), (images,))
  return model


@pytest.mark.usefixtures("noiseless")
@pytest.mark.parametrize(
  "options, objective",
  [
    ({"likelihood": "calibrated", "target": "closed_loop"}, None),
    ({"schedule": "end_to_end"}, None),
    ({}, Objective((0, 1), "prior")),
  ],
  ids=["joint", "end_to_end", "prior"],
)
def test_two_replicas_take_the_step_of_one(
  tiny_model, two_replicas, weights_of, image, options, objective
):
  """Gradients and statistics are those of the global batch."""
  before = weights_of(tiny_model(**options))
  one, two = (
    weights_of(_step(strategy, tiny_model, image, objective, **options))
    for strategy in (
      tf.distribute.OneDeviceStrategy("/cpu:0"),
      two_replicas,
    )
  )
  moved = 0.0
  for start, w_one, w_two in zip(before, one, two, strict=True):
    np.testing.assert_allclose(w_one, w_two, atol=1e-5)
    moved = max(moved, np.max(np.abs(w_one - start)))
  assert moved > 2e-4


def test_replicas_stay_equal(tiny_model, two_replicas, image):
  """Every copy of a weight holds the same number after a step."""
  model = _step(two_replicas, tiny_model, image, likelihood="calibrated")
  for weight in model.weights:
    first, second = two_replicas.experimental_local_results(weight.value)
    np.testing.assert_array_equal(first, second)


def test_replicas_and_levels_draw_their_own_noise(
  tiny_model, two_replicas, image, monkeypatch
):
  """Two replicas and three levels: six seeds a step."""
  seeds, sample = [], Gaussian.sample

  def recorded(self, seed, temperature=1.0):
    seeds.append(tuple(seed.numpy()))
    return sample(self, seed, temperature)

  monkeypatch.setattr(Gaussian, "sample", recorded)
  _step(two_replicas, tiny_model, image, num_levels=3)
  assert len(seeds) == len(set(seeds)) == 6


@pytest.fixture(params=["mixed_bfloat16", "mixed_float16"])
def mixed_precision(request):
  tf.keras.mixed_precision.set_global_policy(request.param)
  yield
  tf.keras.mixed_precision.set_global_policy("float32")


@pytest.mark.usefixtures("mixed_precision")
@pytest.mark.parametrize("condition", ["latents", "low_pass"])
def test_images_and_kl_are_float32_under_mixed_precision(
  tiny_model, image, condition
):
  """Whatever the layers compute in."""
  model = tiny_model(3, decoder_condition=condition, likelihood="calibrated")
  outcomes = model.outcomes(image, tf.constant([1, 2]))
  seed = tf.constant([3, 4])
  found = [*model.reconstruct_levels(image), model.sample(seed, 2)]
  for outcome in outcomes:
    found += [outcome.composed, outcome.target, outcome.band, outcome.kl()]
    found += [*outcome.posterior, *outcome.prior]
  for tensor in found:
    assert tensor.dtype == tf.float32
    assert np.all(np.isfinite(tensor))


@pytest.mark.usefixtures("mixed_precision")
def test_mixed_precision_trains(tiny_model, train, weights_of, image):
  """The loss is that of float32 within half precision, and weights move.

  The loss scale of float16 starts high and skips steps until it fits.
  """
  model = tiny_model()
  before = weights_of(model)
  found = train(model, image, steps=12)
  assert all(np.isfinite(value) for value in found.values())
  moved = [
    np.any(start != after)
    for start, after in zip(before, weights_of(model), strict=True)
  ]
  assert np.mean(moved) > 0.8
  assert all(weight.dtype == "float32" for weight in model.weights)


def test_mixed_precision_computes_about_the_same(tiny_model, train, image):
  """Losses of the first step agree within the precision of bfloat16."""
  exact = train(tiny_model(), image)
  tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
  try:
    rounded = train(tiny_model(), image)
  finally:
    tf.keras.mixed_precision.set_global_policy("float32")
  for name, value in exact.items():
    np.testing.assert_allclose(rounded[name], value, rtol=0.05, err_msg=name)
