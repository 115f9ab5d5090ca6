"""`python -m experiments.benchmark`, on presets of a few filters."""

import json
import types

import pytest
from support import commands, small_runs

from experiments.config.requests.benchmark import BenchmarkRequest
from experiments.performance import preset_speed, worker_costs
from experiments.system import errors


@pytest.fixture(scope="module")
def report(tmp_path_factory):
  """Figures of a one-level model, by the command itself; its output."""
  folder = tmp_path_factory.mktemp("benchmark")
  done = commands.call(
    "benchmark",
    "--presets=vae_demo",
    "--seconds=0.1",
    "--set=training.batch_size=8",
    "--long_steps=30",
    f"--profile={folder / 'profile'}",
    "--set=model.levels.*.encoder_filters=(2,2,2)",
    "--set=model.levels.*.decoder_filters=(2,2,2)",
    f"--out={folder}",
  )
  assert done.returncode == 0, done.stderr
  figures = json.loads((folder / "benchmark.json").read_text())
  return types.SimpleNamespace(folder=folder, said=done.stdout, **figures)


def test_every_figure_is_there(report):
  """The machine's and the preset's, in a table and as JSON."""
  assert report.matmul_gflops > 1 and report.convolution_gflops > 1
  [entry] = report.presets
  assert entry["preset"] == "vae_demo"
  for name in (
    *("training_images_per_second", "flops_per_image", "peak_memory_mb"),
    *("input_images_per_second", "seconds_to_first_step", "step_seconds"),
    *("sampling_images_per_second", "reconstruction_images_per_second"),
    *(f"served_ms_at_batch_{size}" for size in (1, 16, 256)),
  ):
    assert entry[name] > 0, name
  assert "| vae_demo |" in report.said and "benchmark.json" in report.said
  # Where TensorBoard's plugin looks.
  assert list(report.folder.glob("profile/*/plugins/profile/*/*.xplane.pb"))


def test_figures_agree_with_each_other(report):
  """Shares of time add up to one; the peak's is operations over time."""
  [entry] = report.presets
  rate = entry["flops_per_image"] * entry["training_images_per_second"]
  expected = rate / (1e9 * report.convolution_gflops)
  assert entry["share_of_convolution_peak"] == pytest.approx(expected, abs=6e-4)
  shares = entry["time_by_operation"]
  assert 1 <= len(shares) <= 6 and 0 < sum(shares.values()) <= 1.01
  assert any("Conv2D" in kind for kind in shares)
  long_run = entry["long_run"]
  assert long_run["steps"] == 30 and len(long_run["resident_mb"]) >= 10
  assert 0.05 < long_run["last_tenth_over_first"] < 20


def test_levels_that_train_alone_are_measured_one_by_one(capsys):
  """And used together, as the run that they would leave behind."""
  assignments = tuple(small_runs.level_assignments("faces"))
  request = BenchmarkRequest(assignments=assignments, seconds=0.1)
  preset_speed.measure(small_runs.LEVELS_PRESET, request)
  line = capsys.readouterr().out.splitlines()[-1]
  entries = json.loads(line.removeprefix(preset_speed.MARK))
  names = [entry["preset"] for entry in entries]
  assert names == [
    f"{small_runs.LEVELS_PRESET} level {k}" for k in range(len(names))
  ]
  assert len({entry["sampling_images_per_second"] for entry in entries}) == 1
  assert len({entry["flops_per_image"] for entry in entries}) == len(names)


@pytest.mark.parametrize(
  "flag", ["--presets=lapcvae_demo,mine", "--set=training.mine=3"]
)
def test_a_mistyped_request_is_refused_before_anything_is_measured(flag):
  """Without a traceback, and by its name."""
  done = commands.call("benchmark", flag, seconds=30)
  assert done.returncode == 1 and "Traceback" not in done.stderr
  assert "mine" in done.stderr and "Measuring" not in done.stderr


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
