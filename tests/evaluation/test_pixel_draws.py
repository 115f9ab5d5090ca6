"""Runs whose levels draw pixels: bits, drawn reconstructions, samples."""

import math
import types

import numpy as np
import pytest
import tensorflow as tf
from support import small_models, small_runs

from experiments.config.requests.sample import SampleRequest
from experiments.data import datasets
from experiments.data.batches import Split
from experiments.drawing import samples
from experiments.evaluation import pixel_draws
from experiments.families.lapcvae_scores import LapCVAEScores, gaussian_bits
from experiments.measures import metrics
from experiments.paper_figures import lapcvae_rows
from experiments.pictures import grids
from experiments.runs import trained_run
from experiments.system import errors
from lapcvae_tf import presets
from lapcvae_tf.model import LapCVAE
from pyramid_tf import images as pixel_values


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
  """Four steps of two levels that both draw pixels, without exports."""
  folder = tmp_path_factory.mktemp("pixels")
  name = small_runs.write_pictures(folder / "pictures")
  model = presets.with_pixel_cnn(
    small_models.lapcvae_config(2), (0, 1), filters=4, layers=1, mixtures=2
  )
  with pytest.MonkeyPatch.context() as patch:
    small_runs.without_exports(patch)
    return small_runs.Trained.of(folder, small_runs.config(model, name))


def run_of(trained):
  """The trained run, loaded."""
  return trained_run.load(str(trained.run_dir.path))


def images_of(trained):
  """Its test images."""
  cache = str(trained.folder / "cache")
  return datasets.load(trained.config.data, None, cache).test


def test_bits_are_pixels_and_divergence_over_the_numbers(trained):
  """The cascade's figure is that of its levels, and near eight at first."""
  figures = LapCVAEScores(run_of(trained).model, 0).figures(images_of(trained))
  levels = figures["level_0"], figures["level_1"]
  nats = sum(tags["pixel_nll"] + tags["kl"] for tags in levels)
  bits = nats / (3 * 16**2 * math.log(2.0))
  assert figures["cascade"]["bits_per_dim"] == pytest.approx(bits, rel=1e-6)
  assert 4.0 < bits < 20.0


def test_gaussian_bits_are_those_of_values_rounded_to_the_grid():
  """-log2 of the mass between two half grey levels, and the KL beside it."""
  deviation = 6.0
  values = np.arange(-42, 43)
  edges = (np.arange(-42, 44) - 0.5) / (deviation * math.sqrt(2.0))
  mass = np.diff([0.5 * math.erf(edge) for edge in edges])
  entropy = -(mass * np.log2(mass)).sum()
  rmse = math.sqrt((mass * values**2).sum())
  bits = gaussian_bits(rmse, 0.0)
  assert entropy < bits < entropy + 0.003
  assert gaussian_bits(rmse, math.log(2.0)) == pytest.approx(bits + 1.0)


def test_mean_images_alone_have_gaussian_bits():
  """A cascade counts the KL of all its levels, and pixels have their own."""
  config = small_models.lapcvae_config(2)
  noise = np.random.default_rng(0).integers(0, 256, (6, 16, 16, 3), np.uint8)
  figures = LapCVAEScores(LapCVAE(config), 0).figures(Split(noise, None))
  cascade = figures["cascade"]
  kl = (figures["level_0"]["kl"] + figures["level_1"]["kl"]) / (3 * 16**2)
  bits = gaussian_bits(figures["level_0"]["image_rmse"], kl)
  assert cascade["gaussian_bits_per_dim"] == pytest.approx(bits)
  # Uniform values have 8 bits, and a Gaussian of their deviation more.
  assert bits > 8.0 and "bits_per_dim" not in cascade


def test_a_killed_run_resumes_bit_for_bit(trained, monkeypatch):
  """Weights and moments of the PixelCNNs among them."""
  resumed = small_runs.killed_and_resumed(trained, monkeypatch)
  small_runs.assert_equal_checkpoints(
    resumed.path, trained.run_dir.path, 4, ("model/", "optimizer/")
  )


def test_tensorboard_shows_bits_and_pixels(trained):
  """In the logs of the cascade and of each level."""
  assert small_runs.curve(trained.run_dir, "cascade", "validation/bits_per_dim")
  assert small_runs.curve(trained.run_dir, "level_1", "train/pixel_nll")


def test_evaluation_tells_bits_and_errors_of_draws(trained):
  """The mean of eight draws errs less than one draw."""
  figures = pixel_draws.figures(run_of(trained).model, images_of(trained))
  assert figures["rmse_mean_of_draws"] < figures["rmse_one_draw"]
  assert figures["kl"] > 0.0 and figures["bits_per_dim"] > 1.0


def test_samples_have_pixels_if_asked(trained, tmp_path):
  """Levels of means and of pixels, from one run."""
  path = str(trained.run_dir.path)
  drawn = {}
  for pixels in (False, True):
    out = str(tmp_path / f"{pixels}.npz")
    request = SampleRequest(count=3, pixels=pixels)
    samples.sample_run(path, request, "npz", out=out)
    drawn[pixels] = np.load(out)["images"]
  assert drawn[True].shape == drawn[False].shape == (3, 16, 16, 3)
  assert not np.array_equal(drawn[True], drawn[False])


def test_figures_show_drawn_pixels(trained):
  """Figures 4 and 5 of LapCVAE: they differ by the seed, and from means."""
  run, count = run_of(trained), 2
  data = types.SimpleNamespace(test=images_of(trained))
  for figure in (lapcvae_rows.reconstructions, lapcvae_rows.samples):
    one, again, other = (
      figure({"a run": run}, data, count, seed).rows for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one["a run"], again["a run"])
    assert not np.array_equal(one["a run"], other["a run"])
    if "input" in one:
      np.testing.assert_array_equal(one["input"], other["input"])
  means = run.model.reconstruct(
    pixel_values.from_uint8(data.test.images(0, count))
  )
  shown = grids.grid([pixel_values.to_uint8(means).numpy()], side=96)
  drawn = lapcvae_rows.reconstructions({"a run": run}, data, count, 1).rows
  assert shown.shape == drawn["a run"].shape
  assert not np.array_equal(shown, drawn["a run"])


def test_pixels_of_a_run_without_them_are_refused(tmp_path):
  """The message names the flag and what to do."""
  name = small_runs.write_pictures(tmp_path / "pictures")
  made = small_runs.config(small_models.lapcvae_config(1), name, steps=1)
  run = str(small_runs.Trained.of(tmp_path, made).run_dir.path)
  with pytest.raises(errors.UserError, match="--pixels is for models.*Leave"):
    samples.sample_run(run, SampleRequest(count=1, pixels=True), "npz")


def test_sampled_rmse_of_pixels_is_of_images_made_of_latents():
  """Not of finer levels that were given the true coarse pixels."""
  config = presets.with_pixel_cnn(
    small_models.lapcvae_config(2), (0, 1), filters=4, layers=1, mixtures=2
  )
  model = small_models.randomised(LapCVAE(config))
  split = Split(
    np.random.default_rng(3).integers(0, 256, (6, 16, 16, 3), np.uint8)
  )
  figures = LapCVAEScores(model, 5).figures(split)
  image = pixel_values.from_uint8(split.images(0, 6))
  drawn = model.reconstruct_drawn(image, tf.constant([5, 6]))
  told = model.outcomes(image, tf.constant([5, 6]))[0].composed
  sampled = figures["cascade"]["rmse_sampled"]
  assert sampled == pytest.approx(metrics.rmse(image, drawn).mean(), rel=1e-4)
  assert abs(sampled - metrics.rmse(image, told).mean()) > 0.1
