"""Section 5.1.3: the prior networks M are trained anew, and nothing else."""

import numpy as np
import pytest
from support import small_runs

from experiments.runs import retrained_prior, trained_run
from experiments.system import errors


def _retrain(trained, out, run=None, **options):
  environment = small_runs.environment(trained.folder, out)
  run = str(run or trained.run_dir.path)
  retrained_prior.retrain_prior(run, 3, 0.01, environment, **options)
  return environment.run_dir


def test_retraining_changes_m_and_nothing_else(lapcvae_run):
  """Reconstructions stay, bit for bit and in the figures."""
  out = _retrain(lapcvae_run, "retrained")
  before, after = (
    trained_run.load(str(path)) for path in (lapcvae_run.run_dir.path, out)
  )
  for old_level, new_level in zip(
    before.model.level_models, after.model.level_models, strict=True
  ):
    m = old_level.prior_network.weights if old_level.prior_network else []
    m_ids = {id(weight) for weight in m}
    for old, new in zip(old_level.weights, new_level.weights, strict=True):
      if id(old) not in m_ids:
        np.testing.assert_array_equal(new, old, err_msg=old.path)
      elif old.trainable:
        assert not np.array_equal(new, old), old.path
  found, expected = (run.run_dir.read_metrics() for run in (after, before))
  assert found["rmse"] == pytest.approx(expected["rmse"], abs=1e-4)
  assert found["kl"] != expected["kl"] and found["steps"] == 3
  for taken in ("retrained", "a run"):
    with pytest.raises(errors.UserError, match="a finished .*--resume"):
      _retrain(lapcvae_run, taken)


def test_another_fit_of_the_coarsest_latents_leaves_reconstructions(
  lapcvae_run,
):
  """A mixture learns while M does; the autoencoders are those of the run."""
  out = _retrain(lapcvae_run, "mixture", sampling_prior="mixture")
  before, after = (
    trained_run.load(str(path)) for path in (lapcvae_run.run_dir.path, out)
  )
  assert after.config.model.sampling_prior == "mixture"
  assert float(after.model.level_models[-1].aggregate.count) == 3.0
  found, expected = (run.run_dir.read_metrics() for run in (after, before))
  assert found["rmse"] == pytest.approx(expected["rmse"], abs=1e-4)
  assert not np.array_equal(after.draw(4, seed=1)[0], before.draw(4, seed=1)[0])


def test_without_m_there_is_none_to_retrain(lapgan_run, tmp_path, tiny_config):
  """Models of other kinds are refused before a folder is made."""
  data = lapgan_run.config.data
  without = small_runs.write_run(
    tmp_path / "without", tiny_config(prior="standard"), data
  )
  vae = small_runs.write_run(tmp_path / "vae", tiny_config(1), data)
  for run in (lapgan_run.run_dir.path, without, vae):
    with pytest.raises(errors.UserError, match="no M .*model.prior=learned"):
      _retrain(lapgan_run, "refused", run)
  assert not (lapgan_run.folder / "refused").exists()
