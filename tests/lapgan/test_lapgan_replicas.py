"""Replicas and half precision: neither changes what is computed."""

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf import heuristic
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.model import LAPGAN

OPTIONS = {
  "convolutional": {"k": 0},
  "dense": {"k": 1},
  "batch_norm": {"k": 0, "generator": {"batch_norm": True}},
}


def _step(strategy, make_level, compiled, image, steps=1, **options):
  """A level after steps on `image`, shared out over the replicas."""
  with strategy.scope():
    level = compiled(make_level(**options))
  share = len(image) // strategy.num_replicas_in_sync

  def batch(context):
    i = context.replica_id_in_sync_group
    return image[i * share : (i + 1) * share]

  images = strategy.experimental_distribute_values_from_function(batch)
  for _ in range(steps):
    strategy.run(lambda image: level.train_step({"image": image}), (images,))
  return level


@pytest.fixture
def equal_noise(monkeypatch):
  """Every example has the same noise, whoever draws it."""
  noise = LAPGANLevel.noise

  def repeated(self, seed, count):
    one = noise(self, tf.constant([1, 2]), 1)
    return tf.repeat(one, count, axis=0)

  monkeypatch.setattr(LAPGANLevel, "noise", repeated)


@pytest.mark.usefixtures("equal_noise")
@pytest.mark.parametrize("name", OPTIONS)
def test_two_replicas_take_the_step_of_one(
  make_level, compiled, two_replicas, weights_of, image, name
):
  """Gradients, statistics and averages are those of the global batch."""
  before = weights_of(make_level(**OPTIONS[name]))
  one, two = (
    weights_of(_step(strategy, make_level, compiled, image, **OPTIONS[name]))
    for strategy in (tf.distribute.OneDeviceStrategy("/cpu:0"), two_replicas)
  )
  moved = 0.0
  for start, w_one, w_two in zip(before, one, two, strict=True):
    np.testing.assert_allclose(w_one, w_two, atol=1e-5)
    if np.all(np.isfinite(start)):
      moved = max(moved, np.max(np.abs(w_one - start)))
  assert moved > 1e-3


def test_replicas_stay_equal(make_level, compiled, two_replicas, image):
  """Every copy of a weight holds the same number, averages included."""
  options = {"generator": {"batch_norm": True, "dropout": 0.5}}
  level = _step(two_replicas, make_level, compiled, image, 2, **options)
  level.average.keep_if_best(0.5)
  averaged = [w for w in level.weights if w.name.startswith("averaged")]
  assert len(averaged) == len(level.generator.weights)
  for weight in level.weights:
    first, second = two_replicas.experimental_local_results(weight.value)
    np.testing.assert_array_equal(first, second, err_msg=weight.path)
  for served, average in zip(level.generator_variables, averaged, strict=True):
    np.testing.assert_array_equal(served, average)


def test_replicas_draw_their_own_noise(
  make_level, compiled, two_replicas, image, monkeypatch
):
  """Two replicas, two steps, noise of D's and of G's step: eight seeds."""
  seeds, noise = [], LAPGANLevel.noise

  def recorded(self, seed, count):
    seeds.append(tuple(seed.numpy()))
    return noise(self, seed, count)

  monkeypatch.setattr(LAPGANLevel, "noise", recorded)
  _step(two_replicas, make_level, compiled, image, steps=2)
  assert len(seeds) == len(set(seeds)) == 8


def test_a_level_on_replicas_is_scored_and_drawn_from(
  make_level, two_replicas, image
):
  """Between steps, outside replicas: as a level on one device."""
  one = make_level(num_levels=1)
  with two_replicas.scope():
    two = make_level(num_levels=1)
  band, low_pass = one.real_bands(image)
  seed, found = tf.constant([1, 2]), []
  for level in (one, two):
    outcomes = [level.average.keep_if_best(score) for score in (0.5, 0.7)]
    assert outcomes == [True, False]
    cascade = LAPGAN(level.config, [level])
    distance = heuristic.nearest_distance(level, band, low_pass, seed, 2)
    found.append([*level.real_bands(image), distance, cascade.sample(seed, 2)])
  for ours, theirs in zip(*found, strict=True):
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


@pytest.fixture
def bfloat16():
  tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
  yield
  tf.keras.mixed_precision.set_global_policy("float32")


@pytest.mark.usefixtures("bfloat16")
@pytest.mark.parametrize("k", [0, 1])
def test_outputs_are_float32_under_mixed_precision(
  make_level, compiled, image, k
):
  """Bands, logits and weights, while the hidden layers compute in less."""
  hidden = {"filters": 4, "batch_norm": True, "dropout": 0.5, "l2_pool": 2}
  level = compiled(
    make_level(k, num_classes=3, generator=hidden, discriminator=hidden)
  )
  label = tf.range(8) % 3
  found = level.train_step({"image": image, "label": label})
  band, low_pass = level.real_bands(image)
  drawn = level.generate(low_pass, tf.constant([1, 2]), label)
  outputs = [band, low_pass, drawn, level.discriminate(drawn, low_pass, label)]
  outputs += [value for value in found.values()]
  for output in outputs:
    assert output.dtype == tf.float32
    assert np.all(np.isfinite(output))
  assert all(weight.dtype == "float32" for weight in level.weights)
  shape = (1, 16, 16, 4) if k == 0 else (1, 3 * 8**2 + 3)
  for network in (level.generator, level.discriminator):
    *_, hidden, last = (block.dtype_policy for block in network.stack.blocks)
    assert hidden.compute_dtype == "bfloat16"
    assert last.compute_dtype == "float32"
  first = level.discriminator.stack.blocks[0](tf.zeros(shape))
  assert first.dtype == tf.bfloat16


@pytest.mark.parametrize("k", [0, 1])
def test_mixed_precision_computes_about_the_same(make_level, image, k):
  """Bands and logits agree within the precision of bfloat16."""

  def computed():
    level = make_level(k)
    band, low_pass = level.real_bands(image)
    drawn = level.generate(low_pass, tf.constant([1, 2]))
    return drawn, level.discriminate(band, low_pass)

  exact = computed()
  tf.keras.mixed_precision.set_global_policy("mixed_bfloat16")
  try:
    rounded = computed()
  finally:
    tf.keras.mixed_precision.set_global_policy("float32")
  for found, expected in zip(rounded, exact, strict=True):
    assert np.any(found != expected)
    scale = np.max(np.abs(expected))
    np.testing.assert_allclose(found, expected, atol=0.03 * scale)
