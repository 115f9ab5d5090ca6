"""A run, pictures for it, and work that is done here."""

import pytest
from support import small_runs

from experiments.batch_work import shards
from experiments.batch_work.shards import Work
from experiments.config.data_config import DataConfig
from experiments.runs import trained_run


@pytest.fixture(scope="session")
def run(tmp_path_factory, tiny_config):
  """The folder of a run."""
  folder = tmp_path_factory.mktemp("batch")
  name = small_runs.write_pictures(folder / "pictures", ("train",), 2)
  data = DataConfig(name=name, size=16)
  return small_runs.write_run(folder / "demo", tiny_config(), data)


@pytest.fixture(scope="session")
def loaded(run):
  """The run, loaded once for all tests."""
  return trained_run.load(run)


@pytest.fixture
def pictures(tmp_path):
  """A folder of five pictures and a damaged one, named in order."""
  small_runs.write_pictures(tmp_path / "given", ("",), 5)
  (tmp_path / "given" / "2b.png").write_bytes(b"damaged")
  return tmp_path / "given"


@pytest.fixture
def do(monkeypatch, loaded, run, tmp_path):
  """`do(request, name, shard=None)`: the work's folder, and images made."""
  monkeypatch.setattr(
    shards.trained_run, "load", lambda path, encodes=False: loaded
  )

  def call(request, name, shard=None):
    work = Work.claimed(run, request, str(tmp_path / name))
    return work, shards.do_here(work, shard)

  return call
