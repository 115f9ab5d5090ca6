"""Configurations of runs, in and out of files and commands."""

import dataclasses

import pytest

from experiments.config import overrides, presets, run_config, stored_json


@pytest.mark.parametrize("name", sorted(presets.PRESETS))
def test_a_configuration_survives_its_file(name):
  """Equal in every field, and of the same types throughout."""
  config = presets.PRESETS[name]()
  found = run_config.read(stored_json.to_json(config))
  assert found == config and repr(found) == repr(config)


@pytest.mark.parametrize(
  "base, other",
  [
    ("lapcvae_celeba64", "lapcvae_celeba64_calibrated_eighth"),
    ("lapcvae_celeba128_no_m", "lapcvae_celeba128"),
    ("vae_celeba64", "vae_celeba128_half"),
  ],
)
def test_the_difference_of_configurations_leads_from_one_to_the_other(
  base, other
):
  """As texts for --set; a configuration does not differ from itself."""
  start, end = presets.PRESETS[base](), presets.PRESETS[other]()
  end = dataclasses.replace(
    end,
    data=dataclasses.replace(end.data, name="folder:/a b=c", train_limit=7),
  )
  changes = overrides.assignments_between(start, end)
  assert overrides.apply_overrides(start, changes) == end
  back = overrides.assignments_between(end, start)
  assert overrides.apply_overrides(end, back) == start
  assert overrides.assignments_between(end, end) == []
