"""What is said of datasets that are missing, or that cannot be trained on."""

import importlib.util
import os
import shutil
import socket
import time

import pytest
import tensorflow_datasets as tfds

from experiments.config.data_config import DatasetUnavailable
from experiments.data import datasets
from experiments.system import errors

_Builder = tfds.core.DatasetBuilder


def test_what_the_system_refuses_is_named(load, monkeypatch):
  """The message has the file or folder as well as the reason."""

  def refuse(path):
    raise PermissionError(13, "Permission denied", f"{path}/photos")

  monkeypatch.setattr(datasets.folder_images, "sources", refuse)
  with pytest.raises(DatasetUnavailable, match="denied: /private/photos"):
    load(name="folder:/private")


def test_a_batch_larger_than_the_training_set_is_refused(load, folder):
  """Before any model is built; a batch of all images is allowed."""
  data = load(name=f"folder:{folder}", size=16)
  data.check_batch_size(6)
  message = "6 training images.*training.batch_size=100000. .*at most 6"
  with pytest.raises(errors.UserError, match=message):
    data.check_batch_size(100_000)


@pytest.mark.parametrize("holdout", [5, 6])
def test_a_holdout_that_leaves_nothing_is_refused(load_faces, holdout):
  """What counts is what the limit leaves."""
  message = f"holdout={holdout} leaves none of 5 training images.*data.holdout"
  with pytest.raises(DatasetUnavailable, match=message):
    load_faces(train_limit=5, holdout=holdout)


@pytest.mark.parametrize("name", ["celeb_a", "cifar10", "stl10", "lsun/tower"])
def test_a_missing_dataset_is_explained_at_once(load, tmp_path, name):
  """The message says what is missing, where, and what works without it."""
  with pytest.raises(DatasetUnavailable, match=f"^{name}/") as caught:
    load(name=name)
  where = str(tmp_path / "tfds" / name)
  for part in (where, "dataset_info.json", "--download", "folder:PATH"):
    assert part in str(caught.value)


@pytest.mark.parametrize(
  "proxy, address",
  [
    (None, ("www.cs.toronto.edu", 443)),
    ("http://proxy.example:3128", ("proxy.example", 3128)),
  ],
)
def test_a_download_without_network_fails_at_once(
  load, no_network, monkeypatch, proxy, address
):
  """The site, or the proxy before it, is tried once; TFDS tries for minutes."""
  if proxy:
    monkeypatch.setenv("https_proxy", proxy)
  start = time.monotonic()
  with pytest.raises(DatasetUnavailable, match=f"cifar10.*{address[0]} is not"):
    load(name="cifar10", download=True)
  assert no_network == [(address, 3.0)]
  assert time.monotonic() - start < 20


def test_a_failed_download_is_one_error(load, monkeypatch):
  """TFDS may raise anything, for a changed checksum for instance."""

  def fail(self):
    raise ValueError("Artifact has wrong checksum")

  monkeypatch.setattr(
    socket, "create_connection", lambda *args, **options: socket.socket()
  )
  monkeypatch.setattr(_Builder, "download_and_prepare", fail)
  with pytest.raises(DatasetUnavailable, match="celeb_a.*wrong checksum"):
    load(name="celeb_a", download=True)


def test_lsun_names_the_package_that_it_needs(load, monkeypatch, no_network):
  """The package is looked for before the network is."""
  find_spec = importlib.util.find_spec
  monkeypatch.setattr(
    importlib.util,
    "find_spec",
    lambda name: None if name == "tensorflow_io" else find_spec(name),
  )
  with pytest.raises(DatasetUnavailable, match="package tensorflow_io"):
    load(name="lsun/bedroom", download=True)
  assert not no_network


@pytest.mark.parametrize("size", [None, 0, 3000])
def test_prepared_files_that_are_not_whole_are_named(
  load, few_faces, tmp_path, size
):
  """As a copy that was interrupted leaves them: missing, empty or cut."""
  load(size=12)
  [path] = (tmp_path / "tfds").rglob("*train.tfrecord*")
  if size is None:
    path.unlink()
  else:
    os.truncate(path, size)
  shutil.rmtree(tmp_path / "cache")
  with pytest.raises(DatasetUnavailable, match="faces/12.*Copy") as error:
    load(size=12)
  assert "{{" not in str(error.value) and "[Op" not in str(error.value)
