"""Training: who learns from which examples, with what noise."""

import numpy as np
import pytest
import tensorflow as tf

BN = {"batch_norm": True}
DROPOUT = {"dropout": 0.5}
FIGURES = {
  "generator_loss",
  "discriminator_loss",
  "real_accuracy",
  "generated_accuracy",
}


def _equal(first, second):
  return [
    np.array_equal(one, two) for one, two in zip(first, second, strict=True)
  ]


def test_accuracies_are_shares_of_each_kind(make_level, compiled, image):
  """A D that finds everything real is right about the real half only."""
  level = compiled(make_level(), rate=0.0)
  level.discriminator.stack.blocks[-1].weights[1].assign([50.0])
  actual = level.train_step(image)
  assert float(actual["real_accuracy"]) == 1.0
  assert float(actual["generated_accuracy"]) == 0.0
  level.reset_metrics()
  level.discriminator.stack.blocks[-1].weights[1].assign([-50.0])
  actual = level.train_step(image)
  assert float(actual["real_accuracy"]) == 0.0
  assert float(actual["generated_accuracy"]) == 1.0


def test_roles_are_shared_out_in_strides_of_four(
  make_level, compiled, parts_of, image
):
  """Real, low-pass for generated, and two quarters for G's step."""
  level = compiled(make_level(num_classes=8))
  labels = tf.range(8)
  parts = parts_of(level, {"image": image, "label": labels})
  band, low_pass = level.real_bands(image)
  for name, where in (
    ("real", [0, 4]),
    ("fake", [1, 5]),
    ("part", [2, 6, 3, 7]),
  ):
    part = parts[name]
    for actual, expected in (
      (part.band, band),
      (part.low_pass, low_pass),
      (part.label, tf.one_hot(labels, 8)),
    ):
      np.testing.assert_array_equal(actual, expected.numpy()[where])


def test_no_two_draws_of_a_step_share_a_seed(
  make_level, compiled, parts_of, image
):
  """Noise and dropout of D's step, of G's step."""
  seeds = parts_of(compiled(make_level()), image)["seeds"]
  assert len({tuple(seed) for seed in seeds.numpy()}) == 5


def test_noise_depends_on_run_level_and_step_only(make_level, compiled, image):
  """Equal ones repeat a step; any other draws anew."""

  def seeds(steps=0, **options):
    level = compiled(make_level(**options))
    for _ in range(steps):
      level.train_step(image)
    return tuple(level._step_seed().numpy())

  assert seeds() == seeds() and seeds(2) == seeds(2)
  assert len({seeds(), seeds(1), seeds(2), seeds(seed=1), seeds(k=1)}) == 5


def test_dropout_of_the_discriminator_is_drawn_anew(
  make_level, compiled, image
):
  """By the seeds of a step, and not by chance."""

  def figures(seed):
    level = compiled(make_level(discriminator=DROPOUT, seed=seed), rate=0.0)
    level.noise = lambda seed, count: tf.zeros((count, 16, 16, 1))
    return [float(value) for value in level.train_step(image).values()]

  assert figures(0) == figures(0)
  assert figures(0)[:2] != figures(1)[:2]


def test_uint8_images_are_those_of_0_to_255(make_level, compiled, image):
  """A batch straight from a data set, with or without a name."""
  pixels = tf.cast(tf.round((image + 1.0) * 127.5), tf.uint8)
  floats = tf.cast(pixels, tf.float32) / 127.5 - 1.0
  actual = [
    compiled(make_level()).train_step(data)
    for data in (pixels, floats, {"image": pixels})
  ]
  for name in FIGURES:
    values = [float(figures[name]) for figures in actual]
    np.testing.assert_allclose(values, values[:1] * 3, rtol=1e-5)


@pytest.mark.parametrize("k", [0, 1])
def test_keras_fit_trains(make_level, weights_of, image, k):
  """In a graph, with labels, dropout and batch normalisation."""
  level = make_level(k, num_classes=3, generator=BN, discriminator=DROPOUT)
  before = weights_of(level)
  level.compile(
    tf.keras.optimizers.Adam(2e-3), tf.keras.optimizers.SGD(0.01, 0.5)
  )
  data = {"image": image, "label": tf.range(8) % 3}
  batches = tf.data.Dataset.from_tensors(data).repeat(5)
  history = level.fit(batches, epochs=2, shuffle=False, verbose=0).history
  assert set(history) == FIGURES
  assert np.all(np.isfinite(list(history.values())))
  assert history["generator_loss"][0] != history["generator_loss"][1]
  assert int(level.generator_optimizer.iterations) == 10
  same = dict(
    zip(
      (w.path for w in level.weights),
      _equal(before, weights_of(level)),
      strict=True,
    )
  )
  for path, is_same in same.items():
    # What serves is another's decision, and statistics are given.
    kept = ("served", "best_score", "standardisation")
    assert is_same == any(name in path for name in kept), path
