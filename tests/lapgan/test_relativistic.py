"""The relativistic loss, its penalties, and noise on the coarse image."""

import dataclasses
import math

import numpy as np
import pytest
import tensorflow as tf

from lapgan_tf import examples
from lapgan_tf.configs import LAPGANConfig
from pyramid_tf import adversarial_losses as losses

_OPTIONS = {
  "loss": "relativistic",
  "real_penalty": 0.5,
  "generated_penalty": 0.25,
  "discriminator_input": "pair",
  "conditioning_noise": 0.3,
  "sampling_noise": 0.1,
}
_GAMMAS = ("real_penalty", "generated_penalty")


def test_equal_logits_cost_log_two_and_the_sides_are_mirrored():
  """Huang et al. (2024), Equation 2: what D gains, G loses."""
  real, generated = tf.constant([0.0, 2.0, -1.0]), tf.constant([0.0, 1.0, 3.0])
  loss = losses.relativistic_loss(real, generated)
  np.testing.assert_allclose(loss[0], math.log(2.0), rtol=1e-6)
  mirrored = losses.relativistic_loss(generated, real)
  np.testing.assert_allclose(mirrored - loss, real - generated, atol=1e-6)


def test_only_the_difference_of_logits_counts():
  """D cannot win by moving all of its logits."""
  real, generated = tf.constant([0.3, -2.0]), tf.constant([1.0, 0.5])
  np.testing.assert_allclose(
    losses.relativistic_loss(real + 7.0, generated + 7.0),
    losses.relativistic_loss(real, generated),
    rtol=1e-5,
  )


def test_a_linear_judge_has_the_penalty_of_its_weights():
  """|grad_x w.x|^2 / 2 = |w|^2 / 2 for every image, summed over pixels."""
  weights = np.random.default_rng(0).normal(size=(4, 4, 3)).astype(np.float32)
  gradient = tf.constant(np.stack([weights, 2.0 * weights]))
  expected = 0.5 * np.square(weights).sum() * np.array([1.0, 4.0])
  np.testing.assert_allclose(
    losses.gradient_penalty(gradient), expected, rtol=1e-5
  )


@pytest.fixture
def level(make_level, compiled):
  """`level(k, **options)`: a level of the relativistic loss."""

  def make(k=0, **options):
    hidden = {"activation": "leaky_relu"}
    return compiled(
      make_level(
        k,
        generator=hidden,
        discriminator=hidden,
        **{**_OPTIONS, **options},
      ),
      rate=0.05,
    )

  return make


def test_the_gradient_of_the_penalty_is_its_slope(level, image):
  """Second derivatives of D, against finite differences along one direction.

  The last layer's bias aside, the penalty is a square of its weights, so that
  its slope along them is twice its value.
  """
  model = level(conditioning_noise=0.0, sampling_noise=0.0)
  band, low_pass = model.real_bands(image)
  weight = model.discriminator.trainable_variables[-2]

  def penalty():
    with tf.GradientTape(watch_accessed_variables=False) as inner:
      inner.watch(band)
      total = tf.reduce_sum(model.discriminator(band, low_pass))
    return tf.reduce_sum(losses.gradient_penalty(inner.gradient(total, band)))

  with tf.GradientTape() as tape:
    value = penalty()
  slope = tf.reduce_sum(tape.gradient(value, weight.value) * weight)
  np.testing.assert_allclose(slope, 2.0 * value, rtol=1e-4)
  ends = []
  start = weight.numpy()
  for factor in (1.01, 0.99):
    weight.assign(factor * start)
    ends.append(float(penalty()))
  np.testing.assert_allclose(slope, (ends[0] - ends[1]) / 0.02, rtol=1e-3)


@pytest.mark.parametrize("k", [0, 1])
@pytest.mark.parametrize("num_classes", [0, 4])
def test_steps_lower_both_losses_of_what_they_see(level, image, k, num_classes):
  """In a compiled step; the coarsest level has neither pair nor noise."""
  model = level(k, num_classes=num_classes)
  data = {"image": image, "label": tf.range(8) % 4}
  step = tf.function(model.train_step)
  for _ in range(3):
    values = step(data)
  assert all(np.isfinite(float(value)) for value in values.values())
  assert 0.0 <= float(values["real_accuracy"]) <= 1.0
  low_pass = model.real_bands(image)[1]
  label = data["label"] if num_classes else None
  bands = [
    model.generate(low_pass, tf.constant([seed, 0]), label, "trained")
    for seed in (1, 1, 2)
  ]
  np.testing.assert_array_equal(bands[0], bands[1])
  assert not np.array_equal(bands[0], bands[2])


def test_penalties_cost_time_only_when_they_are_due(level, image, monkeypatch):
  """Between them, nothing of the second derivatives is computed."""
  model = level(penalty_every=3)
  computed = []
  penalty = losses.gradient_penalty

  def steps_taken():
    return int(model.discriminator_optimizer.iterations)

  monkeypatch.setattr(
    losses,
    "gradient_penalty",
    lambda gradient: computed.append(steps_taken()) or penalty(gradient),
  )
  for _ in range(7):
    model.train_step({"image": image})
  assert computed == [0, 3, 6]


def test_a_penalty_weighs_as_many_times_as_steps_pass(level, image):
  """So that its share of training does not depend on `penalty_every`."""
  moved = []
  for every, factor in ((1, 1.0), (4, 0.25)):
    gammas = {name: factor * 0.5 for name in _GAMMAS}
    model = level(penalty_every=every, **gammas)
    before = [w.numpy() for w in model.discriminator.trainable_variables]
    tf.function(model.train_step)({"image": image})
    after = [w.numpy() for w in model.discriminator.trainable_variables]
    moved.append([b - a for a, b in zip(before, after, strict=True)])
  for once, heavy in zip(*moved, strict=True):
    np.testing.assert_allclose(heavy, once, rtol=1e-4, atol=1e-7)


def test_penalties_hold_the_gradients_of_the_discriminator_down(
  make_level, compiled, image
):
  """R1 and R2 are what keeps D from becoming steep."""
  steepness = []
  for gamma in (0.0, 50.0):
    model = compiled(
      make_level(
        loss="relativistic", real_penalty=gamma, generated_penalty=gamma
      ),
      rate=0.02,
    )
    step = tf.function(model.train_step)
    for _ in range(20):
      step({"image": image})
    band, low_pass = model.real_bands(image)
    with tf.GradientTape() as tape:
      tape.watch(band)
      total = tf.reduce_sum(model.discriminator(band, low_pass))
    gradient = tape.gradient(total, band)
    steepness.append(float(tf.reduce_mean(losses.gradient_penalty(gradient))))
  assert steepness[1] < 0.5 * steepness[0]


def test_noise_on_the_coarse_image_leaves_the_true_image(level, image):
  """The band makes good what the noise did, of a deviation that is told."""
  model = level()
  band, low_pass = model.real_bands(image)
  given = examples.Examples(band, low_pass, None)
  noisy = examples.augmented(model, given, tf.constant([3, 0]))
  np.testing.assert_allclose(
    noisy.band + noisy.low_pass, band + low_pass, atol=1e-5
  )
  assert np.all((noisy.deviation >= 0.0) & (noisy.deviation <= 0.3))
  moved = tf.math.reduce_std(noisy.low_pass - low_pass, (1, 2, 3))
  order = np.argsort(noisy.deviation)
  assert moved.numpy()[order[-1]] > moved.numpy()[order[0]]


@pytest.mark.parametrize(
  "options, word",
  [
    ({"loss": "wasserstein"}, "loss"),
    ({"real_penalty": 1.0}, "relativistic"),
    ({"loss": "relativistic", "real_penalty": -1.0}, "real_penalty"),
    ({"penalty_every": 0}, "penalty_every"),
    ({"sampling_noise": 0.1}, "conditioning_noise"),
    ({"generated_low_pass": 1.5}, "generated_low_pass"),
    ({"generated_low_pass": 0.5, "discriminator_input": "pair"}, "sum"),
    ({"discriminator_label": "output"}, "discriminator_label"),
    ({"keep_coarse": True}, "haar"),
    (
      {"keep_coarse": True, "kernel": "haar", "conditioning_noise": 0.1},
      "conditioning_noise=0",
    ),
  ],
)
def test_configurations_that_cannot_be_are_refused(tiny_config, options, word):
  """The field is named."""
  with pytest.raises(ValueError, match=word):
    LAPGANConfig(levels=tiny_config().levels, **options)


@pytest.mark.parametrize(
  "own, word",
  [
    ({"discriminator_input": "both"}, "sum, pair, got 'both' at 16 pixels"),
    ({"discriminator_input": "pair"}, "generated_low_pass=0.5 at 16 pixels"),
    ({"generated_low_pass": -0.5}, "got -0.5 at 16 pixels"),
    ({"keep_coarse": True}, "haar"),
  ],
)
def test_a_level_of_its_own_way_that_cannot_be_is_refused(
  tiny_config, own, word
):
  """What the level says counts together with what the pyramid says."""
  finest, coarsest = tiny_config().levels
  levels = (dataclasses.replace(finest, **own), coarsest)
  with pytest.raises(ValueError, match=word):
    LAPGANConfig(levels=levels, generated_low_pass=0.5)


def test_a_discriminator_of_batches_has_its_penalties_at_every_step(
  make_level,
):
  """Its statistics are shared by replicas, which cannot go either way."""
  options = {"loss": "relativistic", "discriminator": {"batch_norm": True}}
  make_level(**options)
  with pytest.raises(ValueError, match="of 16 pixels has batch_norm=True"):
    make_level(**options, penalty_every=2)
