"""What a training step changes, and what it leaves alone."""

import numpy as np
import pytest
import tensorflow as tf

from lapcvae_tf.model import LapCVAE
from lapcvae_tf.objectives import Objective

SEED = tf.constant([5, 6])


def _equal(first, second):
  return [
    np.array_equal(one, two) for one, two in zip(first, second, strict=True)
  ]


def _kl(model, image):
  """Mean KL of every level, for one fixed draw of the latents."""
  outcomes = model.outcomes(image, SEED)
  return np.array([np.mean(outcome.kl()) for outcome in outcomes])


def test_fit_lowers_every_loss(tiny_config, image):
  """Keras' own compile and fit; no figure of the history stays at zero."""
  tf.keras.utils.set_random_seed(0)
  model = LapCVAE(tiny_config())
  model.compile(optimizer=tf.keras.optimizers.Adam(0.01))
  batches = tf.data.Dataset.from_tensors({"image": image}).repeat(10)
  history = model.fit(batches, epochs=4, verbose=0).history
  assert set(history) == set(model.trackers)
  for k in (0, 1):
    assert history[f"level_{k}/loss"][-1] < 0.8 * history[f"level_{k}/loss"][0]
  for name, values in history.items():
    assert np.all(np.isfinite(values)), name
    assert np.all(np.asarray(values) != 0.0), name


def test_joint_training_reaches_every_weight(tiny_model, train, image):
  """Posterior, prior and decoder of all levels at once."""
  model = tiny_model(3)
  before = [weight.numpy() for weight in model.trainable_variables]
  train(model, image)
  for weight, value in zip(model.trainable_variables, before, strict=True):
    assert np.any(weight.numpy() != value), weight.path


@pytest.mark.parametrize("target", ["open_loop", "closed_loop"])
@pytest.mark.parametrize("schedule", ["joint", "end_to_end"])
def test_no_gradient_passes_between_levels_unless_end_to_end(
  tiny_model, randomise, train, weights_of, image, schedule, target
):
  """x~_{k+1}, coarser z and re-encoded statistics are constants of level k."""
  model, other = (
    tiny_model(schedule=schedule, target=target) for _ in range(2)
  )
  randomise(other.level_models[0], seed=9)
  train(model, image)
  train(other, image)
  same = _equal(*(weights_of(m.level_models[1]) for m in (model, other)))
  assert all(same) == (schedule == "joint")


def test_finer_level_learns_from_what_the_coarser_generated(
  tiny_model, randomise, train, weights_of, image
):
  """Figure 3: its step depends on the coarser level's weights."""
  model, other = tiny_model(), tiny_model()
  randomise(other.level_models[1], seed=9)
  train(model, image)
  train(other, image)
  same = _equal(*(weights_of(m.level_models[0]) for m in (model, other)))
  assert not all(same)


def test_greedy_training_goes_from_coarse_to_fine(tiny_config):
  """One objective a level, then the end-to-end tail if there is one."""
  config = tiny_config(3, schedule="greedy", fine_tune_fraction=0.4)
  objectives, shares = zip(*LapCVAE(config).objectives(), strict=True)
  assert [o.levels for o in objectives] == [(2,), (1,), (0,), (0, 1, 2)]
  assert objectives[-1].kind == "end_to_end"
  np.testing.assert_allclose(shares, [0.2] * 3 + [0.4])


@pytest.mark.parametrize("k", [0, 1, 2])
def test_a_greedy_objective_trains_one_level_only(
  tiny_model, train, weights_of, image, k
):
  """The others stay bit for bit, running statistics included."""
  model = tiny_model(3, likelihood="calibrated", schedule="greedy")
  before = [weights_of(level) for level in model.level_models]
  train(model, image, Objective((k,)), steps=2)
  for j, level in enumerate(model.level_models):
    same = _equal(before[j], weights_of(level))
    if j == k:
      assert same.count(False) > len(level.trainable_weights)
    else:
      assert all(same)


def test_retraining_m_changes_m_alone(tiny_model, train, weights_of, image):
  """Section 5.1.3: all else is frozen, so reconstructions are the same."""
  model = tiny_model(3, likelihood="calibrated")
  kl = _kl(model, image)
  reconstruction = model.reconstruct(image).numpy()
  networks = [level.prior_network for level in model.level_models[:2]]
  ours = {id(w) for network in networks for w in network.weights}
  frozen = [w for w in model.weights if id(w) not in ours]
  before = [w.numpy().copy() for w in frozen]
  priors = [weights_of(network) for network in networks]
  train(
    model,
    image,
    Objective((0, 1, 2), "prior"),
    steps=12,
    optimizer=tf.keras.optimizers.Adam(0.03),
  )
  assert all(_equal(before, frozen))
  np.testing.assert_array_equal(model.reconstruct(image), reconstruction)
  for network, start in zip(networks, priors, strict=True):
    same = _equal(start, weights_of(network))
    # R_k and S_k: at least the kernel and the bias of the last layers.
    assert not any(same[2:4] + same[6:8])
  after = _kl(model, image)
  assert np.all(after[:2] < 0.9 * kl[:2])
  assert after[2] == kl[2]


def test_without_m_there_is_nothing_to_retrain(tiny_model):
  """Section 5.1.3, Without-M: 99,456 parameters less in the paper's model."""
  model = tiny_model(3, prior="standard")
  assert all(level.prior_network is None for level in model.level_models)
  networks = [level.prior_network for level in tiny_model(3).level_models[:2]]
  assert model.count_params() == tiny_model(3).count_params() - sum(
    network.count_params() for network in networks
  )


def test_noise_variance_follows_the_error_of_the_batch(
  tiny_model, train, image
):
  """Rybkin et al. (2021): the variance is the level's own MSE."""
  model = tiny_model(likelihood="calibrated", variance_momentum=0.75)
  start = [float(level.noise_variance) for level in model.level_models]
  actual = train(model, image)
  for k, level in enumerate(model.level_models):
    pixels = np.prod(level.band_shape)
    error = 2.0 * actual[f"level_{k}/reconstruction"] / pixels
    np.testing.assert_allclose(
      level.noise_variance, 0.75 * start[k] + 0.25 * error, rtol=1e-5
    )


@pytest.mark.usefixtures("noiseless")
def test_validation_changes_no_weight(tiny_model, weights_of, image):
  """And an image's figures do not depend on the others of its batch."""
  model = tiny_model(likelihood="calibrated")
  before = weights_of(model)
  together = model.test_step({"image": image})
  model.reset_metrics()
  for i in range(4):
    # Trackers keep the mean over batches.
    alone = model.test_step({"image": image[i : i + 1]})
  for name, value in together.items():
    np.testing.assert_allclose(value, alone[name], rtol=1e-4, err_msg=name)
  assert all(_equal(before, weights_of(model)))


def test_noise_depends_on_run_and_step_only(tiny_model, train, image):
  """Equal seeds repeat a step; another seed or step draws anew."""
  frozen = tf.keras.optimizers.SGD

  def error(seed, steps):
    model = tiny_model(1, seed=seed)
    return train(model, image, steps=steps, optimizer=frozen(0.0))[
      "level_0/reconstruction"
    ]

  first = error(seed=0, steps=1)
  assert error(seed=0, steps=1) == first
  assert error(seed=0, steps=2) != first
