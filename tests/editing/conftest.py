"""Sessions with models of both families, and a photograph that is open."""

import numpy as np
import pytest
from support import small_models, small_runs

from experiments.config.data_config import DataConfig
from experiments.editing.session import EditSession
from experiments.runs import trained_run


@pytest.fixture(scope="session")
def run(tmp_path_factory, tiny_config):
  """Levels of 16, 8 and 4 pixels."""
  folder = tmp_path_factory.mktemp("session") / "run"
  data = DataConfig(name="folder:pictures", size=16)
  return trained_run.load(small_runs.write_run(folder, tiny_config(3), data))


@pytest.fixture(scope="session")
def session(run):
  """One session for all tests, as a server has it."""
  return EditSession(run.model, run.config.data)


@pytest.fixture(scope="session")
def pixels():
  """A noisy ramp of 40 rows and 56 columns."""
  ramp = np.linspace(40, 200, 56)[None, :, None]
  noise = np.random.default_rng(0).integers(-30, 30, (40, 56, 3))
  return (ramp + noise).astype(np.uint8)


@pytest.fixture(scope="session")
def opened(session, pixels):
  """The ramp, opened."""
  return session.open(pixels)


@pytest.fixture(scope="session")
def paint():
  """A green bar with soft ends."""
  paint = np.zeros((40, 56, 4), np.uint8)
  paint[10:30, 12:40] = [20, 200, 40, 255]
  paint[10:30, 12:16, 3] = 100
  return paint


@pytest.fixture(scope="session")
def without_encoder():
  """A session with a LAPGAN of two levels."""
  model = small_models.lapgan(
    num_levels=2, kernel="haar", keep_coarse=True, standardisation="per_channel"
  )
  size = model.config.sizes[0]
  return EditSession(model, DataConfig(name="faces", size=size))
