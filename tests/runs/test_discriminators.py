"""Runs of a LapCVAE with discriminators: resumed, logged, counted."""

import dataclasses

import numpy as np
import pytest
import tensorflow as tf
from support import small_models, small_runs

from experiments import families
from experiments.config import presets
from experiments.families import lapcvae_task
from experiments.families.lapcvae_task import LapCVAETask
from experiments.runs import trained_run
from experiments.system import errors

_KINDS = (
  "model/",
  "optimizer/",
  "generator_optimizer/",
  "discriminator_optimizer/",
)


def _config(name):
  """Adversarial over feature errors with players that wait."""
  model = small_models.adversarial_config(2, 1)
  features = dataclasses.replace(
    model.levels[0].adversary,
    filters=(3, 4),
    feature_weight=0.3,
    equilibrium=0.2,
    margin=0.0,
  )
  coarsest = dataclasses.replace(
    model.levels[1], likelihood="discriminator_features", adversary=features
  )
  levels = (model.levels[0], coarsest)
  return small_runs.config(
    dataclasses.replace(model, levels=levels),
    name,
    adversary_optimizer="rmsprop",
  )


@pytest.fixture(scope="module")
def run(tmp_path_factory):
  """A run that nothing interrupts, and whose exports nothing here looks at."""
  folder = tmp_path_factory.mktemp("judged")
  name = small_runs.write_pictures(folder / "pictures")
  with pytest.MonkeyPatch.context() as patch:
    small_runs.without_exports(patch)
    return small_runs.Trained.of(folder, _config(name))


def test_a_killed_run_resumes_bit_for_bit(run, monkeypatch):
  """With the moments of three optimizers, and a player that waits."""
  resumed = small_runs.killed_and_resumed(run, monkeypatch)
  small_runs.assert_equal_checkpoints(resumed.path, run.run_dir.path, 4, _KINDS)
  stored = small_runs.stored(run.run_dir.path, 4)
  moments = [v for n, v in stored.items() if n.startswith(_KINDS[2])]
  assert any(np.any(value != 0.0) for value in moments)


def test_metrics_count_discriminators_apart(run):
  """They are no part of what is exported or drawn with."""
  metrics = run.run_dir.read_json("metrics.json")
  model = trained_run.load(run.run_dir.path).model
  assert metrics["parameters"] == model.count_params()
  judges = metrics["discriminator_parameters"]
  assert 0 < judges == model.discriminator_parameters < metrics["parameters"]


def test_every_level_logs_its_players(run):
  """Losses and accuracies, in the log of the level."""
  usual = {"loss", "kl", "reconstruction", "image_rmse"}
  players = {"generator_loss", "discriminator_loss", "discriminator_accuracy"}
  for k, expected in enumerate(
    (usual | players, usual | players | {"feature_loss"})
  ):
    log = small_runs.events(run.run_dir, f"level_{k}")
    tags = log.Tags()["tensors"]
    found = {tag.removeprefix("train/") for tag in tags}
    assert expected <= found
    assert not (found & (players | {"feature_loss"})) - expected


@pytest.mark.parametrize("player", ["generator", "discriminator"])
def test_a_loss_that_is_not_finite_is_named_by_level_and_player(run, player):
  """What the loop watches has a name for each."""
  task = LapCVAETask(run.config)
  task.build()
  task.model.run_eagerly = True
  image = small_models.pictures(4).numpy()
  image[0, 3, 3, 1] = np.nan
  [stage] = task.stages()
  scalars = stage.step({"image": tf.constant(image)})
  for k in (0, 1):
    assert not np.isfinite(scalars[f"level_{k} {player} loss"])
  assert set(lapcvae_task.LapCVAETask.descriptions) >= {f"{player}_loss"}


def test_each_replica_needs_an_image_for_every_kind_of_fake():
  """Two kinds on two replicas make four images."""
  config = presets.configured(
    "lapcvae_demo_adversarial", ["training.batch_size=3"]
  )
  family = families.of(config.model)
  family.prepare(config, None, 1)
  with pytest.raises(errors.UserError, match="batch_size=3.*at least 4"):
    family.prepare(config, None, 2)
