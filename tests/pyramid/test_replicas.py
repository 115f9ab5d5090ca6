"""Replicas and half precision: neither changes what either family computes."""

import numpy as np
import pytest
import tensorflow as tf
from support import small_models

from lapcvae_tf.gaussian import Gaussian
from lapcvae_tf.level import LapCVAELevel
from lapcvae_tf.objectives import Objective
from lapgan_tf.level import LAPGANLevel

_IMAGES = small_models.pictures(8)
_HALF = ("mixed_bfloat16", "mixed_float16")

# The options of a model, by what they try.
_LAPCVAES = {
  "closed_loop": {"likelihood": "calibrated", "target": "closed_loop"},
  "end_to_end": {"schedule": "end_to_end"},
  "prior": {},
}
# One level with a discriminator above a plain one.
_JUDGED = {
  "adversarial": {"likelihood": "adversarial"},
  "features": {
    "likelihood": "discriminator_features",
    "adversary": {
      "filters": (3, 4, 4),
      "fakes": ("prior",),
      "feature_weight": 0.3,
      "margin": 0.35,
    },
  },
}
_LAPGANS = {
  "convolutional": {"k": 0},
  "dense": {"k": 1},
  "batch_norm": {"k": 0, "generator": {"batch_norm": True}},
  "relativistic": {
    "k": 0,
    "loss": "relativistic",
    "real_penalty": 0.5,
    "generated_penalty": 0.5,
    "penalty_every": 2,
  },
}


def _made(name, **more):
  """A compiled model, and the step that trains it."""
  if name in _LAPGANS:
    level = small_models.lapgan_level(**_LAPGANS[name], **more)
    level.compile(*(tf.keras.optimizers.SGD(0.1) for _ in range(2)))
    return level, level.train_step
  if name in _JUDGED:
    # A mixed source draws a lot for each image of a replica.
    options = {"low_pass_source": "reconstructed", **_JUDGED[name]}
    model = small_models.adversarial(2, 1, **options, **more)
  else:
    model = small_models.lapcvae(**_LAPCVAES[name], **more)
  model.compile(
    optimizer=tf.keras.optimizers.SGD(1e-3),
    generator_optimizer=tf.keras.optimizers.SGD(1e-5),
    discriminator_optimizer=tf.keras.optimizers.SGD(1e-3),
    run_eagerly=True,
  )
  objective, _ = model.objectives()[0]
  if name == "prior":
    objective = Objective((0, 1), "prior")
  return model, lambda image: model.step_towards(image, objective)


def _trained(strategy, name, steps=1, **more):
  """A model after steps on the images, shared out over the replicas."""
  with strategy.scope():
    model, step = _made(name, **more)
  share = len(_IMAGES) // strategy.num_replicas_in_sync

  def batch(context):
    i = context.replica_id_in_sync_group
    return _IMAGES[i * share : (i + 1) * share]

  images = strategy.experimental_distribute_values_from_function(batch)
  for _ in range(steps):
    strategy.run(step, (images,))
  return model


def _values(model):
  return [weight.numpy().copy() for weight in model.weights]


@pytest.fixture
def equal_noise(monkeypatch):
  """No noise in latents, and the same noise for every band."""
  noise = LAPGANLevel.noise

  def repeated(self, seed, count):
    return tf.repeat(noise(self, tf.constant([1, 2]), 1), count, axis=0)

  plane = LapCVAELevel.noise

  def same(self, seed, count):
    if self.detail is None:
      return None
    return tf.repeat(plane(self, tf.constant([1, 2]), 1), count, axis=0)

  monkeypatch.setattr(LAPGANLevel, "noise", repeated)
  monkeypatch.setattr(LapCVAELevel, "noise", same)
  monkeypatch.setattr(
    Gaussian, "sample", lambda self, seed, temperature=1.0: self.mean
  )


@pytest.mark.usefixtures("equal_noise")
@pytest.mark.parametrize("name", [*_LAPCVAES, *_JUDGED, *_LAPGANS])
def test_two_replicas_take_the_step_of_one(two_replicas, name):
  """Gradients, statistics and averages are those of the global batch."""
  before = _values(_made(name)[0])
  one_device = tf.distribute.OneDeviceStrategy("/cpu:0")
  one, two = (
    _values(_trained(strategy, name)) for strategy in (one_device, two_replicas)
  )
  moved = 0.0
  for start, w_one, w_two in zip(before, one, two, strict=True):
    np.testing.assert_allclose(w_one, w_two, atol=1e-5)
    if np.all(np.isfinite(start)):
      moved = max(moved, np.max(np.abs(w_one - start)))
  assert moved > 2e-4


def test_replicas_take_penalties_now_and_then(two_replicas):
  """In a compiled step, with a penalty and without; copies stay equal."""
  with two_replicas.scope():
    model, step = _made("relativistic")
  run = tf.function(lambda: two_replicas.run(step, (_IMAGES,)))
  before = _values(model.discriminator)
  for _ in range(2):
    run()
    after = _values(model.discriminator)
    assert not np.array_equal(before[0], after[0])
    before = after
  for weight in model.weights:
    first, second = two_replicas.experimental_local_results(weight.value)
    np.testing.assert_array_equal(first, second, err_msg=weight.path)


@pytest.mark.parametrize("name", ["closed_loop", "batch_norm"])
def test_replicas_stay_equal(two_replicas, name):
  """Every copy of a weight holds the same number, kept averages included."""
  model = _trained(two_replicas, name, steps=2)
  if name == "batch_norm":
    assert model.average.keep_if_best(0.5)
    for served, average in zip(
      model.average.served, model.average.now, strict=True
    ):
      np.testing.assert_array_equal(served, average)
  for weight in model.weights:
    first, second = two_replicas.experimental_local_results(weight.value)
    np.testing.assert_array_equal(first, second, err_msg=weight.path)


@pytest.mark.parametrize(
  "name, owner, method",
  [("closed_loop", Gaussian, "sample"), ("dense", LAPGANLevel, "noise")],
)
def test_every_draw_has_noise_of_its_own(
  two_replicas, monkeypatch, name, owner, method
):
  """Two replicas, two steps, two levels or networks: eight seeds."""
  seeds, draw = [], getattr(owner, method)

  def recorded(self, seed, *arguments):
    seeds.append(tuple(seed.numpy()))
    return draw(self, seed, *arguments)

  monkeypatch.setattr(owner, method, recorded)
  _trained(two_replicas, name, steps=2)
  assert len(seeds) == len(set(seeds)) == 8


@pytest.fixture
def policy():
  """Sets a global policy until the test ends."""
  yield tf.keras.mixed_precision.set_global_policy
  tf.keras.mixed_precision.set_global_policy("float32")


def _lapcvae_outputs(**options):
  model = small_models.lapcvae(3, likelihood="calibrated", **options)
  outputs = [*model.reconstruct_levels(_IMAGES), model.encode(_IMAGES)[0]]
  for outcome in model.outcomes(_IMAGES, tf.constant([1, 2])):
    outputs += [outcome.composed, outcome.target, outcome.band, outcome.kl()]
    outputs += [*outcome.posterior, *outcome.prior]
  return outputs


def _lapgan_outputs(**options):
  level = small_models.lapgan_level(num_classes=3, **options)
  label = tf.range(8) % 3
  band, low_pass = level.real_bands(_IMAGES)
  drawn = level.generate(low_pass, tf.constant([1, 2]), label)
  logit = level.discriminate(band, low_pass, label)
  return [band, low_pass, drawn, logit]


@pytest.mark.parametrize("half", _HALF)
@pytest.mark.parametrize(
  "outputs, options",
  [
    (_lapcvae_outputs, {"decoder_condition": "latents"}),
    (_lapcvae_outputs, {"decoder_condition": "low_pass"}),
    (_lapgan_outputs, {"k": 0}),
    (_lapgan_outputs, {"k": 1}),
  ],
)
def test_mixed_precision_computes_about_the_same_in_float32(
  policy, outputs, options, half
):
  """Outputs are float32 and agree within the precision of bfloat16."""
  exact = outputs(**options)
  policy(half)
  differ = False
  for actual, expected in zip(outputs(**options), exact, strict=True):
    assert actual.dtype == tf.float32
    differ |= np.any(actual != expected)
    scale = max(np.max(np.abs(expected)), 1e-3)
    np.testing.assert_allclose(actual, expected, atol=0.05 * scale)
  assert differ


@pytest.mark.parametrize("half", _HALF)
@pytest.mark.parametrize(
  "name",
  ["closed_loop", "adversarial", "features", "convolutional", "relativistic"],
)
def test_mixed_precision_trains(policy, name, half):
  """Losses are finite, and the weights, which move, stay float32.

  The loss scale of float16 starts high and skips steps until it fits.
  """
  policy(half)
  model, step = _made(name)
  before = _values(model)
  for _ in range(2 if name in _LAPGANS else 12):
    losses = step(_IMAGES)
  assert all(np.isfinite(value) for value in losses.values())
  moved = [
    np.any(start != after)
    for start, after in zip(before, _values(model), strict=True)
  ]
  assert np.mean(moved) > (0.4 if name in _LAPGANS else 0.8)
  assert all(weight.dtype == "float32" for weight in model.weights)


@pytest.mark.parametrize("k", [0, 1])
def test_only_the_last_layer_computes_in_float32(policy, k):
  """The hidden layers of both networks compute in less."""
  policy("mixed_bfloat16")
  level = small_models.lapgan_level(k)
  for network in (level.generator, level.discriminator):
    *_, hidden, last = (block.compute_dtype for block in network.stack.blocks)
    assert (hidden, last) == ("bfloat16", "float32")
  shape = (1, 16, 16, 3) if k == 0 else (1, 3 * 8**2)
  first = level.discriminator.stack.blocks[0](tf.zeros(shape))
  assert first.dtype == tf.bfloat16
