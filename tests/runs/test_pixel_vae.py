"""A run of the two-level PixelVAE, from training to its figures."""

import math

import numpy as np
import pytest
import tensorflow as tf
from support import small_models, small_runs

from experiments import families
from experiments.config.requests.sample import SampleRequest
from experiments.data import datasets
from experiments.drawing import samples
from experiments.editing.session import EditSession
from experiments.evaluation import pixel_draws
from experiments.families.pixel_vae_task import PixelVAEScores
from experiments.runs import hybrid_plan, trained_run
from experiments.system import errors
from pyramid_tf import images as pixel_values
from pyramid_tf import saved_models


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
  """Four steps of a few filters."""
  folder = tmp_path_factory.mktemp("pixel_vae")
  name = small_runs.write_pictures(folder / "pictures")
  made = small_runs.config(small_models.pixel_vae_config(), name)
  return small_runs.Trained.of(folder, made)


@pytest.fixture(scope="module")
def run(trained):
  """The trained run, loaded."""
  return trained_run.load(str(trained.run_dir.path))


@pytest.fixture(scope="module")
def split(trained):
  """Its test images."""
  cache = str(trained.folder / "cache")
  return datasets.load(trained.config.data, None, cache).test


def test_bits_are_pixels_and_divergences_over_the_numbers(run, split):
  """And the divergence is that of the map and that of the vector."""
  figures = PixelVAEScores(run.model, 0).figures(split)
  level, cascade = figures["level_0"], figures["cascade"]
  bits = (level["pixel_nll"] + level["kl"]) / (3 * 16**2 * math.log(2.0))
  assert cascade["bits_per_dim"] == pytest.approx(bits, rel=1e-6)
  assert 4.0 < bits < 20.0
  parts = cascade["kl_of_map"] + cascade["kl_of_vector"]
  assert cascade["kl"] == pytest.approx(parts, rel=1e-5)


def test_a_killed_run_resumes_bit_for_bit(trained, monkeypatch):
  """Weights and moments; the warm-ups follow the step."""
  resumed = small_runs.killed_and_resumed(trained, monkeypatch)
  small_runs.assert_equal_checkpoints(
    resumed.path, trained.run_dir.path, 4, ("model/", "optimizer/")
  )


def test_tensorboard_shows_each_latent(trained):
  """In training and in validation, with words for each tag."""
  log = small_runs.events(trained.run_dir, "level_0")
  for kind in ("train", "validation"):
    for tag in ("pixel_nll", "kl", "kl_of_map", "kl_of_vector"):
      assert small_runs.curve(trained.run_dir, "level_0", f"{kind}/{tag}")
      metadata = log.SummaryMetadata(f"{kind}/{tag}")
      assert metadata.summary_description
  assert small_runs.curve(trained.run_dir, "cascade", "validation/bits_per_dim")


def test_evaluation_tells_bits_latents_and_errors_of_draws(run, split):
  """The mean of eight draws errs less than one draw."""
  figures = pixel_draws.figures(run.model, split)
  assert figures["rmse_mean_of_draws"] < figures["rmse_one_draw"]
  assert figures["kl_of_map"] > 0.0 and figures["kl_of_vector"] > 0.0
  assert figures["bits_per_dim"] > 1.0


def test_samples_are_means_or_pixels(trained, tmp_path):
  """From one run, by one flag."""
  drawn = {}
  for pixels in (False, True):
    out = str(tmp_path / f"{pixels}.npz")
    request = SampleRequest(count=3, pixels=pixels)
    samples.sample_run(str(trained.run_dir.path), request, "npz", out=out)
    drawn[pixels] = np.load(out)["images"]
  assert drawn[True].shape == drawn[False].shape == (3, 16, 16, 3)
  assert not np.array_equal(drawn[True], drawn[False])


def test_the_run_has_an_export_that_reconstructs(trained, run, split):
  """As the loaded model does."""
  served = saved_models.load(trained.run_dir.saved_model("cascade"))
  image = pixel_values.from_uint8(split.images(0, 2))
  result = tf.clip_by_value(run.model.reconstruct(image), -1.0, 1.0)
  np.testing.assert_allclose(
    served["reconstruct"](images=image)["images"], result, atol=1e-4
  )
  assert {"sample", "sample_pixels"} <= set(served)


def test_what_it_cannot_do_is_refused(run, trained, tmp_path):
  """Edits, refinement and hybrids; the message says what to use."""
  with pytest.raises(errors.UserError, match="A PixelVAE has no coarse.*Use"):
    EditSession(run.model, run.config.data)
  with pytest.raises(errors.UserError, match="refines no coarse images. Use"):
    families.of(run.config.model).refine(
      run.model, tf.zeros((1, 16, 16, 3)), 0, tf.constant([0, 0])
    )
  path = str(trained.run_dir.path)
  with pytest.raises(errors.UserError, match="is not the run of a LapCVAE"):
    hybrid_plan.read(path, path, None, str(tmp_path / "hybrid"))
