"""All figures of runs of both families, and their tables."""

import json
import pathlib
import types

import numpy as np
import pytest

from experiments.data import datasets
from experiments.evaluation import scores
from experiments.measures import inception, metrics
from experiments.runs import trained_run
from experiments.system import errors
from pyramid_tf import images

_PARZEN = {"mean", "deviation", "standard_error", "sigma", "sigma_at_edge"}
_COMMON = {
  "run",
  "preset",
  "model",
  "dataset",
  "size",
  "test_images",
  "swd_mean",
}
_COMMON |= {"swd_per_scale", "similarity_of_pairs", "parzen", "baselines"}
_COMMON |= {"fid", "kid", "kid_deviation", "command"}


@pytest.fixture(scope="module")
def measured(tiny_runs, tmp_path_factory):
  """Both entries, as written, and the table that was printed."""
  options = scores.Options(
    images=6,
    samples=8,
    parzen_samples=20,
    parzen_draws=2,
    author_draws=2,
    inception_weights="weights.h5",
  )
  said = []
  with pytest.MonkeyPatch.context() as patch:
    # Features that cost nothing: mean colours.
    patch.setattr(
      inception,
      "InceptionFeatures",
      lambda path: lambda pixels: pixels.mean((1, 2)),
    )
    patch.setattr("builtins.print", said.append)
    runs = [tiny_runs.cvae, tiny_runs.gan]
    out = tmp_path_factory.mktemp("results")
    scores.evaluate(
      runs, options, cache_dir=tiny_runs.cache, out=str(out), name="both"
    )
  cvae, gan = (
    json.loads((pathlib.Path(run) / "evaluation.json").read_text())
    for run in runs
  )
  assert json.loads((out / "both.json").read_text()) == [cvae, gan]
  return types.SimpleNamespace(cvae=cvae, gan=gan, table=said[-2])


def test_an_entry_has_the_figures_of_its_family(measured):
  """Reconstructions of one, the multi-scale window of the other."""
  reconstruction = {"rmse", "rmse_std", "psnr", "ssim", "ms_ssim"}
  reconstruction |= {"rmse_of_draws"}
  assert set(measured.cvae) == _COMMON | reconstruction
  assert set(measured.gan) == _COMMON | {"multi_scale"}
  assert (
    measured.cvae["model"] == "lapcvae" and measured.gan["model"] == "lapgan"
  )
  for entry in (measured.cvae, measured.gan):
    assert (entry["size"], entry["test_images"]) == (16, 12)
    assert list(entry["swd_per_scale"]) == ["16", "8"]
    mean = np.mean(list(entry["swd_per_scale"].values()))
    assert entry["swd_mean"] == pytest.approx(mean) and mean > 0
    assert set(entry["parzen"]) == _PARZEN
    assert 0 < entry["similarity_of_pairs"] < 1
    assert entry["fid"] > 0
  terms = measured.gan["multi_scale"]["multi-scale"]["terms"]
  assert len(terms) == 2 and set(terms[0]) == _PARZEN


def test_reconstructions_are_measured_on_all_test_images(measured, tiny_runs):
  """Mean and deviation over images, as in the paper's Table 1."""
  run = trained_run.load(tiny_runs.cvae)
  data = datasets.load(run.config.data, cache_dir=tiny_runs.cache)
  image = images.from_uint8(data.test.images())
  found = metrics.rmse(image, run.model.reconstruct(image))
  entry = measured.cvae
  assert entry["rmse"] == pytest.approx(found.mean(), rel=1e-5)
  assert entry["rmse_std"] == pytest.approx(found.std(), rel=1e-4)
  assert entry["rmse_of_draws"] > entry["rmse"]
  assert -1 < entry["ssim"] <= 1 and 0 < entry["psnr"] < 50


def test_baselines_are_of_the_images_alone(measured):
  """Models on the same images have the same, and they are in the table."""
  baselines = measured.cvae["baselines"]
  assert baselines == measured.gan["baselines"]
  assert list(baselines["parzen"]) == ["mean image", "training images"]
  for name, entry in baselines["parzen"].items():
    assert f"| | {name} | | | {entry['mean']:.0f} +- " in measured.table
  pairs = baselines["similarity_of_pairs"]
  assert f"| | test images | | {pairs:.3f} |" in measured.table


def test_the_table_has_a_row_for_every_run_and_estimate(measured):
  """Of other images than the papers', without the papers' numbers."""
  lines = measured.table.splitlines()
  assert f"| cvae | lapcvae | {measured.cvae['rmse']:.2f} +- " in lines[2]
  assert lines[2].split("|")[4].strip() == ""
  starts = ["| cvae | lapcvae |", "| gan | lapgan |", "| gan | multi-scale |"]
  starts.append("| gan | multi-scale, zero residual |")
  for start in starts:
    [line] = [line for line in lines[4:] if line.startswith(start)]
    assert line.split("|")[6].strip() == ""
  for number in ("20.60", "-3572", "-1799"):
    assert number not in measured.table
  columns = {line.count("|") for line in lines[4:] if line}
  assert columns == {9}


def _entry(model, size, dataset="cifar10", **more):
  estimate = {"mean": -1.0, "deviation": 2.0}
  baselines = {"parzen": {"mean image": estimate}, "similarity_of_pairs": None}
  return {
    "run": f"{model}{size}",
    "model": model,
    "size": size,
    "dataset": dataset,
    "swd_mean": 1.0,
    "similarity_of_pairs": None,
    "parzen": estimate,
    "baselines": baselines,
    **more,
  }


_RECONSTRUCTION = {"rmse": 1, "rmse_std": 1, "psnr": 1, "ssim": 1, "ms_ssim": 1}


@pytest.mark.parametrize(
  "model, size, number",
  [
    ("vae", 64, "22.78 +- 4.64"),
    ("without M", 64, "22.19 +- 4.80"),
    ("lapcvae", 64, "20.60 +- 4.81"),
    ("vae", 128, "20.75 +- 4.40"),
    ("lapcvae", 128, "20.61 +- 5.15"),
    ("without M", 128, ""),
    ("lapcvae", 32, ""),
  ],
)
def test_reconstructions_stand_beside_table_1_of_lapcvae(model, size, number):
  """Of the same model and size only."""
  table = scores.markdown([_entry(model, size, **_RECONSTRUCTION)])
  assert table.splitlines()[2].split("|")[4].strip() == number


@pytest.mark.parametrize(
  "model, size, number",
  [
    ("gan", 32, "-3617 +- 353"),
    ("lapgan", 32, "-3572 +- 345"),
    ("lapgan", 64, ""),
    ("class-conditional lapgan", 32, ""),
    ("lapcvae", 32, ""),
  ],
)
def test_likelihoods_stand_beside_table_1_of_lapgan(model, size, number):
  """At 32 pixels; the multi-scale estimate has its own number."""
  estimate = {"mean": -5.0, "deviation": 1.0}
  multi_scale = {
    "multi-scale": estimate,
    "multi-scale, zero residual": estimate,
  }
  table = scores.markdown([_entry(model, size, multi_scale=multi_scale)])
  own, product, nothing = (
    line.split("|")[6].strip() for line in table.splitlines()[2:5]
  )
  assert own == number and nothing == ""
  assert product == ("-1799 +- 826" if number else "")


def test_other_images_do_not_stand_beside_cifar10():
  """A likelihood in nats is of one set of images."""
  table = scores.markdown([_entry("lapgan", 32, dataset="faces")])
  assert "3572" not in table


def test_an_edge_of_the_widths_is_shown():
  """A better width may lie outside of those tried."""
  edge = {"mean": -5.0, "deviation": 1.0, "sigma_at_edge": True}
  table = scores.markdown([_entry("lapgan", 32, parzen=edge)])
  assert "| -5 +- 1 (width at the edge of its grid) |" in table


def test_missing_weights_are_refused_before_anything_is_measured(tmp_path):
  """No run is loaded for nothing."""
  options = scores.Options(inception_weights=str(tmp_path / "none.h5"))
  with pytest.raises(errors.UserError, match="none.h5 is no file"):
    scores.evaluate([str(tmp_path / "nothing")], options)
  with pytest.raises(errors.UserError, match="nothing holds no run"):
    scores.evaluate([str(tmp_path / "nothing")], scores.Options())
