"""What tables say of a run."""

import dataclasses
import shlex

import pytest

from experiments.config import overrides, presets
from experiments.runs import description
from experiments.system import errors


def test_the_command_of_a_run_makes_its_very_configuration(
  lapcvae_run, monkeypatch
):
  """Read by a shell; where a folder lies is this machine's affair."""
  base = lapcvae_run.with_training(steps=9)
  base = dataclasses.replace(
    base, data=dataclasses.replace(base.data, name="faces")
  )
  monkeypatch.setitem(presets.PRESETS, "tiny", lambda: base)
  command = description.command("tiny", lapcvae_run.config)
  _, _, module, preset, *options, last = shlex.split(command)
  assert (module, preset) == ("experiments.train", "--config=tiny")
  assert last == "--run_dir=RUN"
  assert all(option.startswith("--set=") for option in options)
  changes = [option.removeprefix("--set=") for option in options]
  assert "data.name=folder:pictures" in changes
  changes.append(f"data.name={lapcvae_run.config.data.name}")
  assert overrides.apply_overrides(base, changes) == lapcvae_run.config


def test_the_command_of_a_run_says_nothing_in_vain():
  """A * stands for levels without a discriminator too; one has an effect."""
  name, change = "lapcvae_demo_adversarial", "model.levels.*.adversary.weight=7"
  config = presets.configured(name, [change])
  command = description.command(name, config)
  assert "--set=model.levels.0.adversary.weight=7.0" in command
  assert "model.levels.3" not in command
  changes = [
    option.removeprefix("--set=")
    for option in shlex.split(command)
    if option.startswith("--set=")
  ]
  overrides.check_effects(presets.configured(name, changes), changes)


def test_a_run_of_another_number_of_levels_has_no_command(
  lapcvae_run, monkeypatch
):
  """A preset may have changed since; tables then leave the command out."""
  model = lapcvae_run.config.model
  fewer = dataclasses.replace(model, levels=model.levels[:1], prior="standard")
  base = dataclasses.replace(lapcvae_run.config, model=fewer)
  monkeypatch.setitem(presets.PRESETS, "tiny", lambda: base)
  assert description.command_or_none("tiny", lapcvae_run.config) is None
  with pytest.raises(errors.UserError, match="earlier tiny.*levels has 2"):
    description.command("tiny", lapcvae_run.config)


def test_a_run_that_no_command_trains_has_none(lapcvae_run):
  """Such as one with M retrained."""
  name = "demo with M retrained"
  assert description.command_or_none(name, lapcvae_run.config) is None
  with pytest.raises(errors.UserError, match="demo with M retrained"):
    description.command(name, lapcvae_run.config)
