"""Datasets in folders of their own, a few faces, and no network."""

import functools
import socket

import numpy as np
import pytest
from PIL import Image

from experiments.config.data_config import DataConfig
from experiments.data import datasets
from experiments.data.faces import builder as faces


@pytest.fixture
def load(tmp_path):
  """`load(download=False, **fields)` of a `DataConfig`, in new folders."""

  def load(download=False, **fields):
    return datasets.load(
      DataConfig(**fields),
      data_dir=str(tmp_path / "tfds"),
      cache_dir=str(tmp_path / "cache"),
      download=download,
    )

  return load


@pytest.fixture
def few_faces(monkeypatch):
  """Six faces to train on and two to test on, of twelve pixels."""
  few = functools.partial(faces.FacesConfig, num_train=6, num_test=2)
  monkeypatch.setattr(faces, "FacesConfig", few)


@pytest.fixture(scope="session")
def drawn(tmp_path_factory):
  """A folder to draw and decode those faces in, once for all tests."""
  return tmp_path_factory.mktemp("drawn")


@pytest.fixture
def load_faces(few_faces, drawn):
  """`load_faces(cache_dir=drawn / "cache", **fields)` of a `DataConfig`."""

  def load(cache_dir=drawn / "cache", **fields):
    config = DataConfig(**({"size": 12} | fields))
    return datasets.load(config, str(drawn), str(cache_dir))

  return load


@pytest.fixture
def no_network(monkeypatch):
  """Counts attempts to connect and refuses them."""
  attempts = []

  def refuse(address, timeout):
    attempts.append((address, timeout))
    raise OSError("Network is unreachable")

  monkeypatch.setattr(socket, "create_connection", refuse)
  for name in ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
    monkeypatch.delenv(name, raising=False)
  return attempts


@pytest.fixture
def folder(tmp_path):
  """Six images to train on and three to test on, of two classes."""
  rng = np.random.default_rng(0)
  for split, count in (("train", 6), ("test", 3)):
    for i in range(count):
      path = tmp_path / "images" / split / "ab"[i % 2] / f"{i}.png"
      path.parent.mkdir(parents=True, exist_ok=True)
      pixels = rng.integers(0, 256, (30, 20, 3), dtype=np.uint8)
      Image.fromarray(pixels).save(path)
  return tmp_path / "images"
