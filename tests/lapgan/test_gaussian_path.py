"""A coarsest level that starts with its images' mean and covariance."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from support import small_models, small_runs

from experiments.data import datasets
from experiments.families import lapgan_statistics
from experiments.families.lapgan_task import LAPGANLevelTask
from lapgan_tf import gaussian_path
from lapgan_tf.level import LAPGANLevel
from lapgan_tf.level_config import LayerConfig

_VALUES = 3 * 8**2


def _config(noise_dim=_VALUES, **options):
  """Two levels; the coarsest, of 8 pixels a side, has a Gaussian path."""
  config = small_models.lapgan_config(2, **options)
  last = config.levels[-1]
  layers = (
    LayerConfig(filters=5),
    LayerConfig(filters=_VALUES, activation="linear", zero_start=True),
  )
  coarsest = dataclasses.replace(
    last, generator=layers, noise_dim=noise_dim, gaussian_path=True
  )
  return dataclasses.replace(config, levels=(*config.levels[:-1], coarsest))


def _moments(seed=0):
  """A mean, and a covariance whose deviations fall from 1."""
  random = np.random.default_rng(seed)
  rotation, _ = np.linalg.qr(random.normal(size=(_VALUES, _VALUES)))
  variances = 0.8 ** np.arange(_VALUES)
  return random.normal(size=_VALUES), (rotation * variances) @ rotation.T


def _drawn(level, count=20_000):
  low_pass = tf.zeros((count, 8, 8, 3))
  drawn = level.generate(low_pass, tf.constant([0, 1]))
  return tf.reshape(drawn, (count, -1)).numpy()


def test_a_level_starts_as_the_gaussian_of_its_images():
  """Mean, covariance, and nearly no skew: before it takes a step."""
  level = LAPGANLevel(_config(), 1)
  mean, covariance = _moments()
  level.fit_gaussian_path(mean, covariance)
  drawn = _drawn(level)
  assert np.abs(drawn.mean(0) - mean).max() < 0.04
  assert np.abs(np.cov(drawn.T) - covariance).max() < 0.04
  cubes = ((drawn - mean) / drawn.std(0)) ** 3
  assert np.abs(cubes.mean(0)).max() < 0.1


def test_less_noise_moves_the_first_principal_components():
  """What is left out is as little as a linear map can leave out."""
  level = LAPGANLevel(_config(noise_dim=6), 1)
  mean, covariance = _moments()
  level.fit_gaussian_path(mean, covariance)
  left = np.trace(covariance - np.cov(_drawn(level).T))
  assert left == pytest.approx(sum(0.8 ** np.arange(6, _VALUES)), rel=0.05)


@pytest.mark.parametrize("sizes", [(7, 2, 1), (10,)])
def test_moments_do_not_depend_on_batches(sizes):
  """They are NumPy's, whatever the order of summation."""
  values = np.random.default_rng(0).normal(size=(10, 2, 2, 3))
  batches = np.split(values, np.cumsum(sizes)[:-1])
  mean, covariance = gaussian_path.moments(batches)
  flat = values.reshape(10, -1)
  np.testing.assert_allclose(mean, flat.mean(0), atol=1e-12)
  np.testing.assert_allclose(covariance, np.cov(flat.T), atol=1e-12)


def test_the_path_learns_with_the_network(compiled, image):
  """Its weights are among those that the generator's optimizer moves."""
  # Other weights may leave no unit of so small a D awake.
  tf.keras.utils.set_random_seed(2)
  level = compiled(
    LAPGANLevel(_config(discriminator={"activation": "leaky_relu"}), 1)
  )
  path = level.generator.gaussian_path
  level.fit_gaussian_path(*_moments())
  before = np.array(path.kernel.numpy())
  level.train_step(image)
  assert np.abs(path.kernel.numpy() - before).max() > 1e-4


def test_a_training_starts_from_the_training_images(tmp_path):
  """Standardised, as the level sees them; the finer level takes nothing."""
  name = small_runs.write_pictures(tmp_path / "pictures")
  config = small_runs.config(_config(average_decay=0.5), name)
  train = datasets.load(config.data, None, str(tmp_path / "cache")).train
  statistics = lapgan_statistics.measure(config.model, train)
  task = LAPGANLevelTask(config, 1, statistics)
  task.build()
  [batch] = train.batches(100)
  real, _ = task.model.real_bands(
    tf.cast(batch["image"], tf.float32) / 127.5 - 1
  )
  real = tf.reshape(real, (len(real), -1)).numpy()
  drawn = _drawn(task.model)
  assert np.abs(drawn.mean(0) - real.mean(0)).max() < 0.05
  assert np.abs(np.cov(drawn.T) - np.cov(real.T)).max() < 0.1
  finer = LAPGANLevelTask(config, 0, statistics)
  finer.build()
  assert finer.model.generator.gaussian_path is None


def test_a_path_that_cannot_be_is_refused():
  """A plane of noise, a finer level, and a level that has none."""
  config = _config()
  finer = config.levels[0]
  assert finer.has_noise_plane
  with pytest.raises(ValueError, match="starts with a convolution"):
    dataclasses.replace(finer, gaussian_path=True)
  dense = LayerConfig(filters=3 * finer.size**2, activation="linear")
  finer = dataclasses.replace(finer, generator=(dense,), gaussian_path=True)
  with pytest.raises(ValueError, match="coarsest level only"):
    dataclasses.replace(config, levels=(finer, config.levels[1]))
  with pytest.raises(ValueError, match="level_0 has no Gaussian path"):
    LAPGANLevel(config, 0).fit_gaussian_path(*_moments())
