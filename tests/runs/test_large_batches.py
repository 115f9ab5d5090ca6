"""A batch that would fill the memory is refused before any work."""

import dataclasses
import os

import pytest
from support import small_runs

from experiments.runs import job
from experiments.system import errors


@pytest.mark.parametrize("family", ["lapcvae", "lapgan"])
def test_a_batch_may_hold_each_training_image_once(
  tmp_path, tiny_config, family
):
  """The message names both numbers and the remedy, and no run is left."""
  name = small_runs.write_pictures(tmp_path / "pictures", ("train", "test"))
  config = small_runs.lapgan_config(name, batch_size=100_000)
  if family == "lapcvae":
    config = dataclasses.replace(config, model=tiny_config())
  environment = small_runs.environment(tmp_path)
  message = "24 training images.*training.batch_size=100000. .*at most 24"
  with pytest.raises(errors.UserError, match=message):
    job.train("tiny", config, environment)
  assert not os.path.exists(environment.run_dir)
