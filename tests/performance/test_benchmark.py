"""`python -m experiments.benchmark`, on presets of a few filters."""

import json

import pytest
from support import commands

from experiments.performance import worker_costs
from experiments.system import errors


@pytest.fixture(scope="module")
def report(tmp_path_factory):
  """Figures of a one-level model, and what the command printed."""
  folder = tmp_path_factory.mktemp("benchmark")
  done = commands.call(
    "benchmark",
    "--presets=vae_demo",
    "--seconds=0.2",
    "--long_steps=30",
    f"--profile={folder / 'profile'}",
    "--set=model.levels.*.encoder_filters=(2,2,2)",
    "--set=model.levels.*.decoder_filters=(2,2,2)",
    f"--out={folder}",
  )
  assert done.returncode == 0, done.stderr
  return folder, json.loads((folder / "benchmark.json").read_text()), done


def test_every_figure_is_there(report):
  """Of the machine and of the preset, in a table and as JSON."""
  _, figures, done = report
  assert figures["matmul_gflops"] > 1 and figures["convolution_gflops"] > 1
  [entry] = figures["presets"]
  assert entry["preset"] == "vae_demo"
  for name in (
    *("training_images_per_second", "flops_per_image", "peak_memory_mb"),
    *("input_images_per_second", "seconds_to_first_step", "step_seconds"),
    *("sampling_images_per_second", "reconstruction_images_per_second"),
    *(f"served_ms_at_batch_{size}" for size in (1, 16, 256)),
  ):
    assert entry[name] > 0, name
  assert "| vae_demo |" in done.stdout and "benchmark.json" in done.stdout


def test_the_share_of_the_peak_is_operations_over_time(report):
  """Counted operations an image, times images a second."""
  _, figures, _ = report
  [entry] = figures["presets"]
  rate = entry["flops_per_image"] * entry["training_images_per_second"]
  expected = rate / (1e9 * figures["convolution_gflops"])
  assert entry["share_of_convolution_peak"] == pytest.approx(expected, abs=6e-4)


def test_the_time_of_a_step_is_shared_out_by_operation(report):
  """Convolutions take most of it."""
  _, figures, _ = report
  shares = figures["presets"][0]["time_by_operation"]
  assert 1 <= len(shares) <= 6 and 0 < sum(shares.values()) <= 1.01
  assert any("Conv2D" in kind for kind in shares)


def test_a_long_run_tells_of_time_and_memory(report):
  """Ten figures of memory, one ratio."""
  _, figures, _ = report
  long_run = figures["presets"][0]["long_run"]
  assert long_run["steps"] == 30 and len(long_run["resident_mb"]) >= 10
  assert 0.05 < long_run["last_tenth_over_first"] < 20


def test_a_profile_is_written_for_tensorboard(report):
  """Where its profile plugin looks."""
  folder, _, _ = report
  assert list(folder.glob("profile/*/plugins/profile/*/*.xplane.pb"))


def test_an_unknown_preset_is_refused():
  """Before anything is measured."""
  done = commands.call("benchmark", "--presets=lapcvae_demo,mine")
  assert done.returncode == 1 and "Traceback" not in done.stderr
  assert "--presets=mine: no such preset" in done.stderr


@pytest.mark.parametrize(
  "preset, workers, message",
  [
    ("lapgan_demo", [1], "each level on its own"),
    ("lapcvae_demo", [1, 3], "3 workers cannot share"),
  ],
)
def test_workers_that_cannot_be_timed_are_refused(preset, workers, message):
  """Before any is started."""
  with pytest.raises(errors.UserError, match=message):
    worker_costs.measure(preset, [], workers, 3, None)


def test_tables_state_measured_and_expected_figures():
  """A second worker's cost, and the share of 8, 64 and 512."""
  entry = {"all_reduce_seconds": 0.01, "gradient_bytes": 1_250_000}
  report = {
    "preset": "p",
    "batch_size": 32,
    "cores": 2,
    "workers": [
      {**entry, "workers": 1, "step_seconds": 0.1, "collectives": 0},
      {**entry, "workers": 2, "step_seconds": 0.15, "collectives": 0},
    ],
  }
  table = worker_costs.markdown(report)
  assert "| 2 | 150 | 50 | 10.0 | 0 |" in table
  # 2 * 7/8 * 1.25 MB at 1.25 GB/s are 1.75 ms beside 100.
  assert "| 10 Gb/s Ethernet | 98 % |" in table
