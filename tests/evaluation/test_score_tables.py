"""Tables of measured figures beside the papers'."""

import pytest

from experiments.evaluation import score_tables


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
    ("VAE", 64, "22.78 +- 4.64"),
    ("LapCVAE without M", 64, "22.19 +- 4.80"),
    ("LapCVAE", 64, "20.60 +- 4.81"),
    ("VAE", 128, "20.75 +- 4.40"),
    ("LapCVAE", 128, "20.61 +- 5.15"),
    ("VAE/GAN", 64, "30.49 +- 7.32"),
    ("LapCVAE without M", 128, ""),
    ("LapCVAE", 32, ""),
  ],
)
def test_reconstructions_stand_beside_table_1_of_lapcvae(model, size, number):
  """Only rows of the same model and size have one."""
  table = score_tables.markdown([_entry(model, size, **_RECONSTRUCTION)])
  assert table.splitlines()[2].split("|")[4].strip() == number


@pytest.mark.parametrize(
  "model, size, number",
  [
    ("GAN", 32, "-3617 +- 353"),
    ("LAPGAN", 32, "-3572 +- 345"),
    ("LAPGAN", 64, ""),
    ("class-conditional LAPGAN", 32, ""),
    ("LapCVAE", 32, ""),
  ],
)
def test_likelihoods_stand_beside_table_1_of_lapgan(model, size, number):
  """At 32 pixels; the multi-scale estimate has its own number."""
  estimate = {"mean": -5.0, "deviation": 1.0}
  multi_scale = {
    "multi-scale": estimate,
    "multi-scale, zero residual": estimate,
  }
  table = score_tables.markdown([_entry(model, size, multi_scale=multi_scale)])
  own, product, nothing = (
    line.split("|")[6].strip() for line in table.splitlines()[2:5]
  )
  assert own == number and nothing == ""
  assert product == ("-1799 +- 826" if number else "")


def test_other_images_do_not_stand_beside_cifar10():
  """A likelihood in nats is of one set of images."""
  table = score_tables.markdown([_entry("LAPGAN", 32, dataset="faces")])
  assert "3572" not in table


def test_an_edge_of_the_widths_is_shown():
  """A better width may lie outside of those tried."""
  edge = {"mean": -5.0, "deviation": 1.0, "sigma_at_edge": True}
  table = score_tables.markdown([_entry("LAPGAN", 32, parzen=edge)])
  assert "| -5 +- 1 (width at the edge of its grid) |" in table
