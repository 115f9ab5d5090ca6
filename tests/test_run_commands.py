"""What one does with a trained run: load, export, retrain, compare."""

import json
import shlex
import types

import numpy as np
import pytest
import tensorflow as tf
from PIL import Image

from experiments import (
  comparison,
  exporting,
  presets,
  retraining,
  run_training,
  trained_run,
)
from experiments.harness import charts, checkpoints, errors, overrides
from experiments.harness.run_dir import RunDir
from experiments.lapcvae_experiment import LapCVAEExperiment
from lapcvae_tf.model import LapCVAE
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


def _picture(generator, height, width, channels=3):
  noise = generator.integers(0, 120, (height, width, channels))
  ramp = np.linspace(0, generator.integers(60, 135), height)[:, None, None]
  return (ramp + noise).astype(np.uint8).squeeze()


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
  experiment = LapCVAEExperiment(config)
  run, cache = str(folder / "run"), str(folder / "cache")
  environment = run_training.Environment(
    run_dir=run, cache_dir=cache, strategy="cpu"
  )
  run_training.run("lapcvae_demo", config, environment, experiment)
  inputs = np.stack([_picture(generator, 32, 32) for _ in range(3)])
  return types.SimpleNamespace(
    folder=folder,
    run=run,
    cache=cache,
    config=config,
    model=experiment.model,
    inputs=images.from_uint8(inputs),
  )


@pytest.fixture(scope="module")
def standard_run(trained):
  """An unfinished run of the paper's Without-M: weights, no figures."""
  config = overrides.apply_overrides(trained.config, ["model.prior=standard"])
  run_dir = RunDir(trained.folder / "standard")
  run_dir.start("lapcvae_demo", config, resume=False)
  model = LapCVAE(config.model)
  checkpoints.Checkpoints(run_dir.checkpoints, {"model": model}).save()
  return str(run_dir.path)


def test_a_loaded_run_is_the_model_at_the_end_of_training(trained):
  """Statistics that no gradient reaches included."""
  loaded = trained_run.load(trained.run)
  assert (loaded.config, loaded.step) == (trained.config, 5)
  pairs = zip(loaded.model.weights, trained.model.weights, strict=True)
  for found, expected in pairs:
    np.testing.assert_array_equal(found, expected, err_msg=expected.path)


def test_the_export_is_the_loaded_run(trained):
  """A checkpoint without batch statistics would answer something else."""
  served = saved_models.load(RunDir(trained.run).saved_model("cascade"))
  loaded = trained_run.load(trained.run).model.reconstruct(trained.inputs)
  np.testing.assert_allclose(
    served["reconstruct"](images=trained.inputs)["images"],
    tf.clip_by_value(loaded, -1.0, 1.0),
    atol=1e-5,
  )


def test_an_export_goes_where_it_is_asked_to(trained):
  """A folder per level and one of the cascade, equal to the run's own."""
  target = RunDir(trained.folder / "served")
  written = exporting.export_all(trained_run.load(trained.run).model, target)
  names = ["level_0", "level_1", "level_2", "cascade"]
  assert written == [target.saved_model(name) / "1" for name in names]
  call = {"seed": tf.constant([3, 0]), "temperature": tf.constant(1.0)}
  drawn = [
    saved_models.load(place.saved_model("cascade"))["sample"](
      count=tf.constant(2), **call
    )["images"]
    for place in (target, RunDir(trained.run))
  ]
  np.testing.assert_allclose(*drawn, atol=1e-5)


def _retrain(trained, run, out):
  environment = run_training.Environment(
    run_dir=str(trained.folder / out), cache_dir=trained.cache, strategy="cpu"
  )
  retraining.retrain_prior(run, 3, 0.01, environment)
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
  with pytest.raises(errors.UserError, match="finished run.*Add --resume"):
    _retrain(trained, trained.run, "retrained")


def test_retraining_needs_an_m_and_a_folder_of_its_own(trained, standard_run):
  """Refused before anything is written."""
  with pytest.raises(errors.UserError, match="no M to retrain.*prior=learned"):
    _retrain(trained, standard_run, "refused")
  assert not (trained.folder / "refused").exists()
  with pytest.raises(errors.UserError, match="Add --resume .* or choose"):
    _retrain(trained, trained.run, "run")


def test_a_row_tells_what_ran_and_what_it_measured(trained):
  """Its command, read by a shell, makes the very configuration."""
  entry = comparison.describe(trained.run, "paper")
  assert " ".join(entry) == (
    "model comparison weights rmse_mean rmse_std kl_nats kl_nats_per_level "
    "active_dimensions_per_level parameters images_per_second steps batch_size "
    "command"
  )
  metrics = json.loads((RunDir(trained.run).path / "metrics.json").read_text())
  assert entry["rmse_mean"] == pytest.approx(metrics["rmse"], abs=5e-4)
  assert entry["parameters"] == trained.model.count_params()
  assert (entry["steps"], entry["batch_size"]) == (5, 4)
  for key in ("weights", "kl_nats_per_level", "active_dimensions_per_level"):
    assert len(entry[key]) == 3
  words = shlex.split(entry["command"])
  assert words[:4] == [
    *("python", "-m", "experiments.train", "--config=lapcvae_demo")
  ]
  changes = [w.removeprefix("--set=") for w in words if w.startswith("--set=")]
  assert len(changes) == len(words) - 5 and words[-1] == "--run_dir=RUN"
  found = overrides.apply_overrides(
    presets.PRESETS["lapcvae_demo"](),
    [*changes, f"data.name={trained.config.data.name}"],
  )
  assert found == trained.config
  assert "data.name=folder:pictures" in changes


def test_a_comparison_shows_every_run(trained, monkeypatch):
  """A table, a chart and a sheet; runs of the same model get own rows."""
  shown, draw = [], charts.labelled_rows

  def record(path, rows, title):
    shown.extend(rows)
    draw(path, rows, title)

  monkeypatch.setattr(charts, "labelled_rows", record)
  out = trained.folder / "comparison"
  runs = [trained.run, trained.run]
  comparison.compare(runs, runs[:1], str(out), "c", cache_dir=trained.cache)
  entries = json.loads((out / "c.json").read_text())
  kinds = [entry["comparison"] for entry in entries]
  assert kinds == ["paper", "paper", "rate_distortion"]
  assert entries[0] == comparison.describe(trained.run, "paper")
  assert len(shown) == 5 and shown[0] == "input"
  for name in ("c_rate_distortion.png", "c_faces.png"):
    with Image.open(out / name) as picture:
      pixels = np.asarray(picture.convert("L"))
    assert min(pixels.shape) > 100 and len(np.unique(pixels)) > 50
    assert 5 < pixels.std()


def test_only_finished_trainings_are_compared(trained, standard_run, tmp_path):
  """A run without figures is named, with the way to finish it."""
  with pytest.raises(errors.UserError, match="standard has no metrics.*resume"):
    comparison.describe(standard_run, "paper")
  with pytest.raises(errors.UserError, match="nothing holds no run"):
    comparison.describe(str(tmp_path / "nothing"), "paper")
