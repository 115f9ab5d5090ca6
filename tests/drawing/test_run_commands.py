"""What one does with a trained run: load, export, retrain, compare."""

import json
import shlex
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from experiments.config import overrides, presets
from experiments.config.environment import Environment
from experiments.evaluation import compared_runs, rate_distortion
from experiments.families.lapcvae_task import LapCVAETask
from experiments.runs import (
  exports,
  job,
  retrained_prior,
  trained_run,
)
from experiments.system import errors
from experiments.training.run_dir import RunDir
from pyramid_tf import images, saved_models

_SMALL = (
  "training.steps=5",
  "training.batch_size=4",
  "training.learning_rate=0.02",
  "model.levels.*.encoder_filters=(2, 2, 2)",
  "model.levels.*.decoder_filters=(2, 2, 2)",
  "model.levels.*.bottleneck_filters=2",
  "model.levels.*.hidden_units=4",
  "model.levels.*.latent_dim=3",
)

_KEYS = (
  *("model", "comparison", "weights", "rmse_mean", "rmse_std", "kl_nats"),
  *("kl_nats_per_level", "active_dimensions_per_level", "parameters"),
  *("images_per_second", "steps", "batch_size", "command"),
)


def _picture(generator, height, width):
  noise = generator.integers(0, 120, (height, width, 3))
  ramp = np.linspace(0, generator.integers(60, 135), height)[:, None, None]
  return (ramp + noise).astype(np.uint8)


def _environment(folder, name):
  run, cache = str(folder / name), str(folder / "cache")
  return Environment(run_dir=run, cache_dir=cache, strategy="cpu")


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
  """One whole training on two dozen pictures, and its model in memory."""
  folder = tmp_path_factory.mktemp("trained")
  generator = np.random.default_rng(0)
  (folder / "pictures").mkdir()
  for i in range(24):
    picture = Image.fromarray(_picture(generator, 40, 36))
    picture.save(folder / "pictures" / f"{i}.png")
  config = overrides.apply_overrides(
    presets.PRESETS["lapcvae_demo"](),
    [*_SMALL, f"data.name=folder:{folder / 'pictures'}"],
  )
  experiment = LapCVAETask(config)
  environment = _environment(folder, "run")
  job.train("lapcvae_demo", config, environment, lambda config: experiment)
  inputs = np.stack([_picture(generator, 32, 32) for _ in range(3)])
  return types.SimpleNamespace(
    folder=folder,
    run=environment.run_dir,
    cache=environment.cache_dir,
    config=config,
    model=experiment.model,
    inputs=images.from_uint8(inputs),
  )


def test_a_loaded_run_is_the_model_at_the_end_of_training(trained):
  """Statistics that no gradient reaches included."""
  loaded = trained_run.load(trained.run)
  assert (loaded.config, loaded.steps) == (trained.config, 5)
  pairs = zip(loaded.model.weights, trained.model.weights, strict=True)
  for found, expected in pairs:
    np.testing.assert_array_equal(found, expected, err_msg=expected.path)


def test_the_export_is_the_loaded_run(trained):
  """A checkpoint without batch statistics would answer something else."""
  served = saved_models.load(RunDir(trained.run).saved_model("cascade"))
  found = served["reconstruct"](images=trained.inputs)["images"]
  loaded = trained_run.load(trained.run).model.reconstruct(trained.inputs)
  expected = tf.clip_by_value(loaded, -1.0, 1.0)
  np.testing.assert_allclose(found, expected, atol=1e-5)


def test_an_export_goes_where_it_is_asked_to(trained):
  """A folder per level and one of the cascade, equal to the run's own."""
  target = RunDir(trained.folder / "served")
  written = _export(trained_run.load(trained.run), target)
  names = ["level_0", "level_1", "level_2", "cascade"]
  assert written == [target.saved_model(name) / "1" for name in names]
  call = {"seed": [3, 0], "count": 2, "temperature": 1.0}
  call = {name: tf.constant(value) for name, value in call.items()}
  drawn = [
    saved_models.load(place.saved_model("cascade"))["sample"](**call)["images"]
    for place in (target, RunDir(trained.run))
  ]
  np.testing.assert_allclose(*drawn, atol=1e-5)


def _export(run, target):
  return exports.write(run.family.exports(run.model), target)


def _retrain(trained, run, out):
  environment = _environment(trained.folder, out)
  retrained_prior.retrain_prior(run, 3, 0.01, environment)
  return environment.run_dir


def test_retraining_changes_m_and_nothing_else(trained):
  """Section 5.1.3: reconstructions stay, bit for bit and in the figures."""
  out = _retrain(trained, trained.run, "retrained")
  model = trained_run.load(out).model
  for before, after in zip(
    trained.model.level_models, model.level_models, strict=True
  ):
    m = before.prior_network.weights if before.prior_network else []
    m_ids = {id(weight) for weight in m}
    for old, new in zip(before.weights, after.weights, strict=True):
      if id(old) not in m_ids:
        np.testing.assert_array_equal(new, old, err_msg=old.path)
      elif old.trainable:
        assert not np.array_equal(new, old), old.path
  found, expected = (
    json.loads((RunDir(run).path / "metrics.json").read_text())
    for run in (out, trained.run)
  )
  np.testing.assert_allclose(found["rmse"], expected["rmse"], atol=1e-4)
  assert found["kl"] != expected["kl"] and found["steps"] == 3
  for taken in ("retrained", "run"):
    with pytest.raises(errors.UserError, match="finished run.*Add --resume"):
      _retrain(trained, trained.run, taken)
  with pytest.raises(errors.UserError, match="compare runs of .*train"):
    _row(out)


def _row(run):
  [compared] = compared_runs.read([run], has_encoder=True)
  return rate_distortion.describe(compared, "paper")


def test_a_row_tells_what_ran_and_what_it_measured(trained):
  """Its command, read by a shell, makes the very configuration."""
  entry = _row(trained.run)
  assert tuple(entry) == _KEYS
  metrics = json.loads((RunDir(trained.run).path / "metrics.json").read_text())
  assert entry["rmse_mean"] == pytest.approx(metrics["rmse"], abs=5e-4)
  assert entry["parameters"] == trained.model.count_params()
  assert (entry["steps"], entry["batch_size"]) == (5, 4)
  for key in ("weights", "kl_nats_per_level", "active_dimensions_per_level"):
    assert len(entry[key]) == 3
  _, _, module, preset, *options, last = shlex.split(entry["command"])
  assert (module, preset) == ("experiments.train", "--config=lapcvae_demo")
  assert last == "--run_dir=RUN"
  assert all(option.startswith("--set=") for option in options)
  changes = [option.removeprefix("--set=") for option in options]
  found = overrides.apply_overrides(
    presets.PRESETS["lapcvae_demo"](),
    [*changes, f"data.name={trained.config.data.name}"],
  )
  assert found == trained.config
  assert "data.name=folder:pictures" in changes
