"""Devices and configurations that every test may count on."""

import functools
import gc
import os
import types

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")

import pytest
import tensorflow as tf


def pytest_addoption(parser):
  """Here and not beside the faults: options are read before subfolders."""
  parser.addoption(
    "--faults_out", help="JSON file for what the tests of faults found."
  )


def pytest_configure():
  """Splits the CPU into two devices, so that no test needs a second one."""
  cpu = tf.config.list_physical_devices("CPU")[0]
  tf.config.set_logical_device_configuration(
    cpu, [tf.config.LogicalDeviceConfiguration()] * 2
  )


def pytest_collection_finish():
  """Searches for garbage less often, and not in the imported libraries.

  They are half a million objects; the search was a twentieth of the time.
  """
  gc.collect()
  gc.freeze()
  gc.set_threshold(20_000, 10, 10)


@pytest.fixture(scope="session")
def two_replicas():
  """The one MirroredStrategy of a session.

  Each new one numbers its collective operations from the start again, and
  TensorFlow refuses a number whose shape has changed.
  """
  return tf.distribute.MirroredStrategy(["/cpu:0", "/cpu:1"])


@pytest.fixture(scope="session")
def tiny_config():
  """`tiny_config(num_levels=2, **options)`: a LapCVAE's, of 16 pixels."""
  from support import small_models

  return small_models.lapcvae_config


@pytest.fixture(scope="session")
def exports(tmp_path_factory):
  """`exports(name)`: a model, and the folder of its levels and cascade.

  The names are `lapcvae`, `lapgan` and `labelled`, a LAPGAN of four classes.
  """
  from support import small_models

  @functools.cache
  def make(name):
    root = tmp_path_factory.mktemp(name)
    if name == "lapcvae":
      return small_models.exported_lapcvae(root), root
    options = {"num_classes": 4} if name == "labelled" else {}
    return small_models.exported_lapgan(root, **options), root

  return make


@pytest.fixture(scope="session")
def tiny_runs(tmp_path_factory, tiny_config):
  """Runs of both families on the same pictures of 16 pixels, two levels each.

  Attributes: `cvae`, `gan`, their folders; `name` of the pictures, twelve to
  train and twelve to test on; `cache`.
  """
  from support import small_runs

  from experiments.config.data_config import DataConfig
  from experiments.runs import job

  folder = tmp_path_factory.mktemp("runs")
  name = small_runs.write_pictures(folder / "pictures", ("train", "test"), 12)
  cvae = small_runs.write_run(
    folder / "cvae", tiny_config(), DataConfig(name=name, size=16)
  )
  environment = small_runs.environment(folder, "gan")
  job.train("tiny", small_runs.lapgan_config(name, steps=2), environment)
  return types.SimpleNamespace(
    cvae=cvae,
    gan=environment.run_dir,
    name=name,
    cache=environment.cache_dir,
  )


def _trained(folder, model):
  from support import small_runs

  name = small_runs.write_pictures(folder / "pictures")
  return small_runs.Trained.of(folder, small_runs.config(model, name))


@pytest.fixture(scope="session")
def lapcvae_run(tmp_path_factory, tiny_config):
  """A finished run of a LapCVAE: a `small_runs.Trained`."""
  model = tiny_config(likelihood="calibrated")
  return _trained(tmp_path_factory.mktemp("lapcvae"), model)


@pytest.fixture(scope="session")
def lapgan_run(tmp_path_factory):
  """A finished run of a LAPGAN: a `small_runs.Trained`."""
  from support import small_models

  folder = tmp_path_factory.mktemp("lapgan")
  return _trained(folder, small_models.lapgan_config())


@pytest.fixture(scope="session", params=["lapcvae_run", "lapgan_run"])
def trained(request):
  """A finished run of each family."""
  return request.getfixturevalue(request.param)
